/**
 * Bytes between somebody who has connected here and a port that the machine reaches.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { Refused, ShellError } from "@runctl/core/Shell"
import type { Forwarded } from "@runctl/remote/Ssh"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { connect, type Socket } from "node:net"

/** Connects to a port as seen from a machine. */
export type Dial = (host: string, port: number) => Effect.Effect<Forwarded, ShellError, Scope.Scope>

/** What comes out of a socket, until its half is closed; one that breaks has ended. */
const received = (socket: Socket): Stream.Stream<Uint8Array> =>
  NodeStream.fromReadable({ evaluate: () => socket, closeOnDone: false }).pipe(Stream.catch(() => Stream.empty))

/** Writes all of it and closes our half. Waits while the other side takes no more; one that is gone takes nothing. */
const send = <E>(socket: Socket, bytes: Stream.Stream<Uint8Array, E>): Effect.Effect<void, E> =>
  Effect.andThen(
    Stream.runForEach(bytes, (piece) =>
      Effect.callback<void>((resume) => {
        if (!socket.writable || socket.write(piece)) return resume(Effect.void)
        const done = (): void => {
          socket.off("drain", done).off("close", done)
          resume(Effect.void)
        }
        socket.once("drain", done).once("close", done)
        return Effect.sync(() => socket.off("drain", done).off("close", done))
      })
    ),
    Effect.sync(() => socket.end())
  )

/** Ports of this computer, for a machine that is this computer. */
export const dialHere: Dial = (host, port) =>
  Effect.acquireRelease(
    Effect.callback<Socket, ShellError>((resume) => {
      const socket = connect({ host, port, allowHalfOpen: true, noDelay: true, autoSelectFamily: true })
      const failed = (error: Error): void => {
        const message = `${host}:${port} is not reached: ${error.message || "nothing listens there"}`
        resume(Effect.fail(new ShellError({ operation: "open", reason: new Refused({ message }) })))
      }
      socket.once("error", failed).once("connect", () => {
        socket.off("error", failed).on("error", () => {})
        resume(Effect.succeed(socket))
      })
      return Effect.sync(() => socket.destroy())
    }),
    (socket) => Effect.sync(() => socket.destroy()),
    { interruptible: true }
  ).pipe(Effect.map((socket): Forwarded => ({ received: received(socket), send: (bytes) => send(socket, bytes) })))

const closed = (socket: Socket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const done = (): void => resume(Effect.void)
    if (socket.closed) return done()
    socket.once("close", done)
    return Effect.sync(() => socket.off("close", done))
  })

/** Until both halves are closed, or whoever has connected is gone. A cut on the way is a cut for both. */
export const bridge = (socket: Socket, dial: Dial, host: string, port: number): Effect.Effect<void, ShellError> =>
  Effect.gen(function* () {
    const there = yield* dial(host, port)
    const both = Effect.all([there.send(received(socket)), send(socket, there.received)], {
      concurrency: 2,
      discard: true
    })
    yield* Effect.raceFirst(both, closed(socket))
  }).pipe(
    Effect.scoped,
    Effect.onExit((exit) =>
      Effect.sync(() => {
        if (exit._tag === "Failure") socket.resetAndDestroy()
      })
    )
  )
