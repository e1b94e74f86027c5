/**
 * What the words of `runctl sync` mean: a machine comes first, unless all are meant.
 */
import { homedir } from "node:os"
import { basename, isAbsolute, relative, resolve, sep } from "node:path"
import { usage } from "../errors/Failure.ts"

/** What goes where. */
export interface Wanted {
  readonly ids: ReadonlyArray<string>
  readonly source: string
  readonly target: string
}

/** Whether a folder has a whole home directory in it. */
const isTooMuch = (folder: string, home: string): boolean => {
  const way = relative(folder, home)
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/** Throws a usage error when the words make no sense. `cwd` is what goes when no folder is named. */
export const readWords = (
  words: ReadonlyArray<string>,
  isAll: boolean,
  cwd: string,
  home: string = homedir()
): Wanted => {
  const ids = isAll ? [] : words.slice(0, 1)
  const [typed, target, ...more] = isAll ? words : words.slice(1)
  if (!isAll && ids.length === 0) {
    throw usage("the machine is missing", "Name one (`runctl list` shows all), or say --all.")
  }
  if (more.length > 0) throw usage(`unexpected argument: ${more.join(" ")}`)
  const source = resolve(cwd, typed ?? ".")
  if (isTooMuch(source, home)) {
    throw usage(
      `${source} holds a whole home directory, all of which would be brought to the machine`,
      "Name the folder that is meant: `runctl sync ID ./project`."
    )
  }
  const name = target ?? basename(source)
  if (name === "") throw usage("the folder there has no name", "Name it: `runctl sync ID SRC DST`.")
  return { ids, source, target: name.length > 1 ? name.replace(/\/+$/, "") || "/" : name }
}
