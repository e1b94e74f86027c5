/**
 * A cloud in memory: prices, spot, faults and delays by the clock, to test against without a bill.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import { type NanoUsd, sum } from "@runctl/core/Money"
import type { ResourceKey } from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { rank } from "@runctl/core/Ranking"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import { Terminated } from "@runctl/core/ResourceState"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as FakeCloudState from "./internal/fakeCloud.ts"
import * as FakeFaults from "./internal/fakeFaults.ts"
import { chargedUntil, chargesIn, isPreempted, stateAt, type Timing, toResource } from "./internal/fakeMachine.ts"

/**
 * What kind of cloud it is.
 *
 * **Details**  a machine is shown `visibleAfter` its creation, runs `bootsFor` later than it was switched on, is
 * `Terminating` for `endsFor` and shown as `Terminated` for `forgottenAfter`. All are nothing unless given, the last is
 * an hour. `endpoint` is where the machine with a key is reached; without it, at an address that nobody has. With
 * `keepsPreempted` a machine that is taken back is stopped, and what goes on while stopped is charged until it is ended.
 *
 * @category models
 * @since 0.1.0
 */
export interface FakeOptions {
  readonly name?: string
  readonly capabilities?: Partial<Capabilities>
  readonly visibleAfter?: Duration.Input
  readonly bootsFor?: Duration.Input
  readonly endsFor?: Duration.Input
  readonly forgottenAfter?: Duration.Input
  readonly keepsPreempted?: boolean
  readonly endpoint?: (key: ResourceKey) => Endpoint
}

/**
 * The hand that moves the fake cloud.
 *
 * @category services
 * @since 0.1.0
 */
export class FakeCloud extends Context.Service<
  FakeCloud,
  {
    /** The next calls of an operation fail with a reason, and nothing happens. */
    readonly refuse: (
      operation: ProviderError.ProviderError["operation"],
      reason: ProviderError.Reason,
      times?: number
    ) => Effect.Effect<void>
    /** The next calls of an operation happen, and fail with `OutcomeUnknown`. */
    readonly loseAnswer: (operation: ProviderError.ProviderError["operation"], times?: number) => Effect.Effect<void>
    /** From now on an instance type costs so many times as much. */
    readonly reprice: (instanceType: string, factor: number) => Effect.Effect<void>
    /** Takes a machine back; what was made beside it stays. */
    readonly preempt: (id: ResourceId) => Effect.Effect<void>
    /** Every machine there ever was, as it is and not as the cloud shows it yet. */
    readonly machines: Effect.Effect<ReadonlyArray<Resource>>
    /** When a machine ended, in milliseconds since 1970; nothing while it lives. */
    readonly endedAt: (id: ResourceId) => Effect.Effect<number | undefined>
    /** The operations that were called, first to last. */
    readonly calls: Effect.Effect<ReadonlyArray<ProviderError.ProviderError["operation"]>>
    /** Everything charged until now. */
    readonly charged: Effect.Effect<NanoUsd>
  }
>()("@runctl/testkit/FakeProvider") {}

/** What the fake cloud can do unless told otherwise. @category constants @since 0.1.0 */
export const capabilities: Capabilities = {
  spot: "interruptible",
  stop: "disk",
  idempotency: "token",
  userData: { maxBytes: 16_384, formats: ["cloud-config", "script"] },
  endAction: "terminates",
  runMode: "machine",
  groupCreate: false
}

const millis = (input: Duration.Input | undefined, otherwise: Duration.Input): number =>
  Duration.toMillis(Duration.fromInputUnsafe(input ?? otherwise))

