/**
 * The clocks of a fake machine, as functions of time.
 *
 * @since 0.1.0
 */
import type { Clocks, ClockStatus } from "@runctl/core/MachineClocks"

/** What the clocks of a machine say at a time in milliseconds since 1970; nobody but its cloud ends a fake machine. */
export const clockStatusAt = (clocks: Clocks, now: number): ClockStatus => ({
  armed: true,
  deadline: clocks.deadlineEpochSeconds,
  left: Math.max(0, Math.ceil(clocks.deadlineEpochSeconds - now / 1000)),
  grace: clocks.graceSeconds,
  hold: clocks.holdSeconds ?? null,
  holdLeft: null,
  orphanLeft: null,
  ending: null,
  keeper: true,
  survivesReboot: true,
  by: null
})
