/**
 * A program that the user's configuration speaks through, as a socket.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { Duplex } from "node:stream"

/** The socket, and what the program has said on standard error. @category models @since 0.1.0 */
export interface ProxyProgram {
  readonly socket: Duplex
  readonly said: Effect.Effect<string>
}

/** Starts the program with the user's shell, as OpenSSH does; it ends with the socket. @category constructors @since 0.1.0 */
export const through = (command: string): ProxyProgram => {
  const child = spawn(process.env["SHELL"] || "/bin/sh", ["-c", `exec ${command}`], { stdio: "pipe" })
  let said = ""
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-1000)
  })
  const socket = Duplex.from({ readable: child.stdout, writable: child.stdin })
  child.once("error", (error) => socket.destroy(error))
  socket.once("close", () => child.kill())
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const lastWords = Effect.promise(() => ended).pipe(Effect.timeout("1 second"), Effect.ignore)
  // On standard error they may come after the connection's end.
  const heard = Effect.suspend(() => (socket.destroyed || child.stdout.readableEnded ? lastWords : Effect.void))
  return { socket, said: Effect.map(heard, () => said.trim()) }
}
