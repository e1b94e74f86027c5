/**
 * Where a run's outputs are brought.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { usage } from "../errors/Failure.ts"

const isFree = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0

/** A folder of the run's own below the current one: an earlier run's outputs are never mixed with another's. */
const ownFolder = (cwd: string, name: string): string => {
  const folder = join(cwd, "runctl-outputs", name)
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? folder : `${folder}-${number}`
    if (isFree(candidate)) return candidate
  }
}

/** The absolute folder that flags name, or one of the run's own. */
export const destination = (
  flags: { readonly out: string | undefined; readonly dest: string | undefined },
  cwd: string,
  name: string
): string => {
  if (flags.out !== undefined && flags.dest !== undefined)
    throw usage("--out and --output-dest both name where outputs go")
  const chosen = flags.out ?? flags.dest
  if (chosen === undefined) return ownFolder(cwd, name)
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(chosen)?.[1]
  if (scheme !== undefined)
    throw usage(`--output-dest ${chosen}: ${scheme}:// is not supported; a folder of this computer is`)
  return resolve(cwd, chosen)
}

/** Keeps the folder of all outputs out of version control and out of the next run's code. */
export const shield = (cwd: string, folder: string): void => {
  const all = join(cwd, "runctl-outputs")
  if (!folder.startsWith(all) || existsSync(join(all, ".gitignore"))) return
  try {
    mkdirSync(all, { recursive: true })
    writeFileSync(join(all, ".gitignore"), "*\n")
  } catch {
    // Where nothing can be written the outputs are kept elsewhere, and the run says so.
  }
}
