/**
 * Writes a configuration file in one step: whoever reads it meanwhile sees the old one or the new one.
 */
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

/** Replaces a file's content and keeps its permissions; a new one is the user's alone. Links stay links. */
export const replaceFile = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const target = existsSync(file) ? realpathSync(file) : file
  const mode = existsSync(target) ? statSync(target).mode & 0o777 : 0o600
  const aside = `${target}.${process.pid}.tmp`
  try {
    writeFileSync(aside, text, { mode })
    renameSync(aside, target)
  } finally {
    rmSync(aside, { force: true })
  }
}
