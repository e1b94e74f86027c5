/**
 * What was looked at, as text: a line each, and what to do about it.
 */
import type { CheckView, ExaminedProvider, ProviderStanding } from "../output/checks.ts"
import type { Style } from "./style.ts"
import { clean } from "./table.ts"

const marks = { ok: "✓", warn: "!", fail: "✗" } as const

/** A line per check; advice stands below. */
export const renderChecks = (checks: ReadonlyArray<CheckView>, style: Style): string => {
  const colors = { ok: style.green, warn: style.yellow, fail: style.red } as const
  const width = Math.max(0, ...checks.map(({ name }) => name.length))
  return checks
    .map(({ advice, message, name, status }) => {
      const lines = message.split("\n").map(clean)
      const indent = `\n${" ".repeat(width + 10)}`
      const head = `${colors[status](`${marks[status]} ${status.padEnd(4)}`)}  ${name.padEnd(width)}  ${lines.join(indent)}`
      return advice === null ? head : `${head}${indent}${style.dim("Try:")} ${clean(advice)}`
    })
    .join("\n")
}

/** Whether nothing has failed. */
export const isHealthy = (checks: ReadonlyArray<CheckView>): boolean => checks.every(({ status }) => status !== "fail")

const standings: ReadonlyArray<readonly [ProviderStanding, string]> = [
  ["ready", "can be used"],
  ["broken", "cannot be used as it is"],
  ["missing", "wants a credential"],
  ["disabled", "is not used"]
]

/** Which providers can be used, and which cannot: a line each, without those that nobody stands in. */
export const renderStandings = (providers: ReadonlyArray<ExaminedProvider>, style: Style): string =>
  standings
    .flatMap(([standing, words]) => {
      const names = providers.filter((each) => each.standing === standing).map(({ provider }) => clean(provider))
      return names.length === 0 ? [] : [`${style.bold(words.padEnd(24))}${names.join(", ")}`]
    })
    .join("\n")
