/**
 * What goes wrong in the fake cloud, and when.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import * as Effect from "effect/Effect"

type Operation = ProviderError.ProviderError["operation"]

/** Refused before anything happened, or answered to nobody after it did. */
type Fault = { readonly _tag: "Refuse"; readonly reason: ProviderError.Reason } | { readonly _tag: "LoseAnswer" }

/** Faults waiting for the calls they will meet, and the calls there were. */
export const make = (provider: string) => {
  const waiting = new Map<Operation, ReadonlyArray<Fault>>()
  const calls: Array<Operation> = []

  const failed = (operation: Operation, reason: ProviderError.Reason) =>
    new ProviderError.ProviderError({ provider, operation, reason })

  const plan = (operation: Operation, fault: Fault, times: number) =>
    Effect.sync(() => {
      waiting.set(operation, [...(waiting.get(operation) ?? []), ...Array.from({ length: times }, () => fault)])
    })

  const next = (operation: Operation): Fault | undefined => {
    const [fault, ...later] = waiting.get(operation) ?? []
    waiting.set(operation, later)
    return fault
  }

  const call = <A, R>(
    operation: Operation,
    effect: Effect.Effect<A, ProviderError.Reason, R>
  ): Effect.Effect<A, ProviderError.ProviderError, R> =>
    Effect.gen(function* () {
      calls.push(operation)
      const fault = next(operation)
      if (fault?._tag === "Refuse") return yield* failed(operation, fault.reason)
      const answer = yield* Effect.mapError(effect, (reason) => failed(operation, reason))
      if (fault?._tag !== "LoseAnswer") return answer
      return yield* failed(operation, new ProviderError.OutcomeUnknown({ message: "the connection was cut" }))
    })

  return {
    call,
    calls: Effect.sync(() => [...calls]),
    refuse: (operation: Operation, reason: ProviderError.Reason, times = 1) =>
      plan(operation, { _tag: "Refuse", reason }, times),
    loseAnswer: (operation: Operation, times = 1) => plan(operation, { _tag: "LoseAnswer" }, times)
  }
}
