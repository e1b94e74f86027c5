/**
 * Rents droplets.
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
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Catalogue from "./Catalogue.ts"
import * as Crowd from "./Crowd.ts"
import * as Credential from "./Credential.ts"
import { diagnose } from "./Diagnosis.ts"
import * as DigitalOceanClient from "./DigitalOceanClient.ts"
import { provider } from "./Droplets.ts"
import { failures } from "./Failures.ts"
import * as Keys from "./Keys.ts"
import * as Looking from "./Looking.ts"
import * as Memory from "./Memory.ts"
import * as Power from "./Power.ts"
import * as Renting from "./Renting.ts"
import { parse } from "./Settings.ts"

/**
 * What renting droplets can and cannot do; `package.json` says the same.
 *
 * **Details**  `stop`: a droplet that is switched off costs as much as before. `endAction`: nothing on a droplet ends its
 * billing; only the API does.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "none",
  stop: "everything",
  idempotency: "tag",
  userData: { maxBytes: Renting.mostUserData, formats: ["cloud-config", "script"] },
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
  const client = yield* DigitalOceanClient.make({
    endpoint,
    credential: Effect.provideContext(Credential.find, files)
  })
  const memory = yield* Memory.make(home)
  return {
    client,
    memory,
    catalogue: yield* Catalogue.make(client, home),
    keys: Keys.make(client, memory),
    crowd: Crowd.make(Looking.all(client, memory))
  } satisfies Renting.Cloud
})

const unreachable: ReadonlySet<ResourceState.ResourceState["_tag"]> = new Set(["Stopped", "Terminating", "Terminated"])

const make = Effect.gen(function* () {
  const { endpoint, sshPort } = yield* PluginSettings.load(provider, parse)
  const cloud = yield* cloudAt(endpoint)

  const wayTo = Effect.fnUntraced(function* (resource: Resource) {
    const { id, publicIp, state } = resource.publicIp === undefined ? yield* Looking.get(cloud, resource.id) : resource
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

    offers: Effect.fn("DigitalOceanProvider.offers")(function* (query) {
      if (query.market === "spot") return []
      let catalogue = yield* cloud.catalogue.shown
      // What is not there may only be new.
      if (Catalogue.mistakeIn(catalogue, query) !== undefined) catalogue = yield* cloud.catalogue.current
      const mistake = Catalogue.mistakeIn(catalogue, query)
      if (mistake !== undefined) return yield* mistake
      return rank(Catalogue.offersOf(catalogue, endpoint), query).ranked.map(({ offer }) => offer)
    }, failures.failing("offers")),

    estimateCost: Effect.fn("DigitalOceanProvider.estimateCost")(function* (instanceType, hours) {
      const sizeIn = (catalogue: Catalogue.Catalogue) => Catalogue.sizeNamed(catalogue, instanceType)
      const size = yield* Effect.flatMap(cloud.catalogue.shown, sizeIn).pipe(
        Effect.catchTag("Rejected", () => Effect.flatMap(cloud.catalogue.current, sizeIn))
      )
      const { price_hourly: price } = size
      return typeof price === "number"
        ? price * hours
        : yield* new ProviderError.Rejected({ message: `DigitalOcean does not say what ${size.slug} costs` })
    }, failures.failing("estimateCost")),

    billing: ({ costPerHour }, state) =>
      Effect.succeed(ResourceState.isBillable(state) ? [{ item: "compute", usdPerHour: costPerHour }] : []),

    createResource: Effect.fn("DigitalOceanProvider.createResource")(
      (request) => Renting.rent(cloud, request),
      failures.failing("createResource")
    ),

    getResource: Effect.fn("DigitalOceanProvider.getResource")(
      (id) => Looking.poll(cloud, id),
      failures.failing("getResource")
    ),

    listResources: Looking.list(cloud).pipe(
      failures.failing("listResources"),
      Effect.withSpan("DigitalOceanProvider.listResources")
    ),

    companions: {
      list: failures.failing("companions")(cloud.keys.companions),
      remove: (id) => failures.failing("companions")(cloud.keys.remove(id))
    },

    startResource: Effect.fn("DigitalOceanProvider.startResource")(
      (id) => Power.start(cloud, id),
      failures.failing("startResource")
    ),

    stopResource: Effect.fn("DigitalOceanProvider.stopResource")(
      (id) => Power.stop(cloud, id),
      failures.failing("stopResource")
    ),

    terminate: Effect.fn("DigitalOceanProvider.terminate")(
      (id) => Power.terminate(cloud, id),
      failures.failing("terminate")
    ),

    endpoint: Effect.fn("DigitalOceanProvider.endpoint")(wayTo, failures.failing("endpoint")),

    endActionScript: () => powerOff,
    preemptionProbe: undefined,
    preemptionEvidence: ({ state }) =>
      Effect.succeed(
        state._tag === "Terminated"
          ? { preempted: "unknown", message: "DigitalOcean does not say who destroyed a droplet" }
          : { preempted: "no", message: "DigitalOcean has no machines that it takes back" }
      ),

    diagnose: diagnose(cloud.client)
  })
})

/**
 * Droplets of the account that the token belongs to. Building it makes no request.
 *
 * **Errors**  `Rejected` for settings that are wrong; `Unauthorized` where no token is found.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> = Layer.effect(TrainingProvider, make)
