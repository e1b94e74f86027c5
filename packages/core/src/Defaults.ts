/**
 * Every default that has a number, in one table.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"

/**
 * Every default that has a number.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaults = {
  requestAccepted: Duration.seconds(300),
  created: Duration.minutes(15),
  offersWithin: Duration.seconds(30),
  preemptionPoll: Duration.seconds(5),
  sampleEvery: Duration.seconds(10),
  statusPollFirst: Duration.millis(300),
  statusPollLast: Duration.seconds(5),
  connect: Duration.seconds(10),
  read: Duration.seconds(60),
  waitForSsh: Duration.seconds(300),
  callAttempts: 3,
  callRetryBase: Duration.seconds(2),
  noProgress: Duration.minutes(2),
  stopGrace: Duration.seconds(90),
  deadline: Duration.hours(24),
  orphan: Duration.minutes(30),
  hold: Duration.hours(2),
  shownWithin: Duration.minutes(1),
  sweepEvery: Duration.minutes(5),
  sweepGrace: Duration.minutes(5),
  spendingEvery: Duration.seconds(30),
  spendingAsk: Duration.seconds(20),
  budgetEnding: Duration.minutes(10),
  attemptsAfterInterruption: 3,
  supervisorIdleExit: Duration.minutes(10),
  supervisorLease: Duration.seconds(30),
  journalPoll: Duration.millis(50),
  logCapBytes: 1_073_741_824
} as const
