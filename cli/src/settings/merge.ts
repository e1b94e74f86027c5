/**
 * Configuration from everywhere, laid over each other: every value with where it comes from.
 */
import type { SettingsFile } from "./document.ts"
import { check, isWrong, type Issue } from "./check.ts"
import { type Key, keys, nameOf, type Settings, valueOf, variableOf } from "./schema.ts"

/** Where a value comes from. */
export type Origin =
  | { readonly _tag: "Default" }
  | { readonly _tag: "File"; readonly file: string; readonly line: number }
  | { readonly _tag: "Variable"; readonly name: string }

/** One value that counts, or, when `trusted` is false, that would count after `runctl trust`. */
export interface Entry {
  readonly path: ReadonlyArray<string>
  readonly value: unknown
  readonly origin: Origin
  readonly trusted: boolean
}

/** What holds when nobody says otherwise. */
export const defaultSettings = {
  provider: "local",
  "max-hours": 24,
  grace: "90s",
  hold: "2h",
  "supervisor-idle": "10m"
} as const satisfies Settings

/** What runs code or decides where a token goes: from a project's own file it counts only when trusted. */
export const needsTrust = (path: ReadonlyArray<string>): boolean =>
  path[0] === "plugins" || path[0] === "notify" || path[0] === "providers"

/** What guards money: from a project's own file it may always be stricter, and looser only when trusted. */
export const isLimit = (path: ReadonlyArray<string>): boolean => path[0] === "budget" || path[0] === "max-hours"

const loosens = ({ path, value }: Entry, below: ReadonlyArray<Entry>): boolean => {
  const before = below.findLast((entry) => nameOf(entry.path) === nameOf(path))?.value
  return isLimit(path) && typeof before === "number" && typeof value === "number" && value > before
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every leaf of a configuration with its path. */
export const leaves = (
  value: unknown,
  path: ReadonlyArray<string> = []
): ReadonlyArray<readonly [ReadonlyArray<string>, unknown]> =>
  isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key])) : [[path, value]]

const fromFile = (read: SettingsFile, isTrusted: boolean): ReadonlyArray<Entry> =>
  leaves(read.settings).map(([path, value]) => ({
    path,
    value,
    origin: { _tag: "File", file: read.file, line: read.lineOf(path) },
    trusted: isTrusted || !needsTrust(path)
  }))

const endpoint = /^RUNCTL_([A-Z0-9_]+)_ENDPOINT$/

/** What the environment says: one variable per key, and an endpoint per provider. */
const fromEnvironment = (env: Readonly<Record<string, string | undefined>>): ReadonlyArray<Entry> => {
  const named = keys.flatMap((key: Key): ReadonlyArray<Entry> => {
    const name = variableOf(key.path)
    const text = env[name]
    if (text === undefined || text === "") return []
    return [{ path: key.path, value: valueOf(text, key.kind), origin: { _tag: "Variable", name }, trusted: true }]
  })
  const endpoints = Object.entries(env).flatMap(([name, text]): ReadonlyArray<Entry> => {
    const provider = endpoint.exec(name)?.[1]?.toLowerCase().replaceAll("_", "-")
    if (provider === undefined || text === undefined || text === "") return []
    return [
      { path: ["providers", provider, "endpoint"], value: text, origin: { _tag: "Variable", name }, trusted: true }
    ]
  })
  return [...named, ...endpoints]
}

/** What counts: of each key the value laid on last. Values that are not trusted yet stand beside those that count. */
export const merge = (
  files: {
    readonly user: SettingsFile | undefined
    readonly project: SettingsFile | undefined
    readonly isTrusted: boolean
  },
  env: Readonly<Record<string, string | undefined>>
): ReadonlyArray<Entry> => {
  const below: ReadonlyArray<Entry> = [
    ...leaves(defaultSettings).map(([path, value]): Entry => ({
      path,
      value,
      origin: { _tag: "Default" },
      trusted: true
    })),
    ...(files.user === undefined ? [] : fromFile(files.user, true))
  ]
  const project = files.project === undefined ? [] : fromFile(files.project, files.isTrusted)
  const layers: ReadonlyArray<Entry> = [
    ...below,
    ...project.map((entry) => ({ ...entry, trusted: files.isTrusted || (entry.trusted && !loosens(entry, below)) })),
    ...fromEnvironment(env)
  ]
  const counting = new Map(layers.filter(({ trusted }) => trusted).map((entry) => [nameOf(entry.path), entry]))
  return [...counting.values(), ...layers.filter(({ trusted }) => !trusted)]
}

/** Sets a property of its own, whatever its name: `__proto__` is a name like any other. */
const define = (target: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

const setAt = (target: Record<string, unknown>, path: ReadonlyArray<string>, value: unknown): void => {
  const [first, ...rest] = path
  if (first === undefined) return
  if (rest.length === 0) return define(target, first, value)
  const before = Object.hasOwn(target, first) ? target[first] : undefined
  const inner: Record<string, unknown> = isRecord(before) ? { ...before } : {}
  setAt(inner, rest, value)
  define(target, first, inner)
}

/** The configuration that counts, checked as a whole. */
export const settingsOf = (entries: ReadonlyArray<Entry>): Settings | ReadonlyArray<Issue> => {
  const all: Record<string, unknown> = {}
  for (const { path, value, trusted } of entries) if (trusted) setAt(all, path, value)
  return check(all)
}

/** `config.yaml:3`, `RUNCTL_PROVIDER`, `default` */
export const originText = (origin: Origin): string => {
  if (origin._tag === "Default") return "default"
  return origin._tag === "Variable" ? origin.name : `${origin.file}:${origin.line}`
}

/** Whether the configuration as a whole is wrong. */
export const isInvalid = isWrong