/**
 * Builds the cloud: its provider, and the hand that moves it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  options: FakeOptions = {}
): { readonly provider: AnyTrainingProvider; readonly cloud: FakeCloud["Service"] } => {
  const name = options.name ?? "fake"
  const can: Capabilities = { ...capabilities, ...options.capabilities }
  const timing: Timing = {
    visibleAfter: millis(options.visibleAfter, 0),
    bootsFor: millis(options.bootsFor, 0),
    endsFor: millis(options.endsFor, 0),
    forgottenAfter: millis(options.forgottenAfter, "1 hour")
  }
  const faults = FakeFaults.make(name)
  const state = FakeCloudState.make(name, can, timing)

  const provider = TrainingProvider.of({
    name,
    capabilities: can,
    offers: (query) =>
      faults.call(
        "offers",
        Effect.map(state.offers, (all) => rank(all, query).ranked.map(({ offer }) => offer))
      ),
    estimateCost: (instanceType, hours) =>
      faults.call(
        "estimateCost",
        Effect.map(state.offered(instanceType), ({ onDemandUsdPerHour = 0 }) => onDemandUsdPerHour * hours)
      ),
    billing: ({ id }, resourceState) =>
      faults.call(
        "billing",
        Effect.map(state.known(id), (machine) => chargesIn(machine, can.stop, resourceState))
      ),
    createResource: (request) => faults.call("createResource", state.create(request)),
    getResource: (id) =>
      faults.call(
        "getResource",
        Effect.map(state.find(id), ({ resource }) => resource)
      ),
    listResources: faults.call("listResources", state.shown),
    companions: {
      list: faults.call("companions", state.companions),
      remove: (id) => faults.call("companions", state.removeCompanion(id))
    },
    startResource: (id) => faults.call("startResource", state.switched(id, true)),
    stopResource: (id) => faults.call("stopResource", state.switched(id, false)),
    terminate: (id) => faults.call("terminate", state.end(id, "us")),
    endpoint: ({ id }) =>
      faults.call(
        "endpoint",
        Effect.gen(function* () {
          const { machine, resource } = yield* state.find(id)
          if (can.runMode === "job") {
            return yield* new ProviderError.UnsupportedCapability({ message: "these machines have no shell" })
          }
          if (resource.state._tag === "Terminated") {
            return yield* new ProviderError.NotFound({ message: `${id} is gone` })
          }
          if (resource.state._tag !== "Running") {
            return yield* new ProviderError.Conflict({ message: `${id} is ${resource.state._tag}` })
          }
          const nowhere: Endpoint = { _tag: "Ssh", host: "192.0.2.1", port: 22, user: "runctl" }
          return options.endpoint?.(machine.mark.key) ?? nowhere
        })
      ),
    endActionScript: () => (can.endAction === "stopsJobOnly" ? undefined : "poweroff"),
    preemptionProbe: can.spot === "none" ? undefined : "test -e /run/fake-preemption",
    preemptionEvidence: ({ id }) =>
      faults.call(
        "preemptionEvidence",
        Effect.map(state.known(id), (machine) => ({
          preempted: isPreempted(machine) ? "yes" : "no",
          message: "the fake cloud knows"
        }))
      )
  })

  const cloud = FakeCloud.of({
    refuse: faults.refuse,
    loseAnswer: faults.loseAnswer,
    calls: faults.calls,
    reprice: state.reprice,
    preempt: (id) => (options.keepsPreempted === true ? state.halt(id) : state.end(id, "preempted")),
    machines: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const all = yield* state.machines
      return all.map((machine) => toResource(machine, can.stop, stateAt(machine, now, timing) ?? Terminated))
    }),
    endedAt: (id) =>
      Effect.map(
        Effect.orElseSucceed(state.known(id), () => undefined),
        (machine) => machine?.end?.at
      ),
    charged: Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      return sum((yield* state.machines).map((machine) => chargedUntil(machine, can.stop, now, timing)))
    })
  })

  return { provider, cloud }
}

/**
 * The cloud and its provider, as services.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options?: FakeOptions): Layer.Layer<TrainingProvider | FakeCloud> =>
  Layer.effectContext(
    Effect.sync(() => {
      const { cloud, provider } = make(options)
      return Context.make(TrainingProvider, provider).pipe(Context.add(FakeCloud, cloud))
    })
  )
