/**
 * Reads `runctl compare` without oclif. Whatever is wrong or out of the ordinary is left to the command.
 */
import { parseArgs } from "node:util"
import { answered, pricesAt } from "../compare/answer.ts"
import { type Said, switches, words } from "../compare/words.ts"
import { styleOf } from "../render/style.ts"
import { stateFolder } from "../settings/places.ts"

/** Flags that may be repeated. */
const several: ReadonlySet<string> = new Set(
  Object.entries(words).flatMap(([name, word]) => ("multiple" in word ? [name] : []))
)

const options: Readonly<Record<string, { readonly type: "string" | "boolean"; readonly multiple?: boolean }>> = {
  ...Object.fromEntries(
    Object.keys(words).map((name) => [name, { type: "string" as const, multiple: several.has(name) }])
  ),
  ...Object.fromEntries(Object.keys(switches).map((name) => [name, { type: "boolean" as const }])),
  json: { type: "boolean" as const }
}

/** What was said; `undefined` where oclif would read it otherwise, or has to complain. */
const read = (argv: ReadonlyArray<string>): { readonly said: Said; readonly isJson: boolean } | undefined => {
  try {
    const { tokens, values } = parseArgs({ args: [...argv], options, strict: true, tokens: true })
    const names = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []))
    const isRepeated = names.some((name, at) => names.indexOf(name) !== at && !several.has(name))
    const { json, ...said } = values
    return isRepeated || tokens.some(({ kind }) => kind !== "option") ? undefined : { said, isJson: json === true }
  } catch {
    return undefined
  }
}

/** The answer's text, or nothing where the command has to look after it. */
export const compareText = (argv: ReadonlyArray<string>): string | undefined => {
  const found = read(argv)
  if (found === undefined || found.said.live === true || found.said.html !== undefined) return undefined
  const { isJson, said } = found
  try {
    const look = { isJson, style: styleOf(process.stdout), columns: process.stdout.columns ?? 80 }
    const { output, text } = answered(said, pricesAt(stateFolder(process.env)), look, Date.now())
    return isJson ? `${JSON.stringify(output, undefined, 2)}\n` : text
  } catch {
    return undefined
  }
}
