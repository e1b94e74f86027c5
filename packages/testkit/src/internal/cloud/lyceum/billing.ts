import type { Vm } from "./model.ts"

/** A machine is billed by the second from when it is ready until it is deleted. */
export const secondsOf = ({ billedFrom, billedUntil }: Vm, now: number): number =>
  billedFrom === undefined ? 0 : Math.max(0, Math.min(billedUntil ?? now, now) - billedFrom) / 1000

export const usdOf = (vm: Vm, now: number): number => (secondsOf(vm, now) * vm.usdPerHour) / 3600

/** What is on its way to cost something counts as much as what does already. */
export const isBilling = ({ billedUntil, createdAt }: Vm, now: number): boolean =>
  createdAt <= now && (billedUntil === undefined || billedUntil > now)
