import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { kill, servers } from "./processes.ts"

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })

/** Below the ports that outgoing connections take, so that it is still free after a restart. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    if (await isFree(port)) return port
  }
}

/** A listening sshd and what belongs to it. */
export interface Server {
  readonly child: ChildProcess
  readonly pid: number
}

const lastLines = (log: string): string => log.trimEnd().split("\n").slice(-5).join("\n")

/** Starts the command and waits until it says that it listens. */
export const listen = async (command: ReadonlyArray<string>, log: string, timeout = 10_000): Promise<Server> => {
  const [program = "", ...args] = command
  const output = openSync(log, "a")
  const before = (await readFile(log)).length
  const child = spawn(program, args, { stdio: ["ignore", output, output], env: {}, cwd: "/", detached: true })
  closeSync(output)
  child.unref()
  const failure: { error?: Error } = {}
  child.once("error", (error) => (failure.error = error))
  const until = Date.now() + timeout
  for (;;) {
    // Asked before its log is read, so that its last words are in there.
    const ended = failure.error !== undefined || child.exitCode !== null || child.signalCode !== null
    const said = (await readFile(log)).subarray(before).toString()
    if (said.includes("Server listening on") && child.pid !== undefined) return { child, pid: child.pid }
    if (ended || Date.now() > until) {
      if (child.pid !== undefined) kill([child.pid])
      throw new Error(`sshd does not listen: ${failure.error?.message ?? lastLines(said)}`)
    }
    await sleep(4)
  }
}

/** Ends the connections; the listener is held still, so that none is taken meanwhile. */
export const hangUp = (server: Server): number => {
  const { listener } = servers(server.pid)
  if (listener === undefined) return 0
  kill([listener], "SIGSTOP")
  const { connections } = servers(server.pid)
  kill(connections)
  // nsenter, which stands above it on some machines, stops and goes on with it.
  kill([listener, server.pid], "SIGCONT")
  return connections.length
}

const isGone = ({ child }: Server): boolean => child.exitCode !== null || child.signalCode !== null

/** Ends the listener and its connections; what was started through them lives on. */
export const end = async (server: Server): Promise<void> => {
  const { listener } = servers(server.pid)
  if (listener !== undefined) kill([listener], "SIGSTOP")
  const { connections } = servers(server.pid)
  kill(listener === undefined ? [server.pid] : [listener, ...connections])
  // nsenter is to collect its sshd: nobody else does so soon, and until then a machine's processes do not end.
  while (!isGone(server)) {
    kill([server.pid], "SIGCONT")
    await sleep(4)
  }
}
