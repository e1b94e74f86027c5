/**
 * Rents virtual machines with GPUs.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { SshEndpoint } from "@runctl/core/Endpoint"
import type { Cause } from "@runctl/core/CloudFailure"
import * as PluginSettings from "@runctl/core/PluginSettings"
import * as ProviderError from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import type { Resource } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { Shells } from "@runctl/core/Shell"
import { type PreemptionEvidence, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Address from "./Address.ts"
import * as Api from "./Api.ts"
import * as Catalogue from "./Catalogue.ts"
import * as Crowd from "./Crowd.ts"
import { diagnose } from "./Diagnosis.ts"
import * as Ending from "./Ending.ts"
import * as Login from "./Login.ts"
import * as Looking from "./Looking.ts"
import * as Memory from "./Memory.ts"
import * as Renting from "./Renting.ts"
import { parse } from "./Settings.ts"
import { markOf, marketOf, nativeIdOf, provider, stateOf } from "./Vms.ts"

/**
 * What renting machines can and cannot do; `package.json` says the same.
 *
 * **Details**  `idempotency`: the same name twice is two machines. `endAction`: nothing on a machine ends its billing; only
 * the API does.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "interruptible",
  stop: "none",
  idempotency: "none",
  userData: "none",
  endAction: "stopsJobOnly",
  runMode: "machine",
  groupCreate: false
}

/** Switches the machine off: what runs on it ends. Nobody says that its price ends with it, so that it does not. */
const powerOff = `sync
for as in '' 'sudo -n'; do
  $as poweroff 2>/dev/null || $as systemctl poweroff 2>/dev/null || $as shutdown -h now 2>/dev/null || continue
  break
done
`

const cannot = (what: string) =>
  Effect.fail(new ProviderError.UnsupportedCapability({ message: `Lyceum cannot ${what} a machine, only end it` }))

const usualPort = 22

/** Nothing brings a machine back from these: whoever waits for it waits in vain. */
const over: ReadonlySet<ResourceState.ResourceState["_tag"]> = new Set(["Stopped", "Terminated", "Error"])

