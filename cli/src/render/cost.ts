/**
 * Costs as text.
 */
import type { CostOutput, CostRow } from "../output/cost.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { seconds, usd } from "./units.ts"

const cells = (row: CostRow): ReadonlyArray<string> => [
  clean(row.key),
  String(row.machines),
  seconds(row.hours * 3600),
  `${usd(row.estimatedUsd)}${row.unknownPrices === 0 ? "" : " + unknown"}`,
  usd(row.chargedUsd)
]

/** A table with a line per group and their sum. */
export const renderCost = ({ by, rows, total }: CostOutput, style: Style): string =>
  rows.length === 0
    ? "Nothing was rented yet, so nothing was paid."
    : table(
        [
          { title: by.toUpperCase() },
          { title: "MACHINES", isNumber: true },
          { title: "TIME", isNumber: true },
          { title: "ESTIMATE", isNumber: true },
          { title: "CHARGED", isNumber: true }
        ],
        [...rows.map(cells), ...(rows.length > 1 ? [cells(total).map(style.bold)] : [])],
        style
      )
