/**
 * Whether the supervisor lives, where that is plain to see.
 */
import { leaseLeft, type OfflineLease } from "@runctl/runtime/OfflineJournal"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import type { StatusFacts } from "../views/status.ts"

const text = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim()
  } catch {
    return undefined
  }
}

/** The 22nd field, counted behind the name, which may hold anything. */
const startTimeOf = (pid: number): string | undefined => {
  const stat = text(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")
  return fields === undefined || fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19]
}

const namespace = (): string | undefined => {
  try {
    return readlinkSync("/proc/self/ns/pid")
  } catch {
    return undefined
  }
}

/** The supervisor's state; `undefined` where it takes more than /proc to tell. */
export const lastSeen = (lease: OfflineLease | undefined): StatusFacts["supervisor"] | undefined => {
  const none = { state: "none", pid: undefined } as const
  const holder = lease?.holder
  if (lease === undefined || holder === undefined) return none
  const bootId = text("/proc/sys/kernel/random/boot_id")
  if (bootId === undefined || holder.bootId !== bootId || holder.namespace !== namespace()) return undefined
  if (startTimeOf(holder.pid) !== holder.startTime) return none
  const self = { ...holder, pid: process.pid, host: hostname() }
  const now = { wall: Date.now(), monotonic: Math.floor(Number(process.hrtime.bigint()) / 1e6) }
  return { state: leaseLeft(lease, self, now) <= 0 ? "frozen" : "running", pid: holder.pid }
}
