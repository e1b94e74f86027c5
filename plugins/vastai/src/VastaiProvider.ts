/**
 * Rents instances of Vast.ai's market.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as ProviderError from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import type { Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Api from "./Api.ts"
import * as Asks from "./Asks.ts"
import * as Boot from "./Boot.ts"
import { diagnose } from "./Diagnosis.ts"
import { endAction } from "./EndAction.ts"
import { evidenceOf } from "./Evidence.ts"
import { failing } from "./Failures.ts"
import { chargesIn, isFrozen, isOutbid, numberOf, pricesOf } from "./Instances.ts"
import * as Looking from "./Looking.ts"
import { mistakeIn, offersOf, priceIn, provider, usualDisk } from "./Market.ts"
import * as Memory from "./Memory.ts"
import * as Power from "./Power.ts"
import * as Reaching from "./Reaching.ts"
import * as Renting from "./Renting.ts"
import { parse, type Settings } from "./Settings.ts"

/**
 * What renting instances can and cannot do; `package.json` says the same.
 *
 * **Details**  `stop`: the disk of a stopped instance is charged until it is destroyed. `idempotency`: the label is looked
 * for first, and Vast.ai does not mind two instances with the same. `endAction`: an instance has a key of its own that may
 * destroy it.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "bid",
  stop: "disk",
  idempotency: "tag",
  userData: { maxBytes: Boot.mostBytes, formats: ["script"] },
  endAction: "terminates",
  runMode: "machine",
  groupCreate: false
}

/** So long what was listed answers for a single instance. **Units**  milliseconds */
const young = 2000

const cloudAt = Effect.fnUntraced(function* (settings: Settings) {
  const { home } = yield* PluginContext
  const api = yield* Api.make(settings)
  return {
    api,
    settings,
    memory: yield* Memory.make(home),
    asks: Asks.make(api, settings),
    crowd: Looking.crowd(Looking.all(api), young * Math.min(1, settings.pace)),
    silent: new Map()
  } satisfies Looking.Cloud
})

/** Nobody comes back to it by waiting: it may run again when others leave, or never. */
const outbid = (id: string) =>
  new ProviderError.OutOfCapacity({ message: `${id} was stopped: it was outbid, or its GPUs were rented on demand` })

const make = Effect.gen(function* () {
  const settings = yield* PluginSettings.load(provider, parse)
  const cloud = yield* cloudAt(settings)
  const isOpen = Reaching.listens(yield* HttpClient.HttpClient)

  const wayTo = Effect.fnUntraced(function* ({ id }: Resource) {
    const instance = numberOf(id)
    const row = instance === undefined ? undefined : yield* Looking.row(cloud, instance)
    const conflict = (what: string) => new ProviderError.Conflict({ message: `${id} ${what}` })
    if (row === undefined) return yield* conflict("does not show")
    const remembered = yield* cloud.memory.find(row.id)
    if (isOutbid(row) && !Memory.isStoppedByUs(remembered)) return yield* outbid(id)
    const state = yield* Looking.stateOf(cloud, row, remembered)
    if (state._tag !== "Running") return yield* conflict(`is ${ResourceState.format(state)}`)
    const way = yield* Reaching.wayTo(row, settings.ssh, isOpen)
    if (way === undefined) return yield* conflict("has no port for SSH yet")
    return { _tag: "Ssh", ...way, user: "root", hostKeyName: id } satisfies Endpoint
  })

  const charges = Effect.fnUntraced(function* ({ costPerHour, id }: Resource, state: ResourceState.ResourceState) {
    const instance = numberOf(id)
    if (instance === undefined || !ResourceState.isBillable(state)) return []
    const row = yield* Looking.row(cloud, instance)
    const made = (yield* cloud.memory.find(instance))?.made
    if (row !== undefined) return chargesIn(pricesOf(row, made?.prices), state, isFrozen(row))
    return chargesIn(made?.prices ?? { compute: costPerHour, disk: 0 }, state)
  })

  return TrainingProvider.of({
    name: provider,
    capabilities,

    offers: Effect.fn("VastaiProvider.offers")(function* (query) {
      const mistake = mistakeIn(query)
      if (mistake !== undefined) return yield* mistake
      const { asks, asOf } = yield* cloud.asks.search(query)
      const { diskGiB = usualDisk, market = "on-demand" } = query
      const offers = offersOf(asks, settings, { source: settings.endpoint, asOf, diskGiB, market })
      return rank(offers, query).ranked.map(({ offer }) => offer)
    }, failing("offers")),

    estimateCost: Effect.fn("VastaiProvider.estimateCost")(function* (instanceType, hours) {
      const ask = yield* cloud.asks.find({ instanceType, market: "on-demand", diskGiB: usualDisk })
      const price = priceIn(ask, "on-demand")
      return price === undefined
        ? yield* new ProviderError.Rejected({ message: `the host does not say what ${instanceType} costs` })
        : price * hours
    }, failing("estimateCost")),

    billing: Effect.fn("VastaiProvider.billing")(charges, failing("billing")),

    createResource: Effect.fn("VastaiProvider.createResource")(
      (request) => Renting.rent(cloud, request),
      failing("createResource")
    ),

    getResource: Effect.fn("VastaiProvider.getResource")((id) => Looking.get(cloud, id), failing("getResource")),

    listResources: Looking.list(cloud).pipe(failing("listResources"), Effect.withSpan("VastaiProvider.listResources")),

    // What is made beside an instance goes with it.
    companions: { list: Effect.succeed([]), remove: () => Effect.void },

    startResource: Effect.fn("VastaiProvider.startResource")((id) => Power.start(cloud, id), failing("startResource")),

    stopResource: Effect.fn("VastaiProvider.stopResource")((id) => Power.stop(cloud, id), failing("stopResource")),

    terminate: Effect.fn("VastaiProvider.terminate")((id) => Power.terminate(cloud, id), failing("terminate")),

    endpoint: Effect.fn("VastaiProvider.endpoint")(wayTo, failing("endpoint")),

    endActionScript: () => endAction(settings.endpoint),
    // Nobody is told before: an instance is stopped when it is outbid.
    preemptionProbe: undefined,
    preemptionEvidence: Effect.fn("VastaiProvider.preemptionEvidence")(
      (resource) => evidenceOf(cloud, resource),
      failing("preemptionEvidence")
    ),

    diagnose: diagnose(cloud.api)
  })
})

/**
 * Instances of the account that the key belongs to. Building it makes no request.
 *
 * **Errors**  `Rejected` for settings that are wrong; calls fail with `Unauthorized` where no key is found.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.effect(TrainingProvider, make)
