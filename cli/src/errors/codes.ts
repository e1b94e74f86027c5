/**
 * What every exit code and error code means: the one table behind error messages, `--json` and docs/errors.md.
 */

import { exits } from "./Explanation.ts"
import { computer } from "./explanations/computer.ts"
import { providers } from "./explanations/providers.ts"
import { runs } from "./explanations/runs.ts"
import { usage } from "./explanations/usage.ts"

export { exits } from "./Explanation.ts"

/** Every code there is. */
export const explanations = { ...usage, ...computer, ...runs, ...providers } as const

/** Every code there is. */
export type Code = keyof typeof explanations

/** Whether a text is one of our codes. */
export const isCode = (text: string): text is Code => Object.hasOwn(explanations, text)

/** What the process ends with for a code. */
export const exitOf = (code: Code): number => exits[explanations[code].exit]
