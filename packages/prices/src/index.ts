/**
 * What a job will really cost on every cloud: a dated snapshot of prices, and a pure comparison. Runs in Node and in a browser.
 *
 * Promises and plain objects; `@runctl/prices/Prices` is the same for programs in Effect.
 *
 * @since 0.1.0
 */
import { compareOffers, explainOffer } from "./Compare.ts"
import type { Comparison, Explanation } from "./Comparison.ts"
import type { CompareRequest } from "./Request.ts"
import { loadSnapshot, type PlainOffer } from "./Snapshot.ts"

/**
 * What is asked of a comparison: which machines, for which job. See `CompareRequest` of `Request`.
 *
 * @category models
 * @since 0.1.0
 */
export type { CompareRequest } from "./Request.ts"

/** What a comparison answers, and its rows. @category models @since 0.1.0 */
export type { ComparedOffer, Comparison, ExplainedPart, Explanation } from "./Comparison.ts"

/** A dated set of offers, and one of them. @category models @since 0.1.0 */
export type { PlainOffer, Snapshot } from "./Snapshot.ts"

/** The offline snapshot that comes with this package, and how to read another. @category decoding @since 0.1.0 */
export { decode, loadSnapshot } from "./Snapshot.ts"

/** What a comparison fails with, and how to know it. @category errors @since 0.1.0 */
export { CompareError, type CompareErrorCode, isCompareError } from "./CompareError.ts"

/**
 * Which offers are compared, and when. By default those of the offline snapshot, which is loaded when it is needed first,
 * and now.
 *
 * **Units**  now: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export interface CompareOptions {
  readonly offers?: ReadonlyArray<PlainOffer>
  readonly now?: number
}

const dataOf = async ({ now, offers }: CompareOptions) => ({
  offers: offers ?? (await loadSnapshot()).offers,
  trusted: offers === undefined,
  // oxlint-disable-next-line eslint/no-restricted-globals -- who uses no Effect brings no clock
  now: now ?? Date.now()
})

/**
 * Compares offers by what a job will really cost on them, cheapest first.
 *
 * **Errors**   rejects with a `CompareError`, whose `code` says of which kind and whose `advice` what to try
 * **Example**  `const { offers } = await compareCosts({ gpu: "H100", hours: 24, checkpointEveryHours: 0.5 })`
 *
 * @category decisions
 * @since 0.1.0
 */
export const compareCosts = async (request: CompareRequest, options: CompareOptions = {}): Promise<Comparison> =>
  compareOffers(request, await dataOf(options))

/**
 * Takes one offer of the same comparison apart: by its rank, its id, or parts of it (`aws/p5.48xlarge/spot`).
 *
 * **Errors**  rejects with a `CompareError`, also when no fitting offer is meant
 *
 * @category decisions
 * @since 0.1.0
 */
export const explainCost = async (
  offer: string,
  request: CompareRequest,
  options: CompareOptions = {}
): Promise<Explanation> => explainOffer(offer, request, await dataOf(options))
