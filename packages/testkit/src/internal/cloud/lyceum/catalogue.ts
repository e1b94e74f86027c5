/** What is rented out: one GPU's share of a machine, and what it costs per hour in each market. */
export interface Profile {
  readonly profile: string
  readonly model: string
  readonly memoryMiB: number
  readonly usdPerHour: Readonly<Record<Market, number>>
  /** Some markets have a price and no machine. */
  readonly markets: ReadonlyArray<Market>
}

export const markets = ["on-demand", "spot"] as const

export type Market = (typeof markets)[number]

/** How many GPUs one machine may have. */
export const counts: ReadonlyArray<number> = [1, 2, 4, 8]

const profile = (name: string, memoryMiB: number, onDemand: number, spot: number, isSpotThere = true): Profile => ({
  profile: name,
  model: `NVIDIA ${name.toUpperCase()}`,
  memoryMiB,
  usdPerHour: { "on-demand": onDemand, spot },
  markets: isSpotThere ? markets : ["on-demand"]
})

/**
 * Prices and profiles of August 2026, in our own words.
 *
 * @source https://api.lyceum.technology/api/v2/external/pricing
 */
export const profiles: ReadonlyArray<Profile> = [
  profile("a100", 81_920, 1.59, 0.8),
  profile("b200", 183_359, 6.49, 2.4),
  profile("b300", 288_358, 7.99, 2.99),
  profile("h100", 81_559, 2.79, 1.1),
  profile("h200", 143_771, 4.29, 1.6),
  profile("l40s", 46_068, 1.19, 0.55, false)
]

export const profileNames: string = profiles.map((each) => each.profile).join(", ")

/** A key of the price list: a market, a profile and how many of its GPUs. */
export const keyOf = (market: Market, name: string, count: number): string => `${market}.${name}.${count}x`

/** Prices are kept by the second, to eight places and without the zeros at their end. */
export const bySecond = (usdPerHour: number): string => (usdPerHour / 3600).toFixed(8).replace(/0+$/, "")

/** What that makes in an hour, to as many places: not quite what is advertised. */
export const byHour = (unitPrice: string): string =>
  (Number(unitPrice) * 3600).toFixed((unitPrice.split(".")[1] ?? "").length)
