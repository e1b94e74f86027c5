/**
 * What a provider says about a machine on which something failed. Only it can tell dead from unreachable.
 *
 * @since 0.1.0
 */
import type { Resource } from "@runctl/core/Resource"
import { format, type ResourceState } from "@runctl/core/ResourceState"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { event } from "./Event.ts"
import type { StepError } from "./Problems.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import type { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import type { Observation } from "./RunMachine.ts"
import { currentAttempt, type RunRecord } from "./RunRecord.ts"
import { machineOf } from "./RunSteps.ts"

/** Writes down, once, that a machine of ours was taken back. */
const takenBack = Effect.fnUntraced(function* (run: RunRecord, message: string) {
  const records = yield* Records
  const key = currentAttempt(run)?.key
  const record = key === undefined ? undefined : yield* records.resource(key)
  if (record?.phase !== "Held") return
  yield* records.append(streams.resource(record.mark.key), [event("InstancePreempted", { message })])
})

/**
 * What a provider says of a machine that has told its job that it is taken back; nothing where it cannot be asked. That
 * it was taken back is written down either way.
 *
 * @category steps
 * @since 0.1.0
 */
export const ofNotice = Effect.fn("RunEvidence.ofNotice")(function* (run: RunRecord) {
  const { provider, id } = yield* machineOf(run)
  const evidence = yield* patiently(Effect.flatMap(provider.getResource(id), provider.preemptionEvidence)).pipe(
    Effect.map(({ message, preempted }) => (preempted === "yes" ? message : undefined)),
    Effect.orElseSucceed(() => undefined)
  )
  yield* takenBack(run, evidence ?? "the machine has seen the notice")
  return evidence
})

/**
 * Whether a machine will do no work any more: it has ended; or it is off or broken where nothing can be switched on again,
 * as a machine looks that was taken back without a word. It is ended before another one takes its place.
 */
const isOver = ({ capabilities }: AnyTrainingProvider, { _tag: state }: ResourceState): boolean =>
  state === "Terminated" || (capabilities.stop === "none" && (state === "Stopped" || state === "Error"))

const stateIn = (resource: Resource | undefined): string =>
  resource === undefined || resource.state._tag === "Terminated" ? "gone" : format(resource.state)

/** That the machine is gone, when its provider says so: it is not there any more, or was taken back and kept stopped. */
const evidence = Effect.fnUntraced(function* (run: RunRecord) {
  const { provider, id } = yield* machineOf(run)
  const resource = yield* patiently(provider.getResource(id)).pipe(
    Effect.catchReason("ProviderError", "NotFound", () => Effect.succeed(undefined))
  )
  // Where it can be switched on again, only its provider knows whether it was taken back.
  const mayGoOn = resource !== undefined && !isOver(provider, resource.state)
  if (mayGoOn && resource.state._tag !== "Stopped") return undefined
  const { preempted, message } =
    resource === undefined
      ? { preempted: "unknown" as const, message: "" }
      : yield* patiently(provider.preemptionEvidence(resource))
  if (mayGoOn && preempted !== "yes") return undefined
  if (preempted === "yes") yield* takenBack(run, message)
  const gone: Observation =
    preempted === "yes"
      ? { _tag: "Gone", cause: "preempted", message: `the provider took the machine back: ${message}` }
      : { _tag: "Gone", cause: "gone", message: `the provider says that the machine ${id} is ${stateIn(resource)}` }
  return gone
})

/** That the machine of a job that has vanished is gone, when its provider says so. @category steps @since 0.1.0 */
export const ofLoss = (run: RunRecord) => Effect.orElseSucceed(evidence(run), () => undefined)

/**
 * Explains the failure of a step by the end of its machine, when the provider says that it is gone; else, and when the
 * provider cannot be asked, the step fails as it did.
 *
 * @category combinators
 * @since 0.1.0
 */
export const orGone =
  (run: RunRecord) =>
  <R>(step: Effect.Effect<Observation, StepError, R>): Effect.Effect<Observation, StepError, R | Providers | Records> =>
    Effect.catch(step, (error): Effect.Effect<Observation, StepError, Providers | Records> =>
      error._tag !== "ProviderError" && error._tag !== "JobError"
        ? Effect.fail(error)
        : evidence(run).pipe(
            Effect.orElseSucceed(() => undefined),
            Effect.flatMap((gone) => (gone === undefined ? Effect.fail(error) : Effect.succeed(gone)))
          )
    )
