/**
 * What `plugins install` is asked for: a package's name, a folder or a tarball. Pure but for looking whether it exists.
 */
import { existsSync } from "node:fs"
import { basename, resolve } from "node:path"
import { usage } from "../errors/Failure.ts"

/** What npm is told, and the name it will have as far as that can be known before. */
export interface PluginSpec {
  readonly npm: string
  readonly isLocal: boolean
  readonly name: string | undefined
}

const named = /^((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:@[^@/\s]+|@npm:\S+)?$/i

/** Reads a spec, seen from a folder. Whatever npm might take for an option of its own is refused. */
export const specOf = (text: string, cwd: string, exists: (path: string) => boolean = existsSync): PluginSpec => {
  const isPath = /^[./~]/.test(text) || /\.(tgz|tar\.gz)$/.test(text)
  if (isPath && !/^https?:/.test(text)) {
    const path = resolve(cwd, text)
    if (!exists(path)) throw usage(`${text} does not exist`, "Give a package's name, a folder or a tarball.")
    return { npm: path, isLocal: true, name: undefined }
  }
  const [, name] = named.exec(text) ?? []
  if (name !== undefined && !text.startsWith("-")) return { npm: text, isLocal: false, name }
  if (/^(https?|git\+https|git\+ssh):\/\//.test(text)) return { npm: text, isLocal: false, name: undefined }
  throw usage(`"${text}" is neither a package's name, nor a folder, nor a tarball`)
}

/** The package that came: the one that is new or changed, else the one whose origin is what was asked for. */
export const installedName = (
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  spec: PluginSpec
): string | undefined => {
  const changed = Object.keys(after).filter((name) => before[name] !== after[name])
  if (changed.length === 1) return changed[0]
  if (spec.name !== undefined && Object.hasOwn(after, spec.name)) return spec.name
  return Object.keys(after).find((name) => basename(after[name] ?? "") === basename(spec.npm))
}
