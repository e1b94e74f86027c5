import type { Instance } from "./model.ts"

/** A month of storage has so many hours. */
const hoursInMonth = 720

/** The disk is charged from the create until it is destroyed, whatever the instance does. **Units** US dollars per hour */
export const diskUsdPerHour = ({ diskGb, host }: Pick<Instance, "diskGb" | "host">): number =>
  (diskGb * host.storageUsd) / hoursInMonth

const hours = (from: number, until: number): number => Math.max(0, until - from) / 3_600_000

/** For how long its GPUs were charged: while it ran, and not while it was loading. */
const ranSeconds = ({ runs }: Instance, now: number): number =>
  runs.reduce((sum, { from, until = now }) => sum + hours(from, Math.min(until, now)) * 3600, 0)

export const secondsOf = ({ billedUntil = Infinity, createdAt }: Instance, now: number): number =>
  Math.max(0, Math.min(billedUntil, now) - createdAt) / 1000

export const usdOf = (instance: Instance, now: number): number =>
  (secondsOf(instance, now) * diskUsdPerHour(instance) + ranSeconds(instance, now) * instance.gpuUsdPerHour) / 3600

export const isBilling = ({ billedUntil, createdAt }: Instance, now: number): boolean =>
  createdAt <= now && (billedUntil === undefined || billedUntil > now)
