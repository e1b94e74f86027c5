/**
 * Listening on this computer alone.
 */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import { createServer, type Server, type Socket } from "node:net"
import { type CliFailure, fail } from "../errors/Failure.ts"
import type { Forward } from "./spec.ts"

/** Somebody who has connected. */
export interface Client {
  readonly socket: Socket
  readonly forward: Forward
}

/** What is forwarded, with the port that was found. */
export interface Listening extends Forward {
  readonly address: string
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program listens on port",
  EACCES: "you may not listen on port"
}

const unavailable = (port: number, error: Error): CliFailure => {
  const code = "code" in error ? String(error.code) : ""
  return fail("RUNCTL_E_PORT_IN_USE", `${reasons[code] ?? `${error.message}: port`} ${port}`)
}

const opened = (server: Server, host: string, port: number): Effect.Effect<number, CliFailure> =>
  Effect.callback((resume) => {
    server.once("error", (error) => resume(Effect.fail(unavailable(port, error))))
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** Listens until the scope is closed, which ends all who have connected. */
const server = (clients: Queue.Enqueue<Client>, forward: Forward) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const sockets = new Set<Socket>()
      // A half that is closed says nothing about the other one.
      const made = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
        sockets.add(socket)
        // Whatever breaks is seen where it is read and written.
        socket.on("error", () => {}).on("close", () => sockets.delete(socket))
        Queue.offerUnsafe(clients, { socket, forward })
      })
      return { made, sockets }
    }),
    ({ made, sockets }) =>
      Effect.sync(() => {
        made.close()
        for (const socket of sockets) socket.destroy()
      })
  ).pipe(Effect.map(({ made }) => made))

/** Listens on 127.0.0.1, and on ::1 where the same port is free there. */
export const listen = Effect.fnUntraced(function* (
  clients: Queue.Enqueue<Client>,
  forward: Forward
): Effect.fn.Return<Listening, CliFailure, Scope.Scope> {
  const port = yield* opened(yield* server(clients, forward), "127.0.0.1", forward.local)
  yield* Effect.ignore(opened(yield* server(clients, forward), "::1", port))
  return { ...forward, local: port, address: "127.0.0.1" }
})
