/**
 * Rents pods.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import type { Offer, OfferQuery } from "@runctl/core/Offer"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as ProviderError from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { mostScript } from "./Boot.ts"
import * as Catalogue from "./Catalogue.ts"
import * as Credential from "./Credential.ts"
import { diagnose } from "./Diagnosis.ts"
import { scriptFor } from "./EndAction.ts"
import { failures } from "./Failures.ts"
import * as Looking from "./Looking.ts"
import * as Memory from "./Memory.ts"
import * as Offers from "./Offers.ts"
import { chargesOf } from "./Pods.ts"
import * as Power from "./Power.ts"
import * as Renting from "./Renting.ts"
import { usdPerHourOf } from "./Request.ts"
import * as Roll from "./Roll.ts"
import * as RunPodClient from "./RunPodClient.ts"
import { parse, type Settings } from "./Settings.ts"

/**
 * What renting pods can and cannot do; `package.json` says the same.
 *
 * **Details**  `spot`: REST v2 has none. `stop`: the volume stays, and costs twice as much. `idempotency`: a name may be
 * there twice, so it is looked for before and after. `endAction`: a pod has a key that ends it.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "none",
  stop: "disk",
  idempotency: "name",
  userData: { maxBytes: mostScript, formats: ["script"] },
  endAction: "terminates",
  runMode: "machine",
  groupCreate: false
}

const cloudFor = Effect.fnUntraced(function* (settings: Settings) {
  const { home } = yield* PluginContext
  const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const client = yield* RunPodClient.make({
    endpoint: settings.endpoint,
    credential: Effect.provideContext(Credential.find, files)
  })
  return {
    client,
    settings,
    memory: yield* Memory.make(home),
    catalogue: yield* Catalogue.make(client, home),
    roll: Roll.make(client)
  } satisfies Looking.Cloud
})

/** All that fits in number and cloud; what does not fit otherwise is for the ranking to say. */
const offersOf = Effect.fnUntraced(function* (cloud: Looking.Cloud, query: OfferQuery) {
  const { catalogue, settings } = cloud
  const volume = yield* Renting.networkVolume(cloud, "shown")
  const wanted = { settings, source: settings.endpoint, wanted: query }
  const kinds = Catalogue.clouds
    // A network volume is in a data center of RunPod's own.
    .filter((kind) => settings.cloud === undefined || kind === settings.cloud)
    .filter((kind) => volume === undefined || kind === "secure")
  const counts = Catalogue.counts.filter((count) => count >= (query.gpuCount ?? 0))
  const pairs = kinds.flatMap((kind) => counts.map((count) => ({ cloud: kind, count })))
  const gpus = Effect.forEach(
    pairs,
    (pair) =>
      Effect.map(catalogue.gpus(pair.cloud, pair.count).shown, (read): ReadonlyArray<Offer> =>
        Offers.ofGpus(read, pair, wanted)
      ),
    { concurrency: 4 }
  )
  const needsGpu = query.gpu !== undefined || (query.gpuCount ?? 0) > 0 || query.gpuMemoryGiB !== undefined
  const cpus =
    needsGpu || !kinds.includes("secure")
      ? Effect.succeed([])
      : Effect.map(catalogue.cpus.shown, (read) => Offers.ofCpus(read, wanted))
  const [ofGpus, ofCpus] = yield* Effect.all([gpus, cpus], { concurrency: 2 })
  const all = [...ofGpus.flat(), ...ofCpus]
  return volume === undefined ? all : all.filter(({ region }) => region === volume.dataCenter)
})

const make = Effect.gen(function* () {
  const settings = yield* PluginSettings.load(Offers.provider, parse)
  const cloud = yield* cloudFor(settings)
  const endAction = scriptFor(settings.endpoint)

  return TrainingProvider.of({
    name: Offers.provider,
    capabilities,

    offers: Effect.fn("RunPodProvider.offers")(function* (query) {
      if (query.market === "spot") return []
      return rank(yield* offersOf(cloud, query), query).ranked.map(({ offer }) => offer)
    }, failures.failing("offers")),

    estimateCost: Effect.fn("RunPodProvider.estimateCost")(function* (instanceType, hours) {
      const price = usdPerHourOf(yield* Renting.chosenBy(cloud, instanceType, "shown"))
      return price === undefined
        ? yield* new ProviderError.Rejected({ message: `RunPod does not say what ${instanceType} costs` })
        : price * hours
    }, failures.failing("estimateCost")),

    billing: (resource, state) => Effect.succeed(chargesOf(resource, state)),

    createResource: Effect.fn("RunPodProvider.createResource")(
      (request) => Renting.rent(cloud, request),
      failures.failing("createResource")
    ),

    getResource: Effect.fn("RunPodProvider.getResource")(
      (id) => Looking.get(cloud, id),
      failures.failing("getResource")
    ),

    listResources: Looking.list(cloud).pipe(
      failures.failing("listResources"),
      Effect.withSpan("RunPodProvider.listResources")
    ),

    // A pod's volume goes with it, and keys are in its environment: nothing is made beside a pod.
    companions: { list: Effect.succeed([]), remove: () => Effect.void },

    startResource: Effect.fn("RunPodProvider.startResource")(
      (id) => Power.start(cloud, id),
      failures.failing("startResource")
    ),

    stopResource: Effect.fn("RunPodProvider.stopResource")(
      (id) => Power.stop(cloud, id),
      failures.failing("stopResource")
    ),

    terminate: Effect.fn("RunPodProvider.terminate")((id) => Power.terminate(cloud, id), failures.failing("terminate")),

    endpoint: Effect.fn("RunPodProvider.endpoint")(function* ({ id }) {
      const { host, port, user } = yield* Looking.addressOf(cloud, id)
      return { _tag: "Ssh", host, port, user, hostKeyName: id } satisfies Endpoint
    }, failures.failing("endpoint")),

    endActionScript: () => endAction,
    preemptionProbe: undefined,
    preemptionEvidence: ({ state }) =>
      Effect.succeed(
        state._tag === "Terminated" || state._tag === "Stopped"
          ? { preempted: "unknown", message: "RunPod does not say who ended or stopped a pod" }
          : { preempted: "no", message: "RunPod takes back no pods that were rented on demand" }
      ),

    diagnose: diagnose(cloud)
  })
})

/**
 * Pods of the account that the key belongs to. Building it makes no request.
 *
 * **Errors**  `Rejected` for settings that are wrong.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.effect(TrainingProvider, make)
