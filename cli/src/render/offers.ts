/**
 * Known prices as text.
 */
import type { OffersListOutput, OffersRefreshOutput } from "../output/compare.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { count } from "./units.ts"

/** What `offers list` prints. */
export const renderOffers = ({ damaged, providers, snapshot }: OffersListOutput, style: Style): string => {
  const columns = [
    { title: "PROVIDER" },
    { title: "OFFERS", isNumber: true },
    { title: "WITH GPU", isNumber: true },
    { title: "FROM" },
    { title: "AS OF" },
    { title: "AGE", isNumber: true },
    { title: "SOURCES" }
  ]
  const rows = providers.map((each) => {
    const [from, to] = [each.oldestAsOf, each.newestAsOf].map((date) => date.slice(0, 10))
    const age = `${each.ageDays}d`
    return [
      clean(each.provider),
      String(each.offers),
      String(each.gpus),
      each.from,
      from === to ? (to ?? "") : `${from} to ${to}`,
      each.isStale ? style.yellow(`${age} stale`) : age,
      clean(each.sources.join(", "))
    ]
  })
  return [
    table(columns, rows, style),
    "",
    style.dim(`The snapshot is of ${snapshot.takenOn}; \`runctl offers refresh\` replaces a provider's part of it.`),
    ...damaged.map(({ file, why }) => style.yellow(`${file}: ${why}; the snapshot's prices are used.`))
  ].join("\n")
}

/** What `offers refresh` prints. */
export const renderRefreshed = ({ dryRun, failures, refreshed }: OffersRefreshOutput, style: Style): string => {
  const done = dryRun ? "would be replaced" : "replaced"
  const lines = [
    ...refreshed.map(
      ({ offers, provider, source }) => `${clean(provider)}: ${count(offers, "offer")} ${done}, from ${clean(source)}`
    ),
    ...failures.map(({ message, provider }) => style.yellow(`${clean(provider)}: ${clean(message)}`))
  ]
  return lines.length === 0
    ? "No provider can be asked: none has credentials. `runctl providers list` shows them."
    : lines.join("\n")
}
