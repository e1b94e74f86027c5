import { readFileSync } from "node:fs"
import { join } from "node:path"

const schemas = join(import.meta.dirname, "..", "..", "cli", "schemas")

type Json = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const typeOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number" && Number.isInteger(value)
        ? "integer"
        : typeof value

const known = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "anyOf",
  "enum",
  "items",
  "minimum",
  "maximum",
  "$defs"
])

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** What is wrong with a value, by as much of JSON Schema as our own schemas use. */
const complaints = (schema: unknown, value: unknown, at: string): ReadonlyArray<string> => {
  if (!isRecord(schema)) throw new Error(`no schema at ${at}`)
  const strange = Object.keys(schema).filter((key) => !known.has(key))
  if (strange.length > 0) throw new Error(`${at}: nobody checks ${strange.join(", ")}`)
  if (schema["anyOf"] !== undefined) {
    const all = listOf(schema["anyOf"]).map((each) => complaints(each, value, at))
    return all.some(({ length }) => length === 0) ? [] : all.flat()
  }
  const type = typeOf(value)
  const wanted = schema["type"]
  const isType = wanted === undefined || wanted === type || (wanted === "number" && type === "integer")
  if (!isType) return [`${at} is ${type}, not ${JSON.stringify(wanted)}`]
  const choices = schema["enum"]
  if (choices !== undefined && !listOf(choices).includes(value)) return [`${at} is ${String(value)}`]
  if (Array.isArray(value)) return value.flatMap((each, index) => complaints(schema["items"], each, `${at}[${index}]`))
  if (!isRecord(value)) return []
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {}
  const missing = listOf(schema["required"]).filter((key) => !(String(key) in value))
  const surplus =
    schema["additionalProperties"] === false ? Object.keys(value).filter((key) => !(key in properties)) : []
  return [
    ...missing.map((key) => `${at}.${String(key)} is missing`),
    ...surplus.map((key) => `${at}.${key} is not promised`),
    ...Object.entries(properties).flatMap(([key, inner]) =>
      key in value ? complaints(inner, value[key], `${at}.${key}`) : []
    )
  ]
}

/** The answer of a command with `--json`, which has the form that its schema promises. */
// oxlint-disable-next-line typescript/no-explicit-any -- each command has a shape of its own, which was just checked
export const promised = (command: string, text: string): any => {
  const schema: unknown = JSON.parse(readFileSync(join(schemas, `${command.replaceAll(" ", "-")}.json`), "utf8"))
  const value: unknown = JSON.parse(text)
  const wrong = complaints(schema, value, command)
  if (wrong.length > 0) throw new Error(`${command} --json breaks its promise: ${wrong.join("; ")}`)
  return value
}
