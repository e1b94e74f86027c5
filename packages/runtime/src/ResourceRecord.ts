/**
 * What we remember of a machine we asked for: the fold of its events, kept as JSON beside them.
 *
 * @since 0.1.0
 */
import { NanoUsd, UsdPerHour } from "@runctl/core/Money"
import { GiB, Market, Offer } from "@runctl/core/Offer"
import { Mark } from "@runctl/core/Ownership"
import { EndedBy, Resource } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import * as Schema from "effect/Schema"
import { BootstrapFormat, Problem, Quote, Reserve } from "./Event.ts"

/**
 * How far a machine has come, by our own records. `Intended`: asked for, and the answer not recorded.
 *
 * @category models
 * @since 0.1.0
 */
export const ResourcePhase = Schema.Literals(["Intended", "Held", "Ending", "Gone", "Failed"])
export type ResourcePhase = typeof ResourcePhase.Type

/**
 * When a machine that should not be there was listed: the first time, the last, and how often.
 *
 * **Units**  milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export const Sighting = Schema.Struct({ first: Schema.Int, last: Schema.Int, count: Schema.Int })
export type Sighting = typeof Sighting.Type

/**
 * What a machine costs from a moment on.
 *
 * **Units**  at: milliseconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export const PriceSince = Schema.Struct({ at: Schema.Int, usdPerHour: UsdPerHour })
export type PriceSince = typeof PriceSince.Type

/**
 * What we remember of a machine.
 *
 * **Details**
 * - `quote`: what the job on it was thought to cost. `usdPerHour`: what an hour of it was quoted at. `prices`: what its provider has asked for since.
 * - `bootstrap`: in which form it was told what to do at boot; missing where it was told nothing.
 * - `opensByKey`: it was told nothing, and its cloud puts our key on it: it is met once it is reached.
 * - `pendingHostKey`: what it will show once it has replaced its single-use host key. `hostKey`: what it shows since.
 * - `bootstrappedAt`: when it was first met. Without a `hostKey` it then goes on with what it had.
 * - `askedAgainAt`: when the same request was last sent again under the same name.
 * - `sightings`: of machines with its key that should not be there, by resource id.
 * - `chargedNanoUsd`: what was settled. `surplusNanoUsd`: how much of it was for machines that came twice.
 *
 * @category models
 * @since 0.1.0
 */
export const ResourceRecord = Schema.Struct({
  mark: Mark,
  provider: Schema.String,
  phase: ResourcePhase,
  offer: Offer,
  market: Market,
  label: Schema.optionalKey(Schema.String),
  run: Schema.optionalKey(RunId),
  requestedAt: Schema.Int,
  askedAgainAt: Schema.optionalKey(Schema.Int),
  provisionedAt: Schema.optionalKey(Schema.Int),
  usdPerHour: Schema.optionalKey(UsdPerHour),
  priceLimit: Schema.optionalKey(UsdPerHour),
  quote: Schema.optionalKey(Quote),
  scopes: Schema.Array(Schema.String),
  diskGiB: Schema.optionalKey(GiB),
  image: Schema.optionalKey(Schema.String),
  bootstrap: Schema.optionalKey(BootstrapFormat),
  opensByKey: Schema.optionalKey(Schema.Literal(true)),
  pendingHostKey: Schema.optionalKey(Schema.String),
  hostKey: Schema.optionalKey(Schema.String),
  bootstrappedAt: Schema.optionalKey(Schema.Int),
  resource: Schema.optionalKey(Resource),
  deadlineAt: Schema.Int,
  endingBy: Schema.optionalKey(EndedBy),
  endedAt: Schema.optionalKey(Schema.Int),
  chargedNanoUsd: Schema.optionalKey(NanoUsd),
  surplusNanoUsd: Schema.optionalKey(NanoUsd),
  sightings: Schema.optionalKey(Schema.Record(Schema.String, Sighting)),
  project: Schema.optionalKey(Schema.NonEmptyString),
  reserve: Schema.optionalKey(Reserve),
  prices: Schema.optionalKey(Schema.Array(PriceSince)),
  problem: Schema.optionalKey(Problem)
})
export type ResourceRecord = typeof ResourceRecord.Type
