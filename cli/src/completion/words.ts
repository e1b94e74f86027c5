/**
 * Everything that can be typed, in the form that completion scripts are made from. Pure.
 */

/** What a value can be: one of a few words, a file, something that only runctl itself knows now, or any text. */
export type Value =
  | { readonly _tag: "Words"; readonly words: ReadonlyArray<string> }
  | { readonly _tag: "Files" }
  | { readonly _tag: "Known"; readonly of: Known }
  | { readonly _tag: "Text" }

/** What runctl can be asked for while a line is typed: `runctl completion --values runs`. */
export const knowns = ["runs", "machines", "ids", "providers", "keys", "plugins"] as const
export type Known = (typeof knowns)[number]

/** One flag; without a value it is there or not. */
export interface FlagWord {
  readonly name: string
  readonly char: string | undefined
  readonly summary: string
  readonly value: Value | undefined
}

/** One command, or a topic, which has neither flags nor arguments. */
export interface CommandWord {
  readonly id: string
  readonly summary: string
  readonly flags: ReadonlyArray<FlagWord>
  readonly args: ReadonlyArray<Value>
}

/** As much of a command as oclif's manifest says of it. */
export interface Described {
  readonly id: string
  readonly summary?: string | undefined
  readonly hidden?: boolean | undefined
  readonly flags: Readonly<
    Record<
      string,
      {
        readonly type: string
        readonly char?: string | undefined
        readonly summary?: string | undefined
        readonly hidden?: boolean | undefined
        readonly options?: ReadonlyArray<string> | undefined
      }
    >
  >
  readonly args: Readonly<
    Record<string, { readonly name: string; readonly options?: ReadonlyArray<string> | undefined }>
  >
}

const known = (of: Known): Value => ({ _tag: "Known", of })
const files: Value = { _tag: "Files" }
const text: Value = { _tag: "Text" }

const flagValues: Readonly<Record<string, Value>> = {
  provider: known("providers"),
  run: known("runs"),
  resume: known("runs"),
  on: known("machines"),
  "env-file": files,
  data: files,
  out: files,
  chart: files,
  html: files
}

const argValues: Readonly<Record<string, Value>> = {
  script: files,
  source: files,
  target: files,
  file: files,
  project: files,
  key: known("keys"),
  provider: known("providers")
}

/** What an id stands for depends on who asks. */
const idOf = (command: string): Value => {
  if (/^(monitor|runs |checkpoints )/.test(command)) return known("runs")
  return /^(wait|status|extend|ssh|sync|forward|upload|download)$/.test(command) ? known("ids") : known("machines")
}

const argValue = (command: string, name: string, options: ReadonlyArray<string> | undefined): Value => {
  if (options !== undefined) return { _tag: "Words", words: options }
  if (name === "id") return idOf(command)
  if (name === "plugin") return command === "plugins uninstall" ? known("plugins") : files
  return argValues[name] ?? text
}

const help: FlagWord = { name: "help", char: undefined, summary: "show what the command takes", value: undefined }

const commandOf = ({ args, flags, id, summary }: Described): CommandWord => {
  const typed = id.replaceAll(":", " ")
  const shown = Object.entries(flags).filter(([, flag]) => flag.hidden !== true)
  return {
    id: typed,
    summary: summary ?? "",
    flags: [
      ...shown.map(([name, flag]): FlagWord => {
        const value =
          flag.options === undefined ? (flagValues[name] ?? text) : { _tag: "Words" as const, words: flag.options }
        return {
          name,
          char: flag.char,
          summary: flag.summary ?? "",
          value: flag.type === "boolean" ? undefined : value
        }
      }),
      help
    ],
    args: Object.values(args).map(({ name, options }) => argValue(typed, name, options))
  }
}

/** All commands in their order, each topic before what stands below it, and the program itself first. */
export const wordsOf = (
  commands: ReadonlyArray<Described>,
  topics: ReadonlyMap<string, string>
): ReadonlyArray<CommandWord> => {
  const all = commands.filter(({ hidden }) => hidden !== true).map(commandOf)
  const ids = new Set(all.map(({ id }) => id))
  const above = new Set(all.flatMap(({ id }) => (id.includes(" ") ? [id.split(" ")[0] ?? id] : [])))
  const groups = [...above]
    .filter((id) => !ids.has(id))
    .map((id): CommandWord => ({ id, summary: topics.get(id) ?? "", flags: [help], args: [] }))
  const root: CommandWord = {
    id: "",
    summary: "",
    flags: [help, { ...help, name: "version", summary: "show the version" }],
    args: []
  }
  return [root, ...[...all, ...groups].toSorted((left, right) => (left.id < right.id ? -1 : 1))]
}

/** What may follow a command: the last words of those right below it, with their summaries. */
export const below = (all: ReadonlyArray<CommandWord>, id: string): ReadonlyArray<readonly [string, string]> =>
  all.flatMap((command) => {
    const parts = command.id.split(" ")
    const last = parts.at(-1)
    return command.id !== "" && last !== undefined && parts.slice(0, -1).join(" ") === id
      ? [[last, command.summary]]
      : []
  })
