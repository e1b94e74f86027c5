/**
 * What the process ends with, and what an error code means.
 */

/** What the process ends with. Public: scripts rely on it. */
export const exits = {
  done: 0,
  bug: 1,
  usage: 2,
  configuration: 3,
  credentials: 4,
  capacity: 5,
  provider: 6,
  job: 7,
  interrupted: 130
} as const

/** The name of an exit code. */
export type Exit = keyof typeof exits

/** One code: what the process ends with, what it means, and what to try. */
export interface Explanation {
  readonly exit: Exit
  readonly means: string
  readonly advice: string
}
