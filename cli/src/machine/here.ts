/**
 * A terminal on a machine that is this computer: the terminal is passed on as it is.
 */
import type { LocalEndpoint } from "@runctl/core/Endpoint"
import * as LocalShell from "@runctl/remote/LocalShell"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { constants } from "node:os"
import { exits } from "../errors/codes.ts"
import { take } from "../signals.ts"

/**
 * Runs words, or the user's shell, in the machine's folder with our terminal; answers the exit code. Node itself puts
 * the terminal back as it was.
 */
export const inOwnTerminal = (endpoint: LocalEndpoint, words: ReadonlyArray<string>): Effect.Effect<number, Error> =>
  Effect.flatMap(LocalShell.environment(endpoint), (environment) =>
    Effect.callback<number, Error>((resume) => {
      const [file, args] =
        words.length === 0 ? [environment["SHELL"] ?? "sh", []] : ["sh", ["-c", 'exec "$@"', "sh", ...words]]
      const env = { ...environment, TERM: process.env["TERM"] ?? "xterm" }
      const child = spawn(file, args, { cwd: endpoint.home, env, stdio: "inherit" })
      let isToldToEnd = false
      let hangUp: NodeJS.Timeout | undefined
      const release = take((signal) => {
        // Ctrl-C reaches it by itself, as it has the terminal.
        if (signal === "SIGINT") return
        isToldToEnd = true
        child.kill(signal)
        // A shell with a terminal ends for nothing less, and may overlook one that comes while it begins to read.
        child.kill("SIGHUP")
        hangUp ??= setInterval(() => child.kill("SIGHUP"), 250)
      })
      const giveBack = (): void => {
        clearInterval(hangUp)
        release()
      }
      child.once("error", (error) => {
        giveBack()
        resume(Effect.fail(error))
      })
      child.once("exit", (code, signal) => {
        giveBack()
        const own = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
        resume(Effect.succeed(isToldToEnd ? exits.interrupted : own))
      })
    })
  )
