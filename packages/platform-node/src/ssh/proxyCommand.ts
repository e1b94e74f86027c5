/**
 * A program that the user's configuration speaks through, as a socket.
 *
 * @since 0.1.0
 */
import { spawn } from "node:child_process"
import { Duplex } from "node:stream"

/** The socket, and what the program has said on standard error. @category models @since 0.1.0 */
export interface ProxyProgram {
  readonly socket: Duplex
  readonly said: () => string
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
  return { socket, said: () => said.trim() }
}
