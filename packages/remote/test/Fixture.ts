/** A job from prepare to its end on a machine that is a folder, for tests. */
import type * as NodeServices from "@effect/platform-node/NodeServices"
import type { JobEvent, JobRequest } from "@runctl/core/Job"
import { Refused, type Shell, ShellError, type ShellOutput, Shells, Unreachable } from "@runctl/core/Shell"
import type { Using } from "@runctl/core/TrainingProvider"
import * as LocalShell from "@runctl/remote/LocalShell"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Process from "node:process"
import * as Machine from "./Machine.ts"

/** How many shells were opened, and the commands that went over them. */
export interface Wire {
  opened: number
  readonly commands: Array<string>
  /** Cuts every stream after so many bytes of output. */
  cutAfter: number
  /** Answers nothing at all. */
  isDown: boolean
  /** Lets no more than so many characters of an input through: for the machine it just ends there. */
  inputUntil?: number
}

const unreachable = (operation: "exec" | "stream") =>
  new ShellError({ operation, reason: new Unreachable({ message: "the connection was cut" }) })

const overWire = (shell: Shell, wire: Wire): Shell => {
  const down = <A>(operation: "exec" | "stream", use: Effect.Effect<A, ShellError>) =>
    Effect.suspend(() => (wire.isDown ? Effect.fail(unreachable(operation)) : use))
  return {
    ...shell,
    exec: (command) => {
      wire.commands.push([command.script, ...(command.args ?? [])].join(" "))
      const stdin = typeof command.stdin === "string" ? command.stdin.slice(0, wire.inputUntil) : command.stdin
      return down("exec", shell.exec(stdin === undefined ? command : { ...command, stdin }))
    },
    stream: (command) => {
      wire.commands.push([command.script, ...(command.args ?? [])].join(" "))
      let rest = wire.cutAfter
      const cut = (part: ShellOutput): Stream.Stream<ShellOutput, ShellError> => {
        if (part._tag === "Exit") return Stream.succeed(part)
        if (part.bytes.length < rest) {
          rest -= part.bytes.length
          return Stream.succeed(part)
        }
        return Stream.concat(
          Stream.succeed({ ...part, bytes: part.bytes.subarray(0, rest) }),
          Stream.fail(unreachable("stream"))
        )
      }
      return Stream.unwrap(down("stream", Effect.succeed(Stream.flatMap(shell.stream(command), cut))))
    }
  }
}

/** Shells on this computer whose wire can be watched and cut. */
export const wired = (wire: Wire) =>
  Layer.effect(
    Shells,
    Effect.gen(function* () {
      const services = yield* Effect.context<Layer.Success<typeof NodeServices.layer>>()
      return Shells.of({
        open: (endpoint) =>
          endpoint._tag === "Ssh"
            ? Effect.fail(new ShellError({ operation: "open", reason: new Refused({ message: "local only" }) }))
            : Effect.suspend(() => {
                wire.opened += 1
                return Effect.map(LocalShell.open(endpoint), (shell) => overWire(shell, wire))
              }).pipe(Effect.provideContext(services))
      })
    })
  )

/** A machine with a project and a place for its outputs. */
export const make = Effect.gen(function* () {
  const [home, project, out] = [yield* Machine.temporary, yield* Machine.temporary, yield* Machine.temporary]
  const wire: Wire = { opened: 0, commands: [], cutAfter: Number.POSITIVE_INFINITY, isDown: false }
  const use = yield* MachineUse.make(Machine.provider(home, { RUNCTL_TEST_MACHINE: home }), {
    node: Process.execPath
  }).pipe(Effect.provide(wired(wire)))
  return { home, project, out, use, wire }
})

export const prepared = (use: Using, request: JobRequest) => Stream.runCollect(use.prepare(Machine.id, request))

export const started = (use: Using, request: JobRequest) =>
  Effect.andThen(prepared(use, request), use.train(Machine.id, request))

export const followed = (use: Using, request: JobRequest, fromByte = 0) =>
  Stream.runCollect(use.monitor(Machine.id, request.unit, { follow: true, fromByte }))

/** Prepares, starts and follows a job to its end. */
export const ran = (use: Using, request: JobRequest) => Effect.andThen(started(use, request), followed(use, request))

/** The log of a follower; fails when a byte is lost or repeated. */
export const logOf = (events: ReadonlyArray<JobEvent>, fromByte = 0): string => {
  const pieces: Array<Uint8Array> = []
  let at = fromByte
  for (const event of events) {
    if (event._tag !== "Log") continue
    if (event.fromByte !== at) throw new Error(`a piece of the log begins at ${event.fromByte} instead of ${at}`)
    at += event.bytes.length
    pieces.push(event.bytes)
  }
  return Buffer.concat(pieces).toString("utf8")
}

export const finalOf = (events: ReadonlyArray<JobEvent>) => {
  const last = events.at(-1)
  if (last?._tag !== "Status") throw new Error("the last event is no status")
  return last.status
}
