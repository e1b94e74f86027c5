/**
 * `npm create runctl-provider NAME`
 */
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { isMistake, parse, takenNames } from "../ProviderName.ts"
import { begin, inWords, isFolderTaken } from "../Scaffold.ts"

const help = `begin a plugin that teaches runctl to rent machines somewhere

USAGE
  npm create runctl-provider NAME -- [--dir FOLDER] [--dry-run] [--json]

ARGUMENTS
  NAME  what the provider is to be called: a to z, 0 to 9 and dashes

FLAGS
  --dir FOLDER  where it goes; ./runctl-plugin-NAME when not given
  --dry-run     say what would be written, and write nothing
  --json        answer as JSON
  --help        this text

EXAMPLES
  npm create runctl-provider acme-cloud
  npm create runctl-provider acme-cloud -- --dry-run
`

/** A mistake of whoever called, and what to try. */
class Mistake extends Error {
  readonly exit: number
  readonly advice: string
  constructor(message: string, advice: string, exit = 2) {
    super(message)
    this.advice = advice
    this.exit = exit
  }
}

const versionHere = (): string => {
  const described: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
  return typeof described === "object" && described !== null && "version" in described
    ? String(described.version)
    : "0.0.0"
}

const options = {
  dir: { type: "string" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" }
} as const

const parsed = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new Mistake(error instanceof Error ? error.message : String(error), "See --help.")
  }
}

const answer = (args: ReadonlyArray<string>): string => {
  const { positionals, values } = parsed(args)
  if (values.help === true) return help
  if (values.version === true) return `create-runctl-provider ${versionHere()}\n`
  const [text, more] = positionals
  if (text === undefined) throw new Mistake("how is the provider to be called?", "npm create runctl-provider NAME")
  if (more !== undefined) throw new Mistake(`only one name may be given, "${more}" is too much`, "See --help.")
  const name = parse(text)
  if (isMistake(name)) {
    const near = name.nearest === undefined || takenNames.includes(name.nearest) ? undefined : name.nearest
    throw new Mistake(name.message, near === undefined ? "Take another name." : `Try "${near}".`)
  }
  const begun = begin({
    name,
    folder: resolve(values.dir ?? name.packageName),
    version: versionHere(),
    isDryRun: values["dry-run"] === true
  })
  return values.json === true ? `${JSON.stringify(begun, undefined, 2)}\n` : `${inWords(begun)}\n`
}

const told = (error: unknown): Mistake => {
  if (error instanceof Mistake) return error
  const message = error instanceof Error ? error.message : String(error)
  return isFolderTaken(error)
    ? new Mistake(message, "Give another folder with --dir, or move it away.")
    : new Mistake(message, "Look at the folder that is named.", 3)
}

/** Does what the arguments say, and ends with 0, or with 2 or 3 and the reason on standard error (`--json`: output). */
export const main = (args: ReadonlyArray<string>): void => {
  try {
    process.stdout.write(answer(args))
  } catch (error) {
    const { advice, exit, message } = told(error)
    process.exitCode = exit
    if (args.includes("--json"))
      process.stdout.write(`${JSON.stringify({ error: { message, advice } }, undefined, 2)}\n`)
    else process.stderr.write(`Error: ${message}\n  Try: ${advice}\n`)
  }
}
