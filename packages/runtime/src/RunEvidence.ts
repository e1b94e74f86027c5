/**
 * What a provider says about a machine on which something failed. Only it can tell dead from unreachable.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { StepError } from "./Problems.ts"
import { patiently } from "./ProviderCalls.ts"
import type { Providers } from "./Providers.ts"
import type { Observation } from "./RunMachine.ts"
import type { RunRecord } from "./RunRecord.ts"
import { machineOf } from "./RunSteps.ts"

/** That the machine is gone, when its provider says so. */
const evidence = Effect.fnUntraced(function* (run: RunRecord) {
  const { provider, id } = yield* machineOf(run)
  const resource = yield* patiently(provider.getResource(id)).pipe(
    Effect.catchReason("ProviderError", "NotFound", () => Effect.succeed(undefined))
  )
  if (resource !== undefined && resource.state._tag !== "Terminated") return undefined
  const { preempted, message } =
    resource === undefined
      ? { preempted: "unknown" as const, message: "" }
      : yield* patiently(provider.preemptionEvidence(resource))
  const gone: Observation =
    preempted === "yes"
      ? { _tag: "Gone", cause: "preempted", message: `the provider took the machine back. ${message}`.trim() }
      : { _tag: "Gone", cause: "gone", message: `the provider says that the machine ${id} is gone` }
  return gone
})

/**
 * Explains the failure of a step by the end of its machine, when the provider says that it is gone; else, and when the
 * provider cannot be asked, the step fails as it did.
 *
 * @category combinators
 * @since 0.1.0
 */
export const orGone =
  (run: RunRecord) =>
  <R>(step: Effect.Effect<Observation, StepError, R>): Effect.Effect<Observation, StepError, R | Providers> =>
    Effect.catch(step, (error): Effect.Effect<Observation, StepError, Providers> =>
      error._tag !== "ProviderError" && error._tag !== "JobError"
        ? Effect.fail(error)
        : evidence(run).pipe(
            Effect.orElseSucceed(() => undefined),
            Effect.flatMap((gone) => (gone === undefined ? Effect.fail(error) : Effect.succeed(gone)))
          )
    )
