/**
 * Failures as text and as JSON.
 */
import { type Style, styleOf } from "../render/style.ts"
import type { Failure } from "./Failure.ts"

const indent = (text: string, by: number): string => text.replaceAll("\n", `\n${" ".repeat(by)}`)

/** As a sentence begins, unless it begins with a name: `trian.sh` is no `Trian.sh`. */
const capitalized = (text: string): string =>
  /^[a-z]+[ ,']/.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text

/** For people: what happened, why, what to try, the code. */
export const toText = (failure: Failure, style: Style): string => {
  const lines = [
    `${style.red("Error:")} ${indent(capitalized(failure.message), 7)}`,
    ...(failure.why === "" ? [] : [`  ${style.dim("Why:")} ${indent(failure.why, 7)}`]),
    ...(failure.advice === "" ? [] : [`  ${style.dim("Try:")} ${indent(failure.advice, 7)}`]),
    ` ${style.dim("Code:")} ${failure.code}`
  ]
  return lines.join("\n")
}

/** For programs. */
const toJson = (failure: Failure): { readonly error: Failure } => ({ error: { ...failure } })

/** Shows a failure where it belongs and sets what the process will end with. */
export const report = (failure: Failure, options: { readonly json: boolean }): void => {
  process.exitCode = failure.exit
  if (options.json) process.stdout.write(`${JSON.stringify(toJson(failure), undefined, 2)}\n`)
  else process.stderr.write(`${toText(failure, styleOf(process.stderr))}\n`)
}

/** Whether the command line asks for JSON: `--json` before any `--`. */
export const wantsJson = (argv: ReadonlyArray<string>): boolean => {
  const end = argv.indexOf("--")
  return (end === -1 ? argv : argv.slice(0, end)).includes("--json")
}
