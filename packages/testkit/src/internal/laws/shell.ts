/**
 * Laws about machines with a shell.
 *
 * @since 0.1.0
 */
import type { Resource } from "@runctl/core/Resource"
import { type ShellCommand, type ShellError, Shells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { Broken, type Law } from "../../Law.ts"
import { check, eventually, look, refuses, rentRunning } from "../rent.ts"

const needs: NonNullable<Law["needs"]> = {
  what: "providers whose machines have a shell",
  from: ({ runMode }) => runMode === "machine"
}

const unreached = (error: ShellError) => new Broken({ message: `the machine is not reached: ${error.message}` })

/** A machine that has just come up may not answer yet: the way to it is tried again for a while. */
const open = Effect.fnUntraced(function* (machine: Resource) {
  const provider = yield* TrainingProvider
  const shells = yield* Shells
  const way = Effect.gen(function* () {
    const shell = yield* shells.open(yield* provider.endpoint(machine))
    yield* shell.exec({ script: "true" })
    return shell
  })
  yield* eventually(
    Effect.exit(Effect.scoped(way)),
    (exit) => exit._tag === "Success",
    `${machine.id} runs and is never reached`
  )
  return yield* Effect.catchTag(way, "ShellError", unreached)
})

const ask = Effect.fnUntraced(function* (machine: Resource, command: ShellCommand) {
  const shell = yield* open(machine)
  return yield* Effect.mapError(shell.exec(command), unreached)
})

export const laws: ReadonlyArray<Law> = [
  {
    name: "a running machine is reached, and runs what it is told",
    needs,
    run: Effect.gen(function* () {
      const machine = yield* rentRunning()
      const answer = yield* ask(machine, { script: 'printf "%s|" "$@"; exit 7', args: ["a b", "$(c)"] })
      const said = answer.stdout === "a b|$(c)|" && answer.exitCode === 7
      yield* check(said, `a command printed ${JSON.stringify(answer.stdout)} and ended with ${answer.exitCode}`)
    })
  },
  {
    name: "two machines do not see each other's files",
    needs,
    run: Effect.gen(function* () {
      const [one, other] = [yield* rentRunning(), yield* rentRunning()]
      yield* ask(one, { script: "echo secret >law-file" })
      const there = yield* ask(other, { script: "test -e law-file" })
      yield* check(there.exitCode !== 0, `${other.id} sees a file of ${one.id}`)
    })
  },
  {
    name: "terminating ends what runs on the machine, even what was left behind and does not listen",
    needs,
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const [machine, witness] = [yield* rentRunning(), yield* rentRunning()]
      const started = yield* ask(machine, {
        script: `set -m
          sh -c 'trap "" TERM HUP; while :; do sleep 1; done' >/dev/null 2>&1 </dev/null &
          LC_ALL=C ps -o pid= -o lstart= -p $!`
      })
      const process = started.stdout.trim()
      yield* check(process !== "", `a process was started and is not there: ${started.stderr}`)
      // Only where both machines share one computer can the witness see it at all; a zombie is dead.
      const seen = ask(witness, {
        script: 'case $(ps -o stat= -p "$1") in Z*) ;; *) LC_ALL=C ps -o pid= -o lstart= -p "$1" ;; esac',
        args: [process.split(" ")[0] ?? ""]
      })
      yield* provider.terminate(machine.id)
      yield* eventually(
        look(machine.id),
        (each) => each === undefined || each.state._tag === "Terminated",
        `${machine.id} was terminated and is not gone`
      )
      const { stdout } = yield* seen
      yield* check(stdout.trim() !== process, `the process ${process} goes on`)
    })
  },
  {
    name: "a stopped machine is not reached, and has its files again when started",
    needs: {
      what: "providers whose machines have a shell and can be stopped",
      from: ({ runMode, stop }) => runMode === "machine" && stop !== "none"
    },
    run: Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rentRunning()
      yield* ask(machine, { script: "echo kept >law-file" })
      yield* provider.stopResource(machine.id)
      const stopped = yield* eventually(
        look(machine.id),
        (each) => each?.state._tag === "Stopped",
        `${machine.id} was stopped and does not come to be Stopped`
      )
      yield* refuses(provider.endpoint(stopped ?? machine), "reaching a stopped machine", "Conflict")
      yield* provider.startResource(machine.id)
      const again = yield* eventually(
        look(machine.id),
        (each) => each?.state._tag === "Running",
        `${machine.id} was started and does not run`
      )
      const { stdout } = yield* ask(again ?? machine, { script: "cat law-file" })
      yield* check(stdout === "kept\n", `a file holds ${JSON.stringify(stdout)} after stopping`)
    })
  }
]
