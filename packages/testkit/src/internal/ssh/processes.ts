import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { markName } from "./scripts.ts"

interface Process {
  readonly pid: number
  readonly parent: number
  readonly name: string
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

const pids = (): ReadonlyArray<number> =>
  readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))

const hasProc = existsSync("/proc/self/stat")

/** A zombie is no process any more. */
const all = (): ReadonlyArray<Process> => {
  if (hasProc) {
    return pids().flatMap((pid) => {
      const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(read(`/proc/${pid}/stat`)) ?? []
      return name === undefined || state === "Z" ? [] : [{ pid, name, parent: Number(parent) }]
    })
  }
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,ucomm="], { encoding: "utf8" }).split("\n")
  return lines.flatMap((line) => {
    const [, pid, parent, name] = /^\s*(\d+)\s+(\d+)\s+(.*?)\s*$/.exec(line) ?? []
    return name === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), name }]
  })
}

const isSshd = ({ name }: Process) => name.startsWith("sshd")

/** The sshd that was started as this process or below it, and the sshds of its connections. */
export const servers = (
  root: number
): { readonly listener: number | undefined; readonly connections: Array<number> } => {
  const processes = all()
  const below = (pid: number): ReadonlyArray<Process> => processes.filter(({ parent }) => parent === pid)
  const sshdsBelow = (pid: number): Array<number> =>
    below(pid)
      .filter(isSshd)
      .flatMap((each) => [each.pid, ...sshdsBelow(each.pid)])
  const listener = [...processes.filter(({ pid }) => pid === root), ...below(root)].find(isSshd)
  return { listener: listener?.pid, connections: listener === undefined ? [] : sshdsBelow(listener.pid) }
}

export const childOf = (pid: number): number | undefined => all().find(({ parent }) => parent === pid)?.pid

/** Those that carry the machine's mark in their environment. */
export const marked = (mark: string): ReadonlyArray<number> =>
  hasProc ? pids().filter((pid) => `\0${read(`/proc/${pid}/environ`)}`.includes(`\0${markName}=${mark}\0`)) : []

export const kill = (pids: ReadonlyArray<number>, signal: NodeJS.Signals = "SIGKILL"): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It has ended by itself.
    }
  }
}

/** Established connections to a port, counted at the server's end and in its network. */
export const established = (pid: number, port: number): number => {
  if (!hasProc) throw new Error("connections are counted in /proc, which only Linux has")
  const ours = port.toString(16).toUpperCase().padStart(4, "0")
  return read(`/proc/${pid}/net/tcp`)
    .split("\n")
    .filter((line) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${ours} [0-9A-F]{8}:[0-9A-F]{4} 01 `).test(line)).length
}
