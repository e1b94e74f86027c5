/**
 * The folder of installed plugins, and the list that oclif and the search for providers read.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fail } from "../errors/Failure.ts"
import { packageIn } from "../providers/manifest.ts"
import { dataFolder, type Environment } from "../settings/places.ts"
import { replaceFile } from "../settings/write.ts"

/**
 * One line of the list. oclif loads those of type `user`, and looks for them below `root`; the search for providers
 * looks at all.
 */
export interface Listed {
  readonly name: string
  readonly type: "user" | "provider"
  readonly root: string
}

/** Where plugins are installed. */
export const pluginsFolder = (env: Environment): string => join(dataFolder(env), "plugins")

const isListed = (value: unknown): value is Listed =>
  typeof value === "object" && value !== null && "name" in value && "type" in value

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** The list as it is. */
export const listedIn = (env: Environment): ReadonlyArray<Listed> => {
  const oclif = packageIn(dataFolder(env))?.["oclif"]
  const plugins = isRecord(oclif) ? oclif["plugins"] : undefined
  return Array.isArray(plugins) ? plugins.filter(isListed) : []
}

/** Writes the list anew, and leaves everything else in its file alone. */
export const writeList = (env: Environment, plugins: ReadonlyArray<Listed>): void => {
  const folder = dataFolder(env)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const described = packageIn(folder) ?? { name: "runctl-data", private: true }
  const oclif = isRecord(described["oclif"]) ? described["oclif"] : { schema: 1 }
  const sorted = plugins.toSorted((left, right) => (left.name < right.name ? -1 : 1))
  replaceFile(
    join(folder, "package.json"),
    `${JSON.stringify({ ...described, oclif: { ...oclif, plugins: sorted } }, undefined, 2)}\n`
  )
}

/** What npm has installed in a folder at our request. */
export const dependenciesIn = (folder: string): Readonly<Record<string, string>> => {
  const table = packageIn(folder)?.["dependencies"]
  return isRecord(table)
    ? Object.fromEntries(
        Object.entries(table).filter((entry): entry is [string, string] => typeof entry[1] === "string")
      )
    : {}
}

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Takes the folder for changes, from a process that has died too. */
const take = (draft: string): void => {
  const owner = join(draft, "owner.pid")
  if (existsSync(draft)) {
    const pid = existsSync(owner) ? Number(readFileSync(owner, "utf8")) : Number.NaN
    if (pid > 0 && isRunning(pid)) {
      throw fail("RUNCTL_E_PLUGIN", `process ${pid} is changing plugins just now`, "Wait for it, and try again.")
    }
    rmSync(draft, { recursive: true, force: true })
  }
  mkdirSync(draft, { recursive: true, mode: 0o700 })
  writeFileSync(owner, String(process.pid), { flag: "wx" })
}

/** A folder that was moved away and has no successor comes back; one that has a successor goes. */
const settle = (folder: string, old: string): void => {
  if (existsSync(old) && !existsSync(folder)) renameSync(old, folder)
  rmSync(old, { recursive: true, force: true })
}

/**
 * Changes a copy of the folder, which takes the place of the old one only when `change` succeeds: whatever goes wrong,
 * and whenever, what was installed before is still there and whole.
 */
export const changing = async <A>(env: Environment, change: (draft: string) => Promise<A>): Promise<A> => {
  const folder = pluginsFolder(env)
  const draft = `${folder}.draft`
  const old = `${folder}.old`
  take(draft)
  try {
    settle(folder, old)
    if (existsSync(folder)) cpSync(folder, draft, { recursive: true, verbatimSymlinks: true })
    const described = join(draft, "package.json")
    if (!existsSync(described))
      writeFileSync(described, `${JSON.stringify({ name: "runctl-plugins", private: true })}\n`)
    const result = await change(draft)
    rmSync(join(draft, "owner.pid"), { force: true })
    if (existsSync(folder)) renameSync(folder, old)
    renameSync(draft, folder)
    return result
  } finally {
    rmSync(draft, { recursive: true, force: true })
    settle(folder, old)
  }
}
