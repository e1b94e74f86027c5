/** The provider: every promise of the contract, each answered in one place. */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as ProviderError from "@runctl/core/ProviderError"
import type { PluginContext } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import { isBillable, type Resource, type ResourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Api from "./Api.ts"
import * as Plans from "./Plans.ts"
import * as Renting from "./Renting.ts"
import * as Servers from "./Servers.ts"

const { failing } = Api.failures

/** What renting here can and cannot do; package.json says the same, and a plugin whose two disagree is refused. */
export const capabilities: Capabilities = {
  spot: "none",
  stop: "none",
  idempotency: "name",
  userData: { maxBytes: 65_536, formats: ["cloud-config", "script"] },
  endAction: "terminates",
  runMode: "machine",
  groupCreate: false
}

/** A server that switches itself off is removed, and costs nothing more: what its own clocks run when its time is over. */
const endItself = "sync\npoweroff || shutdown -h now\n"

const cannotStop = (id: ResourceId) =>
  new ProviderError.UnsupportedCapability({ message: `${id} can only be terminated: Fernhill stops no servers` })

const make = Effect.gen(function* () {
  const { endpoint, sshPort } = yield* PluginSettings.load(Api.provider, Api.parseSettings)
  const api = yield* Api.make(endpoint)

  const wayTo = Effect.fnUntraced(function* (resource: Resource) {
    const { id, publicIp, state } = resource.publicIp === undefined ? yield* Servers.get(api, resource.id) : resource
    if (publicIp === undefined || state._tag !== "Running") {
      return yield* new ProviderError.Conflict({ message: `${id} is ${ResourceState.format(state)}` })
    }
    return { _tag: "Ssh", host: publicIp, port: sshPort, user: "root", hostKeyName: id } satisfies Endpoint
  })

  return TrainingProvider.of({
    name: Api.provider,
    capabilities,

    offers: Effect.fn("Fernhill.offers")(function* (query) {
      if (query.market === "spot") return []
      const offers = Plans.offersOf(yield* Plans.all(api), endpoint, yield* DateTime.now)
      return rank(offers, query).ranked.map(({ offer }) => offer)
    }, failing("offers")),

    estimateCost: Effect.fn("Fernhill.estimateCost")(function* (instanceType, hours) {
      const plan = yield* Plans.named(yield* Plans.all(api), instanceType)
      return plan.usd_per_hour * hours
    }, failing("estimateCost")),

    billing: (resource, state) =>
      Effect.succeed(isBillable({ ...resource, state }) ? [{ item: "compute", usdPerHour: resource.costPerHour }] : []),

    createResource: Effect.fn("Fernhill.createResource")(
      (request) => Renting.rent(api, request),
      failing("createResource")
    ),

    getResource: Effect.fn("Fernhill.getResource")((id) => Servers.get(api, id), failing("getResource")),

    listResources: Servers.list(api).pipe(
      Effect.map((servers) => servers.flatMap((server) => Servers.toResource(server) ?? [])),
      failing("listResources")
    ),

    // Nothing is made beside a server here: its key goes with the request, its disk with the server.
    companions: { list: Effect.succeed([]), remove: () => Effect.void },

    startResource: (id) => failing("startResource")(cannotStop(id)),
    stopResource: (id) => failing("stopResource")(cannotStop(id)),

    terminate: Effect.fn("Fernhill.terminate")((id) => Renting.terminate(api, id), failing("terminate")),

    endpoint: Effect.fn("Fernhill.endpoint")(wayTo, failing("endpoint")),

    endActionScript: () => endItself,
    preemptionProbe: undefined,
    preemptionEvidence: () =>
      Effect.succeed({ preempted: "no", message: "Fernhill has no machines that it takes back" })
  })
})

/** The provider. Building it makes no request. */
export const layer: Layer.Layer<TrainingProvider, ProviderError.ProviderError, PluginContext | HttpClient.HttpClient> =
  Layer.effect(TrainingProvider, make)
