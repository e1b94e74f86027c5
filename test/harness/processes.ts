import { readdirSync, readFileSync, readlinkSync } from "node:fs"

/** What the kernel says of a process; empty when it is gone or not ours. */
const read = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1")
  } catch {
    return ""
  }
}

const folderOf = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ""
  }
}

const pids = (): ReadonlyArray<number> => readdirSync("/proc").map(Number).filter(Number.isInteger)

/** A zombie has ended: a container's first process may never collect it. */
export const isAlive = (pid: number): boolean => /^\d+ \(.*\) [^ZX] /s.test(read(pid, "stat"))

/** Resident memory, now or at its peak. */
export const memoryBytes = (pid: number, which: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`^${which}:\\s+(\\d+) kB`, "m").exec(read(pid, "status"))?.[1] ?? Number.NaN) * 1024

export const argumentsOf = (pid: number): string => read(pid, "cmdline").replaceAll("\0", " ").trim()

/**
 * Living processes that carry one of the texts in their environment, work in such a folder, or name it in their
 * arguments.
 */
export const processesWith = (texts: ReadonlyArray<string>): ReadonlyArray<number> => {
  const has = (where: string): boolean => texts.some((text) => where.includes(text))
  return pids().filter(
    (pid) =>
      pid !== process.pid && (has(read(pid, "environ")) || has(folderOf(pid)) || has(argumentsOf(pid))) && isAlive(pid)
  )
}

export const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name)
  } catch {
    // Gone meanwhile.
  }
}
