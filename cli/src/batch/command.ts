/**
 * One command on several machines.
 */
import type { ShellResult } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { write } from "../follow/output.ts"
import { commandOf } from "../machine/command.ts"
import type { Named } from "../machine/own.ts"
import { endpointOf, shellAt } from "../machine/reach.ts"
import type { BatchOutput } from "../output/ssh.ts"
import { type Each, onEach } from "./each.ts"
import { prefixLines } from "./lines.ts"

/** What is run where: a shell and the command for it. */
const opened = (words: ReadonlyArray<string>, { view }: Named) =>
  Effect.flatMap(endpointOf(view), (endpoint) =>
    Effect.map(shellAt(endpoint), (shell) => ({ shell, command: commandOf(endpoint, words) }))
  )

/** Keeps what it prints. */
const kept = (words: ReadonlyArray<string>) => (machine: Named) =>
  Effect.scoped(Effect.flatMap(opened(words, machine), ({ command, shell }) => shell.exec(command)))

const outputs = { Stdout: process.stdout, Stderr: process.stderr }

/** Shows what it prints, line by line. */
const shown = (words: ReadonlyArray<string>) => (machine: Named) =>
  Effect.gen(function* () {
    const { command, shell } = yield* opened(words, machine)
    const lines = { Stdout: prefixLines(machine.name), Stderr: prefixLines(machine.name) }
    let exitCode = 0
    const rest = Effect.suspend(() =>
      Effect.andThen(write(process.stdout, lines.Stdout.end()), write(process.stderr, lines.Stderr.end()))
    )
    yield* Stream.runForEach(shell.stream(command), (part) => {
      if (part._tag !== "Exit") return write(outputs[part._tag], lines[part._tag].push(part.bytes))
      exitCode = part.exitCode
      return Effect.void
    }).pipe(Effect.ensuring(rest))
    const answer: ShellResult = { exitCode, stdout: "", stderr: "" }
    return answer
  }).pipe(Effect.scoped)

/** Runs it on all of them; with `keeps` the outputs are kept instead of shown. */
export const commandOnEach = (
  machines: ReadonlyArray<Named>,
  words: ReadonlyArray<string>,
  options: { readonly concurrency: number; readonly keeps: boolean }
) =>
  Effect.map(
    onEach(
      machines,
      options.concurrency,
      ({ exitCode }: ShellResult) => exitCode === 0,
      options.keeps ? kept(words) : shown(words)
    ),
    viewBatch
  )

const viewBatch = (all: ReadonlyArray<Each<ShellResult>>): BatchOutput => ({
  results: all.map(({ answer, result }) => ({
    ...result,
    exitCode: answer?.exitCode ?? null,
    stdout: answer?.stdout ?? "",
    stderr: answer?.stderr ?? ""
  }))
})
