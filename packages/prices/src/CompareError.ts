/**
 * Why a comparison cannot be made: one error, closed codes.
 *
 * @since 0.1.0
 */

/**
 * What kind of thing went wrong.
 *
 * **Details**  `BadRequest` a value that makes no sense · `UnknownGpu`, `UnknownProvider`, `UnknownRegion` nobody has that ·
 * `NothingFits` every offer fails some condition · `NoOffers` there is nothing to compare · `BadOffer` an offer of the
 * caller's that makes no sense · `MixedCurrencies` an offer that is not in US dollars · `BadSnapshot` a snapshot that is
 * damaged or not one.
 *
 * @category errors
 * @since 0.1.0
 */
export type CompareErrorCode =
  | "BadRequest"
  | "UnknownGpu"
  | "UnknownProvider"
  | "UnknownRegion"
  | "NothingFits"
  | "NoOffers"
  | "BadOffer"
  | "MixedCurrencies"
  | "BadSnapshot"

/**
 * A comparison that cannot be made. `advice` says what to try. Tell it apart by `_tag` and `code`.
 *
 * @category errors
 * @since 0.1.0
 */
export class CompareError extends Error {
  readonly _tag = "CompareError"
  override readonly name = "CompareError"
  readonly code: CompareErrorCode
  readonly advice: string | undefined
  constructor(code: CompareErrorCode, message: string, advice?: string) {
    super(message)
    this.code = code
    this.advice = advice
  }
}

/** Whether something that was thrown is a `CompareError`, of whichever copy. @category predicates @since 0.1.0 */
export const isCompareError = (error: unknown): error is CompareError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "CompareError"
