/**
 * What was looked at, as text: a line each, and what to do about it.
 */
import type { CheckView } from "../output/checks.ts"
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
