/**
 * One command on several machines.
 */
import type { ShellOutput, ShellResult } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import { write } from "../follow/output.ts"
import { commandOf } from "../machine/command.ts"
import type { Named } from "../machine/own.ts"
import { endpointOf, shellAt } from "../machine/reach.ts"
import { running } from "../machine/running.ts"
import { keep } from "../machine/streams.ts"
import type { BatchOutput } from "../output/ssh.ts"
import { type Each, onEach } from "./each.ts"
import { prefixLines } from "./lines.ts"

type Part = Exclude<ShellOutput, { readonly _tag: "Exit" }>

/** Runs it on one of them. */
const onOne = (words: ReadonlyArray<string>, { view }: Named, show: (part: Part) => Effect.Effect<void>) =>
  Effect.gen(function* () {
    const endpoint = yield* endpointOf(view)
    const shell = yield* shellAt(endpoint)
    return yield* running(endpoint, shell, commandOf(endpoint, words), show)
  }).pipe(Effect.scoped)

/** Keeps what it prints. */
const kept = (words: ReadonlyArray<string>) => (machine: Named) =>
  Effect.suspend(() => {
    const { result, show } = keep()
    return Effect.map(onOne(words, machine, show), result)
  })

const outputs = { Stdout: process.stdout, Stderr: process.stderr }

/** Shows what it prints, line by line. */
const shown = (words: ReadonlyArray<string>) => (machine: Named) =>
  Effect.suspend(() => {
    const lines = { Stdout: prefixLines(machine.name), Stderr: prefixLines(machine.name) }
    const rest = Effect.suspend(() =>
      Effect.andThen(write(process.stdout, lines.Stdout.end()), write(process.stderr, lines.Stderr.end()))
    )
    return onOne(words, machine, ({ _tag, bytes }) => write(outputs[_tag], lines[_tag].push(bytes))).pipe(
      Effect.map((exitCode): ShellResult => ({ exitCode, stdout: "", stderr: "" })),
      Effect.ensuring(rest)
    )
  })

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
