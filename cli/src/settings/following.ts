/**
 * The configuration as its files say now, for a process that outlives changes to them.
 */
import { existsSync, readFileSync } from "node:fs"
import { type Loaded, load, type Surroundings } from "./load.ts"
import { projectFile, stateFolder, userFile } from "./places.ts"
import { trustFile } from "./trust.ts"

/** A configuration that may change. */
export interface Following {
  /** As the files say now. Throws a `CliFailure` for as long as they are wrong. */
  readonly now: () => Loaded
  /** As they said when they were right the last time. */
  readonly last: () => Loaded
}

/** Everything that decides what the configuration is, but for the environment, which does not change. */
const textOf = ({ cwd, env }: Surroundings): string =>
  [userFile(env), projectFile(cwd), trustFile(stateFolder(env))]
    .map((file) => (file === undefined || !existsSync(file) ? "" : `${file}\n${readFileSync(file, "utf8")}`))
    .join("\0")

/** Reads the configuration again whenever its files have changed. `first` is what the process began with. */
export const following = (surroundings: Surroundings, first: Loaded): Following => {
  let seen: string | undefined
  let last = first
  let result = (): Loaded => first
  return {
    last: () => last,
    now: () => {
      const text = textOf(surroundings)
      if (text !== seen) {
        try {
          last = load(surroundings)
          const loaded = last
          result = () => loaded
        } catch (error) {
          result = () => {
            throw error
          }
        }
        seen = text
      }
      return result()
    }
  }
}

/** A configuration that does not change: that of a command, which is soon over. */
export const fixed = (loaded: Loaded): Following => ({ now: () => loaded, last: () => loaded })
