import * as Effect from "effect/Effect"
import { readFileSync, readlinkSync, statSync } from "node:fs"

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/**
 * The clock tick a process was started at, out of the text of its `/proc/<pid>/stat`; `undefined` for one that has
 * ended and only waits to be collected.
 *
 * @source https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (read 2026-11-21)
 */
export const startTimeIn = (stat: string): string | undefined => {
  // The name, second and in parentheses, may hold spaces and parentheses of its own.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const [state] = fields
  return state === "Z" || state === "X" ? undefined : fields[19]
}

/** When a process was started; `undefined` when there is none of that number. */
export const startTimeOf = (pid: number): Effect.Effect<string | undefined> =>
  Effect.sync(() => {
    const stat = read(`/proc/${pid}/stat`)
    return stat === undefined ? undefined : startTimeIn(stat)
  })

/** Which start of this computer it is. */
export const bootId: Effect.Effect<string> = Effect.sync(() => read("/proc/sys/kernel/random/boot_id")?.trim() ?? "")

/** Which numbering of processes we live in. */
export const namespace = (): string | undefined => {
  try {
    return readlinkSync("/proc/self/ns/pid")
  } catch {
    return undefined
  }
}

/**
 * The pids behind the write locks on files with these inodes, out of the text of `/proc/locks`.
 *
 * @source https://man7.org/linux/man-pages/man5/proc_locks.5.html (read 2026-11-21)
 */
export const lockersIn = (locks: string, inodes: ReadonlySet<string>): ReadonlyArray<number> => {
  const pids = locks.split("\n").flatMap((line) => {
    const [, , , access, pid, file] = line.split(/\s+/)
    const inode = file?.split(":")[2]
    return access === "WRITE" && inode !== undefined && inodes.has(inode) ? [Number(pid)] : []
  })
  return [...new Set(pids.filter((pid) => pid > 0))]
}

const inodeOf = (file: string): ReadonlyArray<string> => {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? [] : [String(found.ino)]
}

/** Which processes hold a write lock on one of these files. */
export const lockersOf = (files: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<number>> =>
  Effect.sync(() => {
    const locks = read("/proc/locks")
    return locks === undefined ? [] : lockersIn(locks, new Set(files.flatMap(inodeOf)))
  })
