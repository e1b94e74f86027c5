/**
 * What Ctrl-C and other signals mean while a run goes on. Pure.
 */

/** What has happened so far. */
export interface Situation {
  readonly isTerminal: boolean
  readonly hasStarted: boolean
  /** Whether we have said that we detach, and wait a moment for a second Ctrl-C. */
  readonly isLeaving: boolean
  readonly isCancelled: boolean
}

/** `detach`: stop showing, say how to return, wait a moment. `cancel`: end the run. `leave`: go at once. */
export type Reaction = "detach" | "cancel" | "leave"

/** The reaction to a signal. Everything that goes on is the supervisor's, so leaving never harms a run. */
export const react = (signal: NodeJS.Signals, situation: Situation): Reaction => {
  if (signal === "SIGHUP" || situation.isCancelled) return "leave"
  if (situation.isLeaving || !situation.hasStarted || !situation.isTerminal) return "cancel"
  return signal === "SIGINT" ? "detach" : "leave"
}
