/**
 * The clocks on a machine: what ends it when nobody else does.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What a machine is to watch itself.
 *
 * **Details**
 * - At `deadlineEpochSeconds` its jobs are ended, and it with them.
 * - `holdSeconds`: how long results wait after the last job has ended, before or at the deadline; then it ends. Without
 *   it the machine lives until its deadline, whatever runs on it.
 *
 * **Units**  deadline: whole seconds since 1970-01-01 UTC, by our clock; the machine is told how many are left
 *
 * @category models
 * @since 0.1.0
 */
export interface Clocks {
  readonly deadlineEpochSeconds: number
  readonly graceSeconds: number
  readonly holdSeconds: number | undefined
}

/**
 * Where in its folder whoever rents a machine out may leave `sh` that its clocks run for as long as they keep it: after
 * every change and at least once a minute.
 *
 * **Details**  `$1` is in how many seconds at most they end it. Nothing waits for it, and what it prints is lost.
 *
 * @category constants
 * @since 0.1.0
 */
export const renewal = ".runctl/renew.sh"

const MaybeSeconds = Schema.NullOr(Schema.Int)

/**
 * What a machine's own clocks say.
 *
 * **Details**
 * - `hold`, `holdLeft`: how long results would wait, and how long they still do once no job lives.
 * - `orphanLeft`: how long it still waits for the first contact, where it armed itself at boot.
 * - `ending`: which clock is ending it now.
 * - `keeper`: whether the process that watches them lives. `survivesReboot` and `by`: whether, and by what means, it
 *   comes back when the machine is switched off and on.
 *
 * **Units**  deadline: whole seconds since 1970-01-01 UTC, as it was told · the others: seconds
 *
 * @category models
 * @since 0.1.0
 */
export const ClockStatus = Schema.Struct({
  armed: Schema.Literal(true),
  deadline: Schema.Int,
  left: Schema.Int,
  grace: Schema.Int,
  hold: MaybeSeconds,
  holdLeft: MaybeSeconds,
  orphanLeft: MaybeSeconds,
  ending: Schema.NullOr(Schema.Literals(["deadline", "hold", "orphan"])),
  keeper: Schema.Boolean,
  survivesReboot: Schema.Boolean,
  by: Schema.NullOr(Schema.Literals(["crontab", "systemd"]))
})
export type ClockStatus = typeof ClockStatus.Type

/**
 * In how many seconds at most the machine ends if everybody goes away now; results that wait for collection count.
 *
 * @category decisions
 * @since 0.1.0
 */
export const endsWithin = ({ ending, grace, hold, holdLeft, left, orphanLeft }: ClockStatus): number => {
  if (ending !== null) return 0
  const byItself = holdLeft ?? left + grace + (hold ?? 0)
  return orphanLeft === null ? byItself : Math.min(orphanLeft, byItself)
}
