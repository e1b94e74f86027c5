/**
 * `runctl cost` in `--json`.
 */
import * as Schema from "effect/Schema"

/** One line. `chargedUsd` is what has been settled, `estimatedUsd` price times time of everything. */
export const CostRow = Schema.Struct({
  key: Schema.String,
  machines: Schema.Int,
  hours: Schema.Finite,
  estimatedUsd: Schema.Finite,
  chargedUsd: Schema.Finite,
  unknownPrices: Schema.Int
})
export type CostRow = typeof CostRow.Type

/** What it has cost so far, by run, provider or day. */
export const CostOutput = Schema.Struct({
  by: Schema.Literals(["run", "provider", "day"]),
  rows: Schema.Array(CostRow),
  total: CostRow
})
export type CostOutput = typeof CostOutput.Type
