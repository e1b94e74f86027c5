/**
 * Begins a plugin: a folder with everything in it, or nothing at all.
 *
 * @since 0.1.0
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import type { ProviderName } from "./ProviderName.ts"
import { filesFor } from "./Template.ts"

/**
 * What is wanted. `folder` is where the plugin goes; `version` that of the runctl it is for.
 *
 * @category models
 * @since 0.1.0
 */
export interface Wanted {
  readonly name: ProviderName
  readonly folder: string
  readonly version: string
  /** Only says what would be written. */
  readonly isDryRun: boolean
}

/**
 * What there is now, or would be: paths in the folder, and the commands to go on with.
 *
 * @category models
 * @since 0.1.0
 */
export interface Begun {
  readonly dryRun: boolean
  readonly name: string
  readonly package: string
  readonly folder: string
  readonly files: ReadonlyArray<string>
}

/** The folder holds something already: nothing was written. @category errors @since 0.1.0 */
export class FolderTaken extends Error {
  readonly _tag = "FolderTaken"
  readonly folder: string
  constructor(folder: string) {
    super(`${folder} is there already, and not empty: nothing was written`)
    this.folder = folder
  }
}

/** Whether that is what went wrong. @category predicates @since 0.1.0 */
export const isFolderTaken = (error: unknown): error is FolderTaken =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "FolderTaken"

const isTaken = (folder: string): boolean => {
  if (!existsSync(folder)) return false
  try {
    return readdirSync(folder).length > 0
  } catch {
    return true
  }
}

/** Written beside its place and moved there: whoever looks sees all of it or nothing. */
const write = ({ folder, name, version }: Wanted): void => {
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(join(dirname(folder), `.${basename(folder)}-`))
  try {
    const plugin = join(draft, "plugin")
    for (const { content, path } of filesFor(name, version)) {
      mkdirSync(dirname(join(plugin, path)), { recursive: true })
      writeFileSync(join(plugin, path), content)
    }
    if (existsSync(folder)) rmdirSync(folder)
    renameSync(plugin, folder)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/**
 * Writes a plugin into a folder that is not there yet, or empty.
 *
 * **Errors**  throws `FolderTaken` where something is there, and Node's own errors where nothing can be written.
 *
 * @category constructors
 * @since 0.1.0
 */
export const begin = (wanted: Wanted): Begun => {
  const { folder, isDryRun, name, version } = wanted
  if (isTaken(folder)) throw new FolderTaken(folder)
  if (!isDryRun) write(wanted)
  return {
    dryRun: isDryRun,
    name: name.name,
    package: name.packageName,
    folder,
    files: filesFor(name, version).map(({ path }) => path)
  }
}

/**
 * What was done, in words, and what to do next.
 *
 * @category formatting
 * @since 0.1.0
 */
export const inWords = ({ dryRun, files, folder, name, package: packageName }: Begun): string =>
  dryRun
    ? [`would write ${packageName} into ${folder}:`, ...files.map((file) => `  ${file}`)].join("\n")
    : [
        `${packageName} is in ${folder}: a provider "${name}", its cloud in memory, and the laws.`,
        "",
        "Next:",
        `  cd ${/^[\w./@-]+$/.test(folder) ? folder : JSON.stringify(folder)}`,
        "  npm install",
        "  npm test         # the laws, against its own emulated cloud",
        "",
        "Then make it yours: README.md says where to begin."
      ].join("\n")
