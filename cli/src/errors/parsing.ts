/**
 * What oclif says about a command line, in our own words.
 */
import { didYouMean } from "@runctl/core/Nearest"
import { stripVTControlCharacters } from "node:util"
import { type CliFailure, fail, usage } from "./Failure.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const strings = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : []

/** The flags a command takes, as they are typed. */
const flagsOf = (error: object): ReadonlyArray<string> => {
  const parse: unknown = Reflect.get(error, "parse")
  const input = isRecord(parse) ? parse["input"] : undefined
  const flags = isRecord(input) ? input["flags"] : undefined
  return isRecord(flags) ? Object.keys(flags).map((name) => `--${name}`) : []
}

const namesOf = (args: unknown): ReadonlyArray<string> =>
  Array.isArray(args) ? args.flatMap((arg: unknown) => (isRecord(arg) ? [String(arg["name"]).toUpperCase()] : [])) : []

const plain = (message: string): string =>
  stripVTControlCharacters(message)
    .replace(/\n?See more help with --help$/, "")
    .replace(/^The following errors? occurred:\s*/, "")
    .replace(/^Parsing (--\S+) \n\t/, "$1: ")
    .trim()

/** A failure for an error of oclif's; `undefined` for any other. */
export const parseFailure = (error: unknown): CliFailure | undefined => {
  if (!(error instanceof Error) || !("oclif" in error)) return undefined
  const flags = strings(Reflect.get(error, "flags"))
  if (flags.length > 0) {
    const known = flagsOf(error)
    const words = flags.map((flag) => `there is no flag ${flag}.${didYouMean(flag.split("=")[0] ?? flag, known)}`)
    return fail("RUNCTL_E_UNKNOWN_FLAG", words.join("\n"))
  }
  const args: unknown = Reflect.get(error, "args")
  const missing = namesOf(args)
  if (missing.length > 0 && error.message.startsWith("Missing")) return usage(`${missing.join(" and ")} is missing`)
  const extra = strings(args)
  if (extra.length > 0) return usage(`unexpected argument: ${extra.join(" ")}`)
  return usage(plain(error.message))
}

/** A failure for a command that does not exist. `ids` are all that do. */
export const unknownCommand = (argv: ReadonlyArray<string>, ids: ReadonlyArray<string>): CliFailure => {
  const words = argv.filter((word) => !word.startsWith("-"))
  const known = ids.map((id) => id.replaceAll(":", " "))
  const begun = known.filter((id) => words.length > 1 && words[0] === id)
  if (begun.length > 0) return usage(`unexpected argument: ${words.slice(1).join(" ")}`)
  const [first = argv[0] ?? ""] = words
  const typed = known.some((id) => id.startsWith(`${first} `)) ? words.slice(0, 2).join(" ") : first
  return fail("RUNCTL_E_UNKNOWN_COMMAND", `there is no command "${typed}".${didYouMean(typed, known)}`)
}
