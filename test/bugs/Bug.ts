/** Bugs that are planted in a plugin to see its tests find them: `plugins/<name>/test/bugs.json`. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"

export const root = resolve(import.meta.dirname, "../..")

export interface Bug {
  readonly name: string
  /** The source it is in, relative to the plugin. */
  readonly file: string
  /** Stands there once. */
  readonly find: string
  readonly replace: string
  /** Tests that must see it, relative to the plugin. */
  readonly tests: ReadonlyArray<string>
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

const bugIn = (row: unknown, file: string): Bug => {
  const fields = typeof row === "object" && row !== null ? row : {}
  const { find, name, replace, tests } = { find: "", name: "", replace: "", tests: [], ...fields }
  const source = "file" in fields ? fields.file : undefined
  if (!isText(name) || !isText(source) || !isText(find) || typeof replace !== "string" || !Array.isArray(tests)) {
    throw new Error(`${file}: a bug needs name, file, find, replace and tests`)
  }
  const named: ReadonlyArray<unknown> = tests
  const paths = named.filter(isText)
  if (paths.length === 0 || paths.length < named.length) throw new Error(`${file}: "${name}" names no tests`)
  return { name, file: source, find, replace, tests: paths }
}

const listOf = (plugin: string): string => join(root, "plugins", plugin, "test", "bugs.json")

/** Plugins with a list of bugs. */
export const plugins: ReadonlyArray<string> = readdirSync(join(root, "plugins"))
  .filter((plugin) => existsSync(listOf(plugin)))
  .toSorted()

/** The bugs of a plugin; an error where one of them cannot be planted. */
export const bugsOf = (plugin: string): ReadonlyArray<Bug> => {
  const file = listOf(plugin)
  const rows: unknown = JSON.parse(readFileSync(file, "utf8"))
  if (!Array.isArray(rows)) throw new Error(`${file} is no list`)
  return rows.map((row) => {
    const bug = bugIn(row, file)
    const times = readFileSync(join(root, "plugins", plugin, bug.file), "utf8").split(bug.find).length - 1
    if (times !== 1) throw new Error(`${file}: what "${bug.name}" looks for is ${times} times in ${bug.file}`)
    return bug
  })
}
