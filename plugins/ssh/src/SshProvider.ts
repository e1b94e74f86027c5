/**
 * Rents the hosts of an inventory: one machine on each at a time.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import type { OfferQuery } from "@runctl/core/Offer"
import type { ResourceKey } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import { parts } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { Shells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Claims from "./Claims.ts"
import { diagnose } from "./Diagnosis.ts"
import { failing, keyOf, provider, toResource } from "./Describing.ts"
import { concurrency, offerOf, on } from "./Hosts.ts"
import { endpointOf, type Host, parse, priceOf } from "./Inventory.ts"
import { list } from "./Listing.ts"
import { astray, inOneOf, placesOf } from "./Places.ts"
import * as Records from "./Records.ts"
import * as Renting from "./Renting.ts"

/**
 * What renting one's own hosts can and cannot do; `package.json` says the same.
 *
 * **Details**  `endAction`: at its deadline a machine ends what it runs, removes itself and releases the host.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "none",
  stop: "none",
  idempotency: "name",
  userData: "none",
  endAction: "terminates",
  runMode: "machine",
  groupCreate: false
}

/** Ending processes takes up to ten seconds, removing what they wrote as long as it takes. */
const releasing = "2 minutes"

const unsupported = Effect.fail(
  new ProviderError.UnsupportedCapability({
    message: "a host of yours is not switched off and on; terminate the machine to release it"
  })
)

/** Whether a host can answer a query, as far as the configuration tells. */
const mayFit = ({ labels = [], name }: Host, query: OfferQuery): boolean =>
  (query.instanceType === undefined || query.instanceType === name) &&
  (query.region === undefined || query.region === name) &&
  (query.labels ?? []).every((label) => labels.includes(label))

const make = Effect.gen(function* () {
  const { home, locate, owner, settings } = yield* PluginContext
  const shells = yield* Shells
  const parsed = parse(settings, locate)
  if (Result.isFailure(parsed)) {
    const reason = new ProviderError.Rejected({ message: parsed.failure })
    return yield* new ProviderError.ProviderError({ provider, operation: "load", reason })
  }
  const hosts = parsed.success
  const inventory: Renting.Inventory = { hosts, where: () => locate?.(["hosts"]) }
  const records = yield* Records.make(home)
  /** Hosts that are not in the configuration any more, by the machines on them. */
  const remembered = new Map<ResourceKey, Host>()

  const told = new Set<ResourceKey>()

  /** Says once of each machine that its host is not where it was. */
  const tell = (record: Records.Record) =>
    Effect.suspend(() => {
      const said = told.has(record.mark.key) ? undefined : astray(hosts, record)
      told.add(record.mark.key)
      return said === undefined ? Effect.void : Effect.logWarning(said)
    })

  const places = Effect.fnUntraced(function* (name: string, key: ResourceKey) {
    const record = yield* records.find(key)
    if (record !== undefined) {
      remembered.set(key, record.host)
      yield* tell(record)
    }
    return { record, places: placesOf(hosts, name, record) }
  })

  /** Where the machine is, and its claim; fails with `NotFound` once every place it may be in has said no. */
  const find = Effect.fnUntraced(function* (id: Parameters<typeof keyOf>[0]) {
    const key = keyOf(id)
    const missing = new ProviderError.NotFound({ message: `there is no machine ${id}` })
    if (key === undefined) return yield* missing
    const { places: all, record } = yield* places(parts(id).region, key)
    const claim = yield* inOneOf(all, (host) =>
      Effect.map(
        on(shells, host, (shell) => Claims.look(shell, host, owner, key)),
        ({ claims: [claim] }) => (claim === undefined ? undefined : { claim, host, record })
      )
    )
    return claim ?? (yield* missing)
  })

  return TrainingProvider.of({
    name: provider,
    capabilities,

    offers: Effect.fn("SshProvider.offers")(function* (query) {
      const found = yield* Effect.forEach(
        hosts.filter((host) => mayFit(host, query)),
        (host) =>
          offerOf(shells, provider, host, owner).pipe(
            Effect.tapError(({ message }) => Effect.logDebug(`${host.name} is left out: ${message}`)),
            Effect.map((offer) => [offer]),
            Effect.orElseSucceed(() => [])
          ),
        { concurrency }
      )
      return rank(found.flat(), query).ranked.map(({ offer }) => offer)
    }, failing("offers")),

    estimateCost: Effect.fn("SshProvider.estimateCost")(function* (instanceType, hours) {
      return priceOf(yield* Renting.hostNamed(inventory, instanceType)) * hours
    }, failing("estimateCost")),

    billing: ({ costPerHour }, state) =>
      Effect.succeed(ResourceState.isBillable(state) ? [{ item: "compute", usdPerHour: costPerHour }] : []),

    createResource: Effect.fn("SshProvider.createResource")(function* (request) {
      const { claim, record } = yield* Renting.rent({ inventory, records, shells }, request)
      remembered.set(record.mark.key, record.host)
      return toResource(claim, record.host, record)
    }, failing("createResource")),

    getResource: Effect.fn("SshProvider.getResource")(function* (id) {
      const { claim, host, record } = yield* find(id)
      return toResource(claim, host, record)
    }, failing("getResource")),

    listResources: list({ hosts, owner, records, shells, tell }).pipe(
      failing("listResources"),
      Effect.withSpan("SshProvider.listResources")
    ),

    companions: { list: Effect.succeed([]), remove: () => Effect.void },

    startResource: Effect.fn("SshProvider.startResource")(() => unsupported, failing("startResource")),

    stopResource: Effect.fn("SshProvider.stopResource")(() => unsupported, failing("stopResource")),

    terminate: Effect.fn("SshProvider.terminate")(function* (id) {
      const key = keyOf(id)
      if (key === undefined) return
      const { places: all } = yield* places(parts(id).region, key)
      if (all.length === 0) return yield* Renting.unknownHost(inventory, parts(id).region)
      yield* inOneOf(all, (host) =>
        Effect.map(
          on(shells, host, (shell) => Claims.release(shell, host, key), releasing),
          (wasThere) => (wasThere ? host : undefined)
        )
      )
      yield* records.remove(key)
      remembered.delete(key)
    }, failing("terminate")),

    endpoint: Effect.fn("SshProvider.endpoint")(function* ({ id, key }) {
      const { places: all, record } = yield* places(parts(id).region, key)
      const [place] = all
      const isKnown = record?.directory !== undefined && place !== undefined && all.length === 1
      const { directory, host } = isKnown
        ? { directory: record.directory, host: place }
        : yield* Effect.map(find(id), ({ claim, host }) => ({ directory: claim.directory, host }))
      if (directory === "") {
        return yield* new ProviderError.Forbidden({ message: `${id} is the machine of another user of ${host.name}` })
      }
      // The comma ends the key: no machine's mark is the beginning of another's.
      const environment = { RUNCTL_MACHINE: `${key},` }
      return { ...endpointOf(host), directory, environment } satisfies Endpoint
    }, failing("endpoint")),

    endActionScript: ({ id, key }) => {
      const { region } = parts(id)
      const host = remembered.get(key) ?? hosts.find(({ name }) => name === region) ?? { name: region }
      return Claims.releaseScript(host, key)
    },
    preemptionProbe: undefined,
    preemptionEvidence: () => Effect.succeed({ preempted: "no", message: "nobody takes back a host of yours" }),

    diagnose: diagnose({ hosts, owner, shells })
  })
})

/**
 * Machines on the hosts of the inventory.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | Shells
> = Layer.effect(TrainingProvider, make)
