import type { Droplet } from "./model.ts"

/**
 * Droplets are billed by the second from their creation on, each for a minute or a cent at least, switched on or off.
 *
 * @source https://docs.digitalocean.com/products/droplets/details/pricing/
 */
const minimum = { seconds: 60, usd: 0.01 }

export const secondsOf = ({ billedUntil, createdAt }: Droplet, now: number): number =>
  Math.max(0, Math.min(billedUntil ?? now, now) - createdAt) / 1000

export const usdOf = (droplet: Droplet, now: number): number => {
  // What never came to be is not charged.
  if (droplet.billedUntil === droplet.createdAt) return 0
  const seconds = Math.max(minimum.seconds, Math.ceil(secondsOf(droplet, now)))
  return Math.max(minimum.usd, (seconds * droplet.usdPerHour) / 3600)
}

export const isBilling = ({ billedUntil, createdAt }: Droplet, now: number): boolean =>
  createdAt <= now && (billedUntil === undefined || billedUntil > now)
