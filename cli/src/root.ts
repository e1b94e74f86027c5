/**
 * The folder of this package, wherever the bundler has put the code that asks.
 */
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"

const find = (): string => {
  for (let folder = import.meta.dirname; dirname(folder) !== folder; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json")) && existsSync(join(folder, "bin", "run.js"))) return folder
  }
  throw new Error("runctl is not installed completely: its package.json is missing")
}

/** The folder with `bin`, `dist` and `package.json`. */
export const root: string = find()
