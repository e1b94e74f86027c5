/**
 * The clocks on machines of ours, kept as our records have them: what ends a machine when everybody here is gone.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { Clocks } from "@runctl/core/MachineClocks"
import { ProviderError, Unavailable } from "@runctl/core/ProviderError"
import type { Resource, ResourceId } from "@runctl/core/Resource"
import type { AnyTrainingProvider, UseError } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { patiently } from "./ProviderCalls.ts"
import type { LoadedProvider } from "./Providers.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { RunRecord } from "./RunRecord.ts"

/** How long somebody who waits for an answer waits for a machine. */
const patience = Duration.seconds(30)

/**
 * The clocks of a machine that a run has rented: results wait on it as long as they would for us, unless the run is
 * over and the machine is kept.
 *
 * @category decisions
 * @since 0.1.0
 */
export const ofRun = ({ deadlineAt, phase, spec }: RunRecord): Clocks => ({
  deadlineEpochSeconds: Math.ceil(deadlineAt / 1000),
  graceSeconds: spec.graceSeconds,
  holdSeconds: spec.keep && phase === "Settled" ? undefined : spec.holdSeconds
})

/** The clocks of a machine that lives until its deadline, whatever runs on it. @category decisions @since 0.1.0 */
export const ofMachine = ({ deadlineAt }: Pick<ResourceRecord, "deadlineAt">): Clocks => ({
  deadlineEpochSeconds: Math.ceil(deadlineAt / 1000),
  graceSeconds: Duration.toSeconds(defaults.stopGrace),
  holdSeconds: undefined
})

/**
 * Waits until a machine is up and can be reached.
 *
 * **Details**  a cloud that does not show a machine is not believed in the machine's first minute. One that has just
 * answered that the machine is starting is not asked at once whether it still is.
 * **Units**    madeAt: milliseconds since 1970-01-01 UTC
 *
 * @category queries
 * @since 0.1.0
 */
export const ready = (
  provider: AnyTrainingProvider,
  { id, state }: Pick<Resource, "id" | "state">,
  madeAt: number
): Effect.Effect<Resource, ProviderError> => {
  const notYet = new ProviderError({
    provider: provider.name,
    operation: "getResource",
    reason: new Unavailable({ message: `${id} did not come up within ${Duration.format(defaults.created)}` })
  })
  const notShown = Effect.flatMap(Clock.currentTimeMillis, (now) =>
    now < madeAt + Duration.toMillis(defaults.shownWithin) ? Effect.fail(notYet) : Effect.void
  )
  const untilFirst = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const first = Duration.toMillis(defaults.statusPollFirst)
    const left = state._tag === "Starting" ? madeAt + first - now : 0
    return Effect.sleep(Math.max(0, Math.min(left, first)))
  })
  const asked = patiently(provider.getResource(id)).pipe(
    Effect.tapError(({ reason }) => (reason._tag === "NotFound" ? notShown : Effect.void)),
    Effect.flatMap((resource) => (resource.state._tag === "Starting" ? Effect.fail(notYet) : Effect.succeed(resource))),
    Effect.retry({
      schedule: Schedule.min([
        Schedule.exponential(defaults.statusPollFirst, 1.5),
        Schedule.spaced(defaults.statusPollLast)
      ]),
      while: (error) => error === notYet
    }),
    Effect.timeoutOrElse({ duration: defaults.created, orElse: () => Effect.fail(notYet) })
  )
  return Effect.andThen(untilFirst, asked)
}

/** When a machine was made, as far as we know. @category accessors @since 0.1.0 */
export const madeAt = ({ provisionedAt, requestedAt }: ResourceRecord): number => provisionedAt ?? requestedAt

/**
 * Makes the clocks of a machine what they should be: arms them where they are not armed, or differ but for the
 * deadline, and moves that where it was moved here meanwhile. Does nothing where a machine cannot end itself.
 *
 * @category steps
 * @since 0.1.0
 */
export const keep = (
  { using }: Pick<LoadedProvider, "using">,
  id: ResourceId,
  clocks: Clocks
): Effect.Effect<void, UseError> =>
  Effect.gen(function* () {
    const told = yield* using.clockStatus(id)
    const armed =
      told !== undefined && told.grace === clocks.graceSeconds && told.hold === (clocks.holdSeconds ?? null)
        ? told
        : yield* using.arm(id, clocks)
    if (armed === undefined || armed.ending !== null || armed.deadline === clocks.deadlineEpochSeconds) return
    yield* using.extendClocks(id, clocks.deadlineEpochSeconds)
  })

/**
 * Moves the deadline on the machine itself, where it is armed. A machine that cannot be reached keeps the old one, and
 * so that is said.
 *
 * **Units**  deadlineAt: milliseconds since 1970-01-01 UTC
 *
 * @category steps
 * @since 0.1.0
 */
export const extend = Effect.fn("MachineClocks.extend")(function* (
  { using }: LoadedProvider,
  id: ResourceId,
  deadlineAt: number
) {
  const moved = Effect.gen(function* () {
    const told = yield* using.clockStatus(id)
    if (told !== undefined) yield* using.extendClocks(id, Math.ceil(deadlineAt / 1000))
  })
  const unmoved = (why: string) =>
    Effect.logWarning(`${id} could not be told of its new deadline and still ends itself at the old one: ${why}`)
  yield* moved.pipe(
    Effect.catch(({ message }) => unmoved(message)),
    Effect.timeoutOrElse({ duration: patience, orElse: () => unmoved("it does not answer") })
  )
})
