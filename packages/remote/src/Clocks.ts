/**
 * The clocks on a machine with a shell: they end it when nobody else does.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { JobError } from "@runctl/core/JobError"
import { type Clocks as Armed, ClockStatus } from "@runctl/core/MachineClocks"
import type { Shell, ShellCommand, ShellResult } from "@runctl/core/Shell"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { digest, script } from "./clocks/script.ts"
import * as Failure from "./Failure.ts"
import { run, within } from "./internal/run.ts"
import { encode } from "./internal/utf8.ts"
import { parseJson } from "./JsonLines.ts"
import * as Layout from "./Layout.ts"

/** Exit code of our own wrapper: the script is not installed. */
const notInstalled = 96

/** Exit code of the script: the machine is being ended. */
const refused = 75

const clocks = Layout.clocks(digest)

/** What another version has armed is asked by this one; where nothing is armed nothing is installed to say so. */
const guarded = (verb: string, isQuestion: boolean): string =>
  `c=${clocks}; [ -f "$c" ] || ${isQuestion ? `{ [ -e ${Layout.root}/clocks/armed ] || { echo '{"armed":false}'; exit 0; }; exit ${notInstalled}; }` : `exit ${notInstalled}`}
exec sh "$c" ${verb} "$@"`

const decodeStatus = Schema.decodeUnknownOption(ClockStatus)
const decodeDisarmed = Schema.decodeUnknownOption(Schema.Struct({ armed: Schema.Literal(false) }))

/**
 * What the script prints; `undefined` for anything else.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parseStatus = (text: string): ClockStatus | "disarmed" | undefined => {
  const value = parseJson(text.trimEnd().split("\n").at(-1) ?? "")
  return decodeDisarmed(value)._tag === "Some" ? "disarmed" : Option.getOrUndefined(decodeStatus(value))
}

const statusOf = (
  operation: Failure.Operation,
  result: ShellResult
): Effect.Effect<ClockStatus | undefined, JobError> => {
  const status = parseStatus(result.stdout)
  if (result.exitCode === refused) {
    return Effect.fail(Failure.refused(operation, "the machine is being ended by its own clock already"))
  }
  return result.exitCode === 0 && status !== undefined
    ? Effect.succeed(status === "disarmed" ? undefined : status)
    : Effect.fail(Failure.command(operation, "the machine's clocks said something unexpected", result))
}

/** Told as an absolute time, to show, and as seconds from now by our clock, to count down. */
const deadlineOptions = (deadlineEpochSeconds: number): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const left = Math.max(0, Math.ceil(deadlineEpochSeconds - now / 1000))
    return ["--deadline", String(deadlineEpochSeconds), "--left", String(left)]
  })

/**
 * The clocks behind a shell; they are installed when the machine does not have this version.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (shell: Shell) => {
  const install = Effect.mapError(
    shell.put(clocks, Stream.succeed(encode(script)), { mode: 0o700 }),
    Failure.fromShell("arm")
  )

  const verb = (
    operation: Failure.Operation,
    name: string,
    command: Partial<ShellCommand> = {},
    isQuestion = false
  ): Effect.Effect<ClockStatus | undefined, JobError> => {
    const attempt = Effect.suspend(() => run(shell, operation, { script: guarded(name, isQuestion), ...command }))
    return attempt.pipe(
      Effect.filterOrElse(
        ({ exitCode }) => exitCode !== notInstalled,
        () => Effect.andThen(install, attempt)
      ),
      within(operation, Duration.sum(defaults.read, defaults.connect)),
      Effect.flatMap((result) => statusOf(operation, result))
    )
  }

  /**
   * Arms the clocks, once however often it is called: a deadline that is set stays, the rest is as it was told last.
   * `endAction` is `sh` and may hold a secret.
   */
  const arm = (armed: Armed, endAction: string): Effect.Effect<ClockStatus | undefined, JobError> =>
    Effect.flatMap(deadlineOptions(armed.deadlineEpochSeconds), (deadline) => {
      const hold = armed.holdSeconds === undefined ? [] : ["--hold", String(armed.holdSeconds)]
      const args = [...deadline, "--grace", String(armed.graceSeconds), ...hold, "--end-action", "-"]
      return verb("arm", "arm", { args, stdin: endAction })
    })

  /** Moves the deadline, both ways. */
  const extend = (deadlineEpochSeconds: number): Effect.Effect<ClockStatus | undefined, JobError> =>
    Effect.flatMap(deadlineOptions(deadlineEpochSeconds), (args) => verb("extend", "extend", { args }))

  /** What they say now; nothing where nothing is armed. */
  const status: Effect.Effect<ClockStatus | undefined, JobError> = verb("status", "status", {}, true)

  /** Takes them away, and what would bring them back after a reboot. */
  const disarm: Effect.Effect<void, JobError> = Effect.asVoid(verb("release", "disarm", {}, true))

  return { arm, extend, status, disarm } as const
}

/** The clocks behind a shell. @category models @since 0.1.0 */
export type Clocks = ReturnType<typeof make>
