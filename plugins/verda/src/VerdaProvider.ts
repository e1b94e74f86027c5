/**
 * Rents instances.
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
import { type Charge, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Beside from "./Beside.ts"
import * as Catalogue from "./Catalogue.ts"
import type { Cloud } from "./Cloud.ts"
import * as Credential from "./Credential.ts"
import { diagnose } from "./Diagnosis.ts"
import { failures } from "./Failures.ts"
import { provider } from "./Instances.ts"
import * as Looking from "./Looking.ts"
import * as Memory from "./Memory.ts"
import * as Power from "./Power.ts"
import * as Renting from "./Renting.ts"
import { parse } from "./Settings.ts"
import * as VerdaClient from "./VerdaClient.ts"
import * as Watch from "./Watch.ts"

/**
 * What renting instances can and cannot do; `package.json` says the same.
 *
 * **Details**  `stop`: an instance that is shut down costs as much as before. `endAction`: nothing on an instance ends its
 * billing; only the API does. `idempotency`: tags and the host name are looked for; nothing is accepted once only.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "interruptible",
  stop: "everything",
  idempotency: "tag",
  userData: { maxBytes: Renting.mostUserData, formats: ["script"] },
  endAction: "stopsJobOnly",
  runMode: "machine",
  groupCreate: false
}

/** Switches the machine off: what runs on it ends, its disk stays, and its price too. */
const powerOff = `sync
poweroff 2>/dev/null || systemctl poweroff 2>/dev/null || shutdown -h now 2>/dev/null || halt -p 2>/dev/null ||
  { [ -w /proc/sysrq-trigger ] && echo o >/proc/sysrq-trigger; }
`

const cloudAt = Effect.fnUntraced(function* (endpoint: string) {
  const { home } = yield* PluginContext
  const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  const client = yield* VerdaClient.make({ endpoint, credential: Effect.provideContext(Credential.find, files) })
  const memory = yield* Memory.make(home)
  return {
    client,
    memory,
    catalogue: yield* Catalogue.make(client, home),
    beside: Beside.make(client, memory),
    watch: Watch.make(Looking.all(client))
  } satisfies Cloud
})

const unreachable: ReadonlySet<ResourceState.ResourceState["_tag"]> = new Set(["Stopped", "Terminating"])

const make = Effect.gen(function* () {
  const { endpoint, sshPort } = yield* PluginSettings.load(provider, parse)
  const cloud = yield* cloudAt(endpoint)

  const wayTo = Effect.fnUntraced(function* (resource: Resource) {
    const { id, publicIp, state } = resource.publicIp === undefined ? yield* Looking.get(cloud, resource.id) : resource
    // What is over does not come back: whoever waits for it would wait for ever.
    if (state._tag === "Terminated") return yield* new ProviderError.NotFound({ message: `${id} is over` })
    if (publicIp === undefined || unreachable.has(state._tag)) {
      return yield* new ProviderError.Conflict({
        message: `${id} is ${ResourceState.format(state)}${publicIp === undefined ? " and has no address yet" : ""}`
      })
    }
    return { _tag: "Ssh", host: publicIp, port: sshPort, user: "root", hostKeyName: id } satisfies Endpoint
  })

  return TrainingProvider.of({
    name: provider,
    capabilities,

    offers: Effect.fn("VerdaProvider.offers")(function* (query) {
      let catalogue = yield* cloud.catalogue.shown
      // What is not there may only be new.
      if (Catalogue.mistakeIn(catalogue, query) !== undefined) catalogue = yield* cloud.catalogue.current
      const mistake = Catalogue.mistakeIn(catalogue, query)
      if (mistake !== undefined) return yield* mistake
      return rank(Catalogue.offersOf(catalogue, query, endpoint), query).ranked.map(({ offer }) => offer)
    }, failures.failing("offers")),

    estimateCost: Effect.fn("VerdaProvider.estimateCost")(function* (instanceType, hours) {
      const typeIn = (catalogue: Catalogue.Catalogue) => Catalogue.typeNamed(catalogue, instanceType)
      const type = yield* Effect.flatMap(cloud.catalogue.shown, typeIn).pipe(
        Effect.catchTag("Rejected", () => Effect.flatMap(cloud.catalogue.current, typeIn))
      )
      const price = Catalogue.priceOf(type, "on-demand")
      return price === undefined
        ? yield* new ProviderError.Rejected({ message: `Verda does not say what ${instanceType} costs in US dollars` })
        : price * hours
    }, failures.failing("estimateCost")),

    billing: Effect.fn("VerdaProvider.billing")(function* (resource, state) {
      if (!ResourceState.isBillable(state)) return []
      const { compute, disk } = yield* Looking.charges(cloud, resource)
      return [
        { item: "compute", usdPerHour: compute },
        { item: "disk", usdPerHour: disk }
      ] satisfies ReadonlyArray<Charge>
    }),

    createResource: Effect.fn("VerdaProvider.createResource")(
      (request) => Renting.rent(cloud, request),
      failures.failing("createResource")
    ),

    getResource: Effect.fn("VerdaProvider.getResource")(
      (id) => Looking.get(cloud, id),
      failures.failing("getResource")
    ),

    listResources: Looking.list(cloud).pipe(
      failures.failing("listResources"),
      Effect.withSpan("VerdaProvider.listResources")
    ),

    companions: {
      list: failures.failing("companions")(cloud.beside.companions),
      remove: (id) => failures.failing("companions")(cloud.beside.remove(id))
    },

    startResource: Effect.fn("VerdaProvider.startResource")(
      (id) => Power.start(cloud, id),
      failures.failing("startResource")
    ),

    stopResource: Effect.fn("VerdaProvider.stopResource")(
      (id) => Power.stop(cloud, id),
      failures.failing("stopResource")
    ),

    terminate: Effect.fn("VerdaProvider.terminate")((id) => Power.terminate(cloud, id), failures.failing("terminate")),

    endpoint: Effect.fn("VerdaProvider.endpoint")(wayTo, failures.failing("endpoint")),

    endActionScript: () => powerOff,
    // Nothing on the machine is told before it is taken back.
    preemptionProbe: undefined,
    preemptionEvidence: Effect.fn("VerdaProvider.preemptionEvidence")(
      (resource) => Looking.evidence(cloud, resource),
      failures.failing("preemptionEvidence")
    ),

    diagnose: diagnose(cloud)
  })
})

/**
 * Instances of the project that the credentials belong to. Building it makes no request.
 *
 * **Errors**  `Rejected` for settings that are wrong; `Unauthorized` where no credentials are found.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.effect(TrainingProvider, make)
