/**
 * What of an offer decides about it: as small as it can be, so that whoever has rows of their own can rank them too.
 *
 * @since 0.1.0
 */

/**
 * A priced shape of machine, as `Offer` is one. Money in US dollars per hour, memory in GiB and per GPU.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shape {
  readonly provider: string
  readonly region: string
  readonly zone?: string
  readonly instanceType: string
  readonly gpu?: string
  readonly gpuCount: number
  readonly gpuMemoryGiB?: number
  readonly vcpus: number
  readonly memoryGiB: number
  readonly diskGiB?: number
  readonly onDemandUsdPerHour?: number
  readonly spotUsdPerHour?: number
  readonly diskUsdPerGiBHour?: number
  readonly stoppedDiskUsdPerGiBHour?: number
  readonly egressUsdPerGiB?: number
  readonly billingIncrementSeconds?: number
  readonly billingMinimumSeconds?: number
  readonly interruptionsPerHour?: number
  readonly available?: boolean
  readonly labels?: ReadonlyArray<string>
}

/** What a shape costs per hour in some market. @category models @since 0.1.0 */
export type PriceOf<O extends Shape> = Exclude<O["onDemandUsdPerHour"] | O["spotUsdPerHour"], undefined>

/** The price of an offer in a market, when it is known. @category accessors @since 0.1.0 */
export const priceOf = <O extends Shape>(offer: O, market: "on-demand" | "spot"): PriceOf<O> | undefined =>
  // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- both prices are of the type that the union is of
  (market === "spot" ? offer.spotUsdPerHour : offer.onDemandUsdPerHour) as PriceOf<O> | undefined
