/**
 * What somebody wants to rent, and how that may fail.
 *
 * @since 0.1.0
 */
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { RunId } from "@runctl/core/Run"
import type * as Effect from "effect/Effect"
import type { Tried } from "./Event.ts"
import type { JournalError } from "./JournalError.ts"
import type { Loss } from "./NextOffer.ts"
import type { Limits, ProviderFailure, Rent } from "./Placement.ts"
import type { BudgetRefused, HomeFailed, NoOfferFits, OffersExhausted } from "./RuntimeError.ts"

/**
 * What to rent, for whom, for how long at most.
 *
 * @category models
 * @since 0.1.0
 */
export interface RentRequest {
  readonly rent: Rent
  readonly limits: Limits
  readonly label: string | undefined
  readonly run: RunId | undefined
  /** Somebody is there to be asked: a price that has moved is a question to them, no reason to take another offer. */
  readonly asksAboutPrice?: boolean
  /** Where machines were taken back before: the same offers come later than their price says. */
  readonly losses?: ReadonlyArray<Loss>
  /** Hears of the providers that could not be asked while others were. */
  readonly tellFailures?: (failures: ReadonlyArray<ProviderFailure>) => Effect.Effect<void, JournalError>
  /** Hears of each offer that could not be had while others are tried. */
  readonly tell?: (tried: Tried) => Effect.Effect<void, JournalError>
}

/** How renting fails. @category errors @since 0.1.0 */
export type RentError =
  | NoOfferFits
  | OffersExhausted
  | BudgetRefused
  | RegistryError
  | ProviderError
  | JournalError
  | HomeFailed
