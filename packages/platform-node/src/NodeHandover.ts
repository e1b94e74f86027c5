/**
 * `Handover` over a Unix domain socket in a folder that only this user can enter.
 *
 * @since 0.1.0
 */
import { Handover, HandoverFailed } from "@runctl/runtime/Handover"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createHash } from "node:crypto"
import { chmodSync, mkdirSync, rmSync, statSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, with its closing zero. */
const longest = 100
const answerWithinMillis = 5000

/** The path itself, or a short stand-in in a folder of this user's when the system could not take it. */
const reachable = (address: string): string => {
  if (Buffer.byteLength(address) <= longest) return address
  const { uid } = userInfo()
  const folder = join(tmpdir(), `runctl-${uid}`)
  mkdirSync(folder, { mode: 0o700, recursive: true })
  const { mode, uid: owner } = statSync(folder)
  if (owner !== uid || (mode & 0o077) !== 0) throw new Error(`${folder} can be entered by others: remove it`)
  return join(folder, createHash("sha256").update(address).digest("hex").slice(0, 24))
}

const failed = (cause: unknown): HandoverFailed =>
  new HandoverFailed({ message: cause instanceof Error ? cause.message : String(cause) })

/** Reads until the other side has ended its half. */
const readAll = (socket: Socket, done: (text: string) => void): void => {
  const chunks: Array<Buffer> = []
  socket.on("data", (chunk: Buffer) => chunks.push(chunk))
  socket.on("end", () => done(Buffer.concat(chunks).toString()))
}

const listen = (path: string, answer: (message: string, reply: (text: string) => void) => void) =>
  Effect.callback<ReturnType<typeof createServer>, HandoverFailed>((resume) => {
    rmSync(path, { force: true })
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => socket.destroy())
      readAll(socket, (message) => answer(message, (text) => socket.end(text)))
    })
    server.once("error", (cause) => resume(Effect.fail(failed(cause))))
    server.listen(path, () => {
      chmodSync(path, 0o600)
      resume(Effect.succeed(server))
    })
  })

/**
 * Listens and speaks on sockets below RUNCTL_HOME, or in a short private folder where that path is too long.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<Handover> = Layer.succeed(
  Handover,
  Handover.of({
    serve: Effect.fn("NodeHandover.serve")(function* (address, answer) {
      const services = yield* Effect.context()
      const run = Effect.runForkWith(services)
      const path = yield* Effect.try({ try: () => reachable(address), catch: failed })
      yield* Effect.acquireRelease(
        listen(path, (message, reply) => {
          run(Effect.map(answer(message), reply))
        }),
        (server) =>
          Effect.callback<void>((resume) => {
            server.close(() => resume(Effect.void))
          })
      )
    }),
    send: (address, message) =>
      Effect.callback<string, HandoverFailed>((resume) => {
        const socket = connect({ path: reachable(address), allowHalfOpen: true })
        socket.setTimeout(answerWithinMillis, () => socket.destroy(new Error("no answer within 5 s")))
        socket.once("error", (cause) => resume(Effect.fail(failed(cause))))
        socket.once("connect", () => socket.end(message))
        readAll(socket, (text) => {
          socket.destroy()
          resume(Effect.succeed(text))
        })
        return Effect.sync(() => socket.destroy())
      }).pipe(Effect.catchDefect((cause) => Effect.fail(failed(cause))))
  })
)
