/**
 * Whether a value is a configuration, and what is wrong with it in words.
 */
import { didYouMean } from "@runctl/core/Nearest"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { nameOf, Settings, wordsBelow } from "./schema.ts"

/** One thing that is wrong, and where. */
export interface Issue {
  readonly path: ReadonlyArray<string>
  readonly message: string
}

const decode = Schema.decodeUnknownResult(Settings, { errors: "all", onExcessProperty: "error" })
const format = SchemaIssue.makeFormatterStandardSchemaV1()

const at = (value: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (inner, part) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, part) : undefined),
    value
  )

const shown = (value: unknown): string => {
  // JSON has no word for what is not a number, and says null.
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

const wordsOf = (path: ReadonlyArray<string>, message: string, value: unknown): string => {
  const known = wordsBelow(path.slice(0, -1))
  const last = path.at(-1)
  if (last !== undefined && known !== undefined && known.length > 0 && !known.includes(last) && !/^\d+$/.test(last)) {
    const place = path.length > 1 ? ` below "${nameOf(path.slice(0, -1))}"` : ""
    return `there is no key "${last}"${place}.${didYouMean(last, known)} Known: ${known.join(", ")}.`
  }
  const expected =
    path[0] === "budget" && path.length === 2
      ? "expected an amount of US dollars, such as 20 or 0.50"
      : message
          .replace(/^Expected /, "expected ")
          .replace("expected string", "expected text")
          .replace("expected object", `expected keys below it (${(wordsBelow(path) ?? []).join(", ")})`)
  return `${path.length === 0 ? "the file" : nameOf(path)}: ${expected}, found ${shown(at(value, path))}`
}

const partOf = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === "object" ? segment.key : segment)

/** The configuration in a value, or everything that is wrong with it. An empty file is an empty configuration. */
export const check = (value: unknown): Settings | ReadonlyArray<Issue> => {
  const decoded = decode(value ?? {})
  if (Result.isSuccess(decoded)) return decoded.success
  const issues = format(decoded.failure.issue).issues.map(({ message, path = [] }) => {
    const parts = path.map(partOf)
    return { path: parts, message: wordsOf(parts, message, value) }
  })
  // A value may break several rules, which say the same in our words.
  return issues.filter(({ path }, index) => issues.findIndex((each) => nameOf(each.path) === nameOf(path)) === index)
}

/** Whether `check` found something wrong. */
export const isWrong = (checked: Settings | ReadonlyArray<Issue>): checked is ReadonlyArray<Issue> =>
  Array.isArray(checked)