const make = Effect.gen(function* () {
  const settings = yield* PluginSettings.load(provider, parse)
  const { home } = yield* PluginContext
  const shells = yield* Shells
  const { failing } = Api.failures
  const api = yield* Api.make(settings)
  const cloud: Looking.Cloud = {
    api,
    catalogue: Catalogue.make(api),
    memory: yield* Memory.make(home),
    addresses: new Map(),
    crowd: Crowd.make(Looking.all(api))
  }

  /** Who is let in: whom the settings name, whom it has let in before, or whoever is let in now. */
  const loginFor = Effect.fnUntraced(function* (nativeId: string, endpoint: SshEndpoint) {
    const remembered = yield* cloud.memory.find(nativeId)
    const known = settings.sshUser ?? remembered?.user
    if (known !== undefined) return known
    const user = yield* Login.find(shells, endpoint)
    if (user !== undefined && remembered !== undefined) yield* cloud.memory.save(nativeId, { ...remembered, user })
    return user ?? Login.users[0]
  })

  /** The address of a machine that was seen at one and runs still, or as it is told now: no resource has its port. */
  const placeOf = Effect.fnUntraced(function* ({
    id,
    publicIp,
    state
  }: Resource): Effect.fn.Return<{ readonly nativeId: string; readonly address: Address.Address }, Cause> {
    const nativeId = nativeIdOf(id)
    if (nativeId === undefined) return yield* Looking.missing(id)
    const seen = publicIp === undefined || state._tag !== "Running" ? undefined : cloud.addresses.get(nativeId)
    if (seen !== undefined) return { nativeId, address: seen }
    const vm = yield* Looking.vmOf(cloud, nativeId)
    if (vm === undefined || markOf(vm) === undefined) return yield* Looking.missing(id)
    const [address, now] = [Looking.addressOf(cloud, vm), stateOf(vm)]
    const said = `${id} is ${ResourceState.format(now)}`
    if (over.has(now._tag)) {
      return yield* new ProviderError.NotFound({ message: `${said}, and nothing brings it back` })
    }
    if (address === Address.none || now._tag === "Terminating") {
      return yield* new ProviderError.Conflict({
        message: `${said}${address === Address.none ? " and has no address yet" : ""}`
      })
    }
    return address === Address.malformed
      ? yield* new ProviderError.MalformedResponse({ message: `the address of ${id} cannot be read` })
      : { nativeId, address }
  })

  const wayTo = Effect.fnUntraced(function* (resource: Resource): Effect.fn.Return<SshEndpoint, Cause> {
    const { address, nativeId } = yield* placeOf(resource)
    const { host, port = usualPort } = address
    const endpoint = { _tag: "Ssh", host, port, hostKeyName: resource.id } as const
    return { ...endpoint, user: yield* loginFor(nativeId, endpoint) }
  })

  const evidence = Effect.fnUntraced(function* ({ id, state }: Resource): Effect.fn.Return<PreemptionEvidence, Cause> {
    if (state._tag === "Running" || state._tag === "Starting") {
      return { preempted: "no", message: `Lyceum says that ${id} is ${state._tag}` }
    }
    const nativeId = nativeIdOf(id) ?? ""
    const remembered = yield* cloud.memory.find(nativeId)
    if (remembered?.endedAt !== undefined) return { preempted: "no", message: "runctl has ended it" }
    const vm = yield* Looking.vmOf(cloud, nativeId)
    const market = (vm === undefined ? undefined : marketOf(vm)) ?? remembered?.market
    return {
      preempted: "unknown",
      message:
        market === "spot"
          ? "Lyceum gives no reasons: a spot machine that ends unasked was taken back, or ended by somebody of its organization"
          : "Lyceum gives no reasons: somebody of its organization has ended it, or its credits are used up"
    }
  })

  return TrainingProvider.of({
    name: provider,
    capabilities,
    opensByKey: true,

    offers: Effect.fn("LyceumProvider.offers")(function* (query) {
      const catalogue = yield* cloud.catalogue
      const mistake = Catalogue.mistakeIn(catalogue, query)
      if (mistake !== undefined) return yield* mistake
      const offers = Catalogue.offersOf(catalogue, query.market ?? "on-demand", api.endpoint)
      return rank(offers, query).ranked.map(({ offer }) => offer)
    }, failing("offers")),

    estimateCost: Effect.fn("LyceumProvider.estimateCost")(function* (instanceType, hours) {
      const catalogue = yield* cloud.catalogue
      const price = Catalogue.priceOf(catalogue, "on-demand", instanceType)
      return price === undefined ? yield* Catalogue.noType(catalogue, instanceType) : price * hours
    }, failing("estimateCost")),

    billing: ({ costPerHour }, state) =>
      Effect.succeed(ResourceState.isBillable(state) ? [{ item: "compute", usdPerHour: costPerHour }] : []),

    createResource: Effect.fn("LyceumProvider.createResource")(
      (request) => Renting.rent(cloud, request),
      failing("createResource")
    ),

    getResource: Effect.fn("LyceumProvider.getResource")((id) => Looking.get(cloud, id), failing("getResource")),

    listResources: Looking.list(cloud).pipe(failing("listResources"), Effect.withSpan("LyceumProvider.listResources")),

    // A machine is all there is: its disk ends with it, and keys are registered nowhere.
    companions: { list: Effect.succeed([]), remove: () => Effect.void },

    startResource: () => failing("startResource")(cannot("start")),
    stopResource: () => failing("stopResource")(cannot("stop")),

    terminate: Effect.fn("LyceumProvider.terminate")((id) => Ending.terminate(cloud, id), failing("terminate")),

    endpoint: Effect.fn("LyceumProvider.endpoint")(wayTo, failing("endpoint")),

    endActionScript: () => powerOff,
    preemptionProbe: undefined,
    preemptionEvidence: Effect.fn("LyceumProvider.preemptionEvidence")(evidence, failing("preemptionEvidence")),

    diagnose: diagnose(cloud)
  })
})

/**
 * Machines of the organization that the key belongs to. Building it makes no request.
 *
 * **Errors**  `Rejected` for settings that are wrong.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<
  TrainingProvider,
  ProviderError.ProviderError,
  PluginContext | FileSystem.FileSystem | Path.Path | HttpClient.HttpClient | Shells
> = Layer.effect(TrainingProvider, make)
