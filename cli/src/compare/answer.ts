/**
 * Answers `runctl compare` from prices that are there already. Asks nobody, and needs neither oclif nor Effect.
 */
import { compareOffers, explainOffer } from "@runctl/prices/Compare"
import { isCompareError } from "@runctl/prices/CompareError"
import type { CompareRequest } from "@runctl/prices/Request"
import type { PlainOffer } from "@runctl/prices/Snapshot"
import { type CliFailure, fail, usage } from "../errors/Failure.ts"
import { knownPrices } from "../offers/known.ts"
import type { CompareOutput, RefreshedView } from "../output/compare.ts"
import { csvOfCompare, renderCompare, renderExplained } from "../render/compare.ts"
import { renderChart } from "../render/compareChart.ts"
import type { Style } from "../render/style.ts"
import { checkForms, limitOf, requestOf } from "./asked.ts"
import type { Said } from "./words.ts"

/** Prices to compare, and what is to be told of them. */
export interface Prices {
  readonly offers: ReadonlyArray<PlainOffer>
  readonly snapshot: CompareOutput["snapshot"]
  readonly refreshed: ReadonlyArray<RefreshedView>
  readonly failures: CompareOutput["failures"]
}

/** What is known without asking; `damaged` files are told as who could not be asked. */
export const pricesAt = (home: string): Prices => {
  const { damaged, offers, parts, sha256, takenOn } = knownPrices(home)
  return {
    offers,
    snapshot: { takenOn, sha256 },
    refreshed: parts.map(({ offers, ...part }) => ({ ...part, offers: offers.length })),
    failures: damaged.map(({ file, why }) => ({
      provider: file,
      message: `${why}: the snapshot's prices are used. Remove the file, or refresh.`
    }))
  }
}

/** An error of the comparison as the CLI tells it. */
const failureFor = (error: unknown): CliFailure | undefined => {
  if (!isCompareError(error)) return undefined
  const { advice, code, message } = error
  if (code === "NothingFits" || code === "NoOffers") return fail("RUNCTL_E_NO_OFFER_FITS", message, advice)
  if (code === "BadSnapshot" || code === "BadOffer" || code === "MixedCurrencies") {
    return fail("RUNCTL_E_BAD_PRICES", message, advice)
  }
  return usage(message, advice)
}

const compared = (said: Said, { offers, ...about }: Prices, limit: number, now: number): CompareOutput => {
  const request: CompareRequest = { ...requestOf(said), ...(limit === Infinity ? {} : { limit }) }
  const data = { offers, now, trusted: true }
  try {
    const found = compareOffers(request, data)
    const explained = said.explain === undefined ? null : explainOffer(said.explain, request, data)
    return { ...found, ...about, explained, html: said.html ?? null }
  } catch (error) {
    throw failureFor(error) ?? error
  }
}

/** An answer in the form that was asked for. `text` is empty where the answer is JSON. */
export interface Answered {
  readonly output: CompareOutput
  readonly text: string
}

/** How an answer is to look. */
export interface Look {
  readonly isJson: boolean
  readonly style: Style
  readonly columns: number
}

/** Compares, in the form that was asked for. Throws a `CliFailure`. */
export const answered = (said: Said, prices: Prices, look: Look, now: number): Answered => {
  checkForms(said, look.isJson)
  const limit = limitOf(said)
  // Places that cost the same are one line of a table: more of them are looked at than lines are shown.
  const isTable = !look.isJson && said.csv !== true
  const output = compared(said, prices, isTable || said.html !== undefined ? Infinity : limit, now)
  if (look.isJson) return { output: { ...output, offers: output.offers.slice(0, limit) }, text: "" }
  if (said.csv === true) return { output, text: csvOfCompare(output) }
  if (output.explained !== null) return { output, text: `${renderExplained(output, look.style)}\n` }
  if (said.chart === true) return { output, text: `${renderChart(output, limit, look.style, look.columns)}\n` }
  return { output, text: `${renderCompare(output, limit, look.style)}\n` }
}
