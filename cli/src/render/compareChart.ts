/**
 * A comparison as bars of characters.
 */
import { formatUsd } from "@runctl/core/Dollars"
import type { CompareOutput } from "../output/compare.ts"
import { linesOf, notesOf, rangeText } from "./compare.ts"
import type { Style } from "./style.ts"
import { clean } from "./table.ts"

/** How much further than the dearest expected total the axis goes: what ranges beyond is cut, and shown to be. */
const beyond = 1.25

/** Bars for what is expected, lighter up to the worst that is likely. */
export const renderChart = (output: CompareOutput, most: number, style: Style, columns: number): string => {
  const lines = linesOf(
    output.offers.filter(({ totalUsd }) => totalUsd !== null),
    most
  )
  const names = lines.map(({ first }) =>
    clean(`${first.provider} ${first.instanceType}${first.market === "spot" ? " (spot)" : ""}`)
  )
  const amounts = lines.map(({ first }) => `${formatUsd(first.totalUsd ?? 0)} ${rangeText(first)}`)
  const label = Math.max(0, ...names.map(({ length }) => length))
  const figure = Math.max(0, ...amounts.map(({ length }) => length))
  const width = Math.max(12, Math.min(60, columns - label - figure - 4))
  const end = Math.max(0, ...lines.map(({ first }) => first.totalUsd ?? 0)) * beyond
  const drawn = lines.map(({ first }, at) => {
    const cells = (usd: number | null): number => (end <= 0 ? 0 : Math.round(((usd ?? 0) / end) * width))
    const expected = Math.max(1, Math.min(width, cells(first.totalUsd)))
    const isCut = cells(first.highUsd) > width
    const worst = Math.max(expected, Math.min(width, cells(first.highUsd)))
    const light = "░".repeat(Math.max(0, worst - expected - (isCut ? 1 : 0)))
    const bar = `${"█".repeat(expected)}${light}${isCut && worst > expected ? "▸" : ""}`
    const [name = "", amount = ""] = [names[at], amounts[at]]
    return `${name.padEnd(label)}  ${style.cyan(bar)}${" ".repeat(width - bar.length)}  ${amount}`
  })
  const legend = style.dim("█ expected  ░ up to the unfavourable end  ▸ beyond the chart")
  return [...drawn, "", legend, ...notesOf(output, lines.length, style)].join("\n")
}
