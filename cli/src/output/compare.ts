/**
 * `runctl compare` and `offers` in `--json`.
 */
import * as Schema from "effect/Schema"

const Amount = Schema.NullOr(Schema.Finite)

/**
 * An offer in one market. `totalUsd` is what the job is expected to cost, between `lowUsd` and `highUsd`, and the sum of
 * `partsUsd`; `usdPerHour` the list price. `asOf` and `ageDays` are the price's; `isStale`: more than 30 days.
 */
const ComparedOffer = Schema.Struct({
  id: Schema.String,
  provider: Schema.String,
  region: Schema.String,
  zone: Schema.NullOr(Schema.String),
  instanceType: Schema.String,
  market: Schema.Literals(["on-demand", "spot"]),
  gpu: Schema.NullOr(Schema.String),
  gpuCount: Schema.Finite,
  gpuMemoryGiB: Amount,
  vcpus: Schema.Finite,
  memoryGiB: Schema.Finite,
  available: Schema.NullOr(Schema.Boolean),
  usdPerHour: Amount,
  totalUsd: Amount,
  lowUsd: Amount,
  highUsd: Amount,
  runsHours: Amount,
  interruptions: Amount,
  partsUsd: Schema.NullOr(
    Schema.Struct({
      compute: Schema.Finite,
      setup: Schema.Finite,
      interruptions: Schema.Finite,
      billing: Schema.Finite,
      disk: Schema.Finite,
      stopped: Schema.Finite,
      egress: Schema.Finite
    })
  ),
  spotDiscount: Amount,
  whyNotCheaper: Schema.NullOr(Schema.String),
  remarks: Schema.Array(Schema.String),
  source: Schema.String,
  asOf: Schema.String,
  isEstimatedDate: Schema.Boolean,
  ageDays: Schema.Int,
  isStale: Schema.Boolean
})

/** A provider's prices that were asked for: `sha256` is of the offers as they were written down; null when they were not. */
export const RefreshedView = Schema.Struct({
  provider: Schema.String,
  source: Schema.String,
  takenAt: Schema.String,
  sha256: Schema.NullOr(Schema.String),
  offers: Schema.Int
})
export type RefreshedView = typeof RefreshedView.Type

const Failures = Schema.Array(Schema.Struct({ provider: Schema.String, message: Schema.String }))

/** One offer taken apart, at `rank` among all that fit. */
const Explained = Schema.Struct({
  rank: Schema.Int,
  offer: ComparedOffer,
  parts: Schema.Array(
    Schema.Struct({
      part: Schema.String,
      usd: Schema.Finite,
      lowUsd: Schema.Finite,
      highUsd: Schema.Finite,
      why: Schema.String
    })
  ),
  billing: Schema.String
})

/**
 * `runctl compare`: the first offers of those `fitting`, cheapest first, with the snapshot's date and what has replaced
 * parts of it. `explained` is null without --explain, `html` the file that was written.
 */
export const CompareOutput = Schema.Struct({
  offers: Schema.Array(ComparedOffer),
  fitting: Schema.Int,
  rejected: Schema.Int,
  jobHours: Amount,
  checkpointEveryHours: Amount,
  oldestAsOf: Schema.String,
  newestAsOf: Schema.String,
  remarks: Schema.Array(Schema.String),
  explained: Schema.NullOr(Explained),
  snapshot: Schema.Struct({ takenOn: Schema.String, sha256: Schema.String }),
  refreshed: Schema.Array(RefreshedView),
  failures: Failures,
  html: Schema.NullOr(Schema.String)
})
export type CompareOutput = typeof CompareOutput.Type

/** A provider's known prices. `sha256` is of what was refreshed, null for what comes from the snapshot. */
export const OffersView = Schema.Struct({
  provider: Schema.String,
  offers: Schema.Int,
  gpus: Schema.Int,
  from: Schema.Literals(["snapshot", "refreshed"]),
  sources: Schema.Array(Schema.String),
  oldestAsOf: Schema.String,
  newestAsOf: Schema.String,
  ageDays: Schema.Int,
  isStale: Schema.Boolean,
  sha256: Schema.NullOr(Schema.String)
})
export type OffersView = typeof OffersView.Type

/** `runctl offers list`. */
export const OffersListOutput = Schema.Struct({
  snapshot: Schema.Struct({ takenOn: Schema.String, sha256: Schema.String }),
  providers: Schema.Array(OffersView),
  damaged: Schema.Array(Schema.Struct({ file: Schema.String, why: Schema.String }))
})
export type OffersListOutput = typeof OffersListOutput.Type

/** `runctl offers refresh`: what was replaced, and who could not be asked, whose old prices stay. */
export const OffersRefreshOutput = Schema.Struct({
  dryRun: Schema.Boolean,
  refreshed: Schema.Array(RefreshedView),
  failures: Failures
})
export type OffersRefreshOutput = typeof OffersRefreshOutput.Type
