/**
 * What went wrong, in the one form that people and programs see: what happened, why, what to try, and a code.
 */
import type { Problem } from "@runctl/runtime/Event"
import { type Code, exitOf, exits, explanations, isCode } from "./codes.ts"
import { codeOf } from "./tags.ts"

/** A failure ready to be shown. `exit` is what the process ends with. */
export interface Failure {
  readonly code: string
  readonly exit: number
  readonly message: string
  readonly why: string
  readonly advice: string
}

/** A failure on its way to whoever shows it. */
export class CliFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.name = "CliFailure"
    this.failure = failure
  }
}

/** A failure of the CLI's own. `advice` is the code's unless something better is known. */
export const fail = (code: Code, message: string, advice: string = explanations[code].advice): CliFailure =>
  new CliFailure({ code, exit: exitOf(code), message, why: explanations[code].means, advice })

/** A command line that makes no sense. */
export const usage = (message: string, advice?: string): CliFailure => fail("RUNCTL_E_USAGE", message, advice)

const isFailure = (error: unknown): error is CliFailure => error instanceof Error && "failure" in error

const textIn = (value: unknown, key: string): string | undefined => {
  const found = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined
  return typeof found === "string" && found !== "" ? found : undefined
}

/** The reason's own words where there is one: the error around it repeats its advice. */
const wordsOf = (error: unknown): { readonly message: string; readonly advice: string | undefined } => {
  const reason = typeof error === "object" && error !== null && "reason" in error ? error.reason : undefined
  const isJournal = textIn(error, "_tag") === "JournalError"
  const message = textIn(isJournal ? reason : error, "message") ?? String(error)
  const output = textIn(reason, "output")
  return { message: output === undefined ? message : `${message}\n${output}`, advice: textIn(reason, "advice") }
}

/** A problem that a run remembers. */
export const ofProblem = ({ code, message, advice }: Problem): Failure => ({
  code,
  message,
  exit: isCode(code) ? exitOf(code) : exits.job,
  why: isCode(code) ? explanations[code].means : "",
  advice: advice ?? (isCode(code) ? explanations[code].advice : "")
})

/** What a file system said, in words; Effect's own errors have a path inside. */
const ofSystem = (error: unknown): Failure | undefined => {
  const isPlatform = textIn(error, "_tag") === "PlatformError"
  const isErrno = error instanceof Error && "syscall" in error && "code" in error
  return isPlatform || isErrno
    ? fail("RUNCTL_E_LOCAL_FILE", textIn(error, "message") ?? String(error)).failure
    : undefined
}

/** Everything nobody expected. */
const bug = (error: unknown): Failure => {
  const stack = error instanceof Error ? error.stack : undefined
  const message = error instanceof Error ? error.message : String(error)
  return fail("RUNCTL_E_BUG", process.env["RUNCTL_DEBUG"] === undefined ? message : (stack ?? message)).failure
}

/** Anything that was thrown or failed with, ready to be shown. */
export const failureOf = (error: unknown): Failure => {
  if (isFailure(error)) return error.failure
  const code = codeOf(error)
  if (code === undefined) return ofSystem(error) ?? bug(error)
  const { message, advice } = wordsOf(error)
  return fail(code, message, advice).failure
}
