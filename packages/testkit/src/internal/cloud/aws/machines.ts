import type * as Clouds from "../CloudCore.ts"
import { diskUsd } from "./catalogue.ts"
import type { Instance, World } from "./World.ts"

/** For how long an instance has run. */
export const secondsOf = ({ runs }: Instance, now: number): number =>
  runs.reduce((sum, { from, until = now }) => sum + Math.max(0, Math.min(until, now) - from) / 1000, 0)

const shared = {
  pending: "new",
  running: "active",
  "shutting-down": "gone",
  terminated: "gone",
  stopping: "off",
  stopped: "off"
} as const

/** What an instance and its disk have cost so far. */
export const usdOf = (instance: Instance, now: number): number => {
  const { createdAt, diskGiB, diskType, endedAt = now, usdPerHour } = instance
  const diskHours = Math.max(0, Math.min(endedAt, now) - createdAt) / 3_600_000
  const disk = (diskGiB * (diskUsd[diskType] ?? 0) * diskHours) / 730
  return (secondsOf(instance, now) / 3600) * usdPerHour + disk
}

export const machineOf = (world: World, instance: Instance, now: number): Clouds.Machine => {
  const { address, createdAt, endedAt, id, planted, region, tags, touched, type, usdPerHour } = instance
  const state = world.stateOf(instance, now)
  return {
    id,
    name: tags["Name"] ?? "",
    tags: Object.entries(tags).map(([name, value]) => `${name}=${value}`),
    status: shared[state],
    type: type.name,
    region,
    account: "123456789012",
    publicIp: address,
    createdAt,
    billedFrom: createdAt,
    ...(endedAt === undefined || endedAt > now ? {} : { billedUntil: endedAt }),
    billedSeconds: secondsOf(instance, now),
    usd: usdOf(instance, now),
    usdPerHour,
    touched,
    planted
  }
}
