/**
 * Everything that can be configured, in one schema.
 */
import * as Schema from "effect/Schema"
import { parse } from "@runctl/core/Durations"

const Text = Schema.NonEmptyString
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Schema.String.check(
  Schema.makeFilter((text: string) => parse(text) !== undefined, { expected: "a time such as 90s, 45m or 2h" })
)

/** Caps in US dollars, by what they hold for. */
const Budget = Schema.Struct({
  run: Schema.optionalKey(Amount),
  project: Schema.optionalKey(Amount),
  day: Schema.optionalKey(Amount),
  home: Schema.optionalKey(Amount)
})

/** What a configuration file may say. Each provider checks its own section itself. */
export const Settings = Schema.Struct({
  provider: Schema.optionalKey(Text),
  project: Schema.optionalKey(Text),
  "max-hours": Schema.optionalKey(Positive),
  grace: Schema.optionalKey(Time),
  hold: Schema.optionalKey(Time),
  "supervisor-idle": Schema.optionalKey(Time),
  budget: Schema.optionalKey(Budget),
  notify: Schema.optionalKey(Text),
  plugins: Schema.optionalKey(Schema.Array(Text)),
  providers: Schema.optionalKey(Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Unknown)))
})
export type Settings = typeof Settings.Type

/** One thing that can be set. */
export interface Key {
  readonly path: ReadonlyArray<string>
  readonly kind: "text" | "number" | "time" | "list"
  readonly about: string
}

/** Every key with a name of its own; below `providers` each provider has its own. */
export const keys: ReadonlyArray<Key> = [
  { path: ["provider"], kind: "text", about: "provider to rent from when none is named" },
  { path: ["project"], kind: "text", about: "name that the project's budget is kept under" },
  { path: ["max-hours"], kind: "number", about: "hours after which a machine is ended" },
  { path: ["grace"], kind: "time", about: "time a job has to end itself when it is stopped" },
  { path: ["hold"], kind: "time", about: "time results wait on a machine for collection" },
  { path: ["supervisor-idle"], kind: "time", about: "time after which a supervisor with nothing to own leaves" },
  { path: ["budget", "run"], kind: "number", about: "US dollars that one run may cost at worst" },
  { path: ["budget", "project"], kind: "number", about: "US dollars that the project may cost in all" },
  { path: ["budget", "day"], kind: "number", about: "US dollars that may be spent in one day" },
  { path: ["budget", "home"], kind: "number", about: "US dollars that this installation may cost in all" },
  { path: ["notify"], kind: "text", about: "address or command to tell how a run ended" },
  { path: ["plugins"], kind: "list", about: "provider packages or folders to load beside the installed ones" }
]

/** `budget.day` */
export const nameOf = (path: ReadonlyArray<string>): string => path.join(".")

/** `RUNCTL_BUDGET_DAY` */
export const variableOf = (path: ReadonlyArray<string>): string =>
  `RUNCTL_${path.join("_").replaceAll("-", "_")}`.toUpperCase()

/** The words that may stand below a path; `undefined` where a provider decides. */
export const wordsBelow = (path: ReadonlyArray<string>): ReadonlyArray<string> | undefined => {
  if (path[0] === "providers") return undefined
  const below = keys.filter((key) => path.every((part, index) => key.path[index] === part))
  const words = below.flatMap((key) => key.path[path.length] ?? [])
  return [...new Set(path.length === 0 ? [...words, "providers"] : words)]
}

/** A text as a value of a key: what an environment variable or the command line says. */
export const valueOf = (text: string, kind: Key["kind"]): unknown => {
  if (kind === "number") return text.trim() === "" ? text : Number.isNaN(Number(text)) ? text : Number(text)
  return kind === "list" ? text.split(",").map((each) => each.trim()) : text
}
