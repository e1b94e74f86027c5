/**
 * Makes a machine replace its single-use host key by one of its own, in two steps that may each be repeated.
 *
 * @since 0.1.0
 */
import { JobError, MachineUnreachable } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import { defaults } from "@runctl/core/Defaults"
import * as Effect from "effect/Effect"
import { program } from "./boot/hostKeyChange.ts"
import * as Failure from "./Failure.ts"
import { run, within } from "./internal/run.ts"

/** What the machine answered: a public key, or why it keeps what it has. @category models @since 0.1.0 */
export type Answer = { readonly key: string } | { readonly kept: string }

const keyPattern = /^ssh-ed25519 [A-Za-z0-9+/=]{60,80}$/

/** Only root may: directly, or by leave that asks for no password. */
const asRoot =
  'as=; [ "$(id -u)" = 0 ] || as="sudo -n"; program=$1; shift; exec $as /bin/sh -c "$program" runctl "$@" </dev/null'

const cutOff = (exitCode: number): JobError =>
  new JobError({
    operation: "prepare",
    reason: new MachineUnreachable({ message: `the change of its host key was cut off (exit code ${exitCode})` })
  })

/**
 * The change of a machine's host key, over a shell of one's own on it.
 *
 * **Details**
 * - `offer` lets the machine make a key beside the one it shows, and answers its public half: the same until it is
 *   installed. `pending` is what it offered before.
 * - `install` puts that in the place of the one it shows, removes all others, and lets sshd read it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (shell: Shell) => {
  const ask = (verb: string, args: ReadonlyArray<string>): Effect.Effect<Answer, JobError> =>
    run(shell, "prepare", { script: asRoot, args: [program, verb, ...args] }).pipe(
      within("prepare", defaults.read),
      Effect.flatMap(({ exitCode, stderr, stdout }): Effect.Effect<Answer, JobError> => {
        const key = stdout.trimEnd().split("\n").at(-1) ?? ""
        if (exitCode === 0 && keyPattern.test(key)) return Effect.succeed({ key })
        // Killed on the way: that is no answer.
        return exitCode > 128
          ? Effect.fail(cutOff(exitCode))
          : Effect.succeed({ kept: Failure.lastLines(stderr, 1) || `it answered with exit code ${exitCode}` })
      })
    )
  return {
    offer: (shown: string, pending: string | undefined): Effect.Effect<Answer, JobError> =>
      ask("offer", [shown, pending ?? ""]),
    install: (shown: string, offered: string): Effect.Effect<Answer, JobError> => ask("install", [shown, offered])
  } as const
}
