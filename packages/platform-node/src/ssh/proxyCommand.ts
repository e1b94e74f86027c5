/**
 * A program that the user's configuration speaks through, as a socket.
 *
 * @since 0.1.0
 */
import { spawn } from "node:child_process"
import { Duplex } from "node:stream"

/** Starts the program with the user's shell, as OpenSSH does; it ends with the socket. @category constructors @since 0.1.0 */
export const through = (command: string): Duplex => {
  const child = spawn(process.env["SHELL"] || "/bin/sh", ["-c", `exec ${command}`], {
    stdio: ["pipe", "pipe", "ignore"]
  })
  const socket = Duplex.from({ readable: child.stdout, writable: child.stdin })
  child.once("error", (error) => socket.destroy(error))
  socket.once("close", () => child.kill())
  return socket
}
