/**
 * What came of something that was done on several machines, as text.
 */
import type { MachineResult } from "../output/batch.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { seconds as whole } from "./units.ts"

const seconds = (amount: number): string => (amount < 10 ? `${amount.toFixed(1)}s` : whole(amount))

const colored = ({ outcome }: MachineResult, text: string, style: Style): string => {
  if (outcome === "done") return style.green(text)
  return outcome === "interrupted" ? style.yellow(text) : style.red(text)
}

/** One line per machine; `says` is what there is to say of one that was reached. */
export const renderResults = <R extends MachineResult>(
  results: ReadonlyArray<R>,
  says: (result: R) => string,
  style: Style
): string =>
  table(
    [{ title: "MACHINE" }, { title: "RESULT" }, { title: "TIME", isNumber: true }, { title: "" }],
    results.map((result) => {
      const { error, name, outcome } = result
      const text = outcome === "done" || outcome === "failed" ? says(result) : outcome
      return [
        name,
        colored(result, text, style),
        seconds(result.seconds),
        error === null ? "" : `${clean(error.message)} (${error.code})`
      ]
    }),
    style
  )
