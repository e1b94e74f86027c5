/**
 * What never goes along with a project: the keys and records of all machines, where they lie within it.
 */
import { realpathSync } from "node:fs"
import { isAbsolute, relative, sep } from "node:path"

const real = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** The patterns, as in a `.gitignore` of the folder, that leave the state out. */
export const withoutState = (folder: string, state: string): ReadonlyArray<string> => {
  const inside = relative(real(folder), real(state))
  if (inside === "" || isAbsolute(inside) || inside.split(sep)[0] === "..") return []
  return [
    `/${inside
      .split(sep)
      .join("/")
      .replaceAll(/[\\*?[\]!#]/g, String.raw`\$&`)}/`
  ]
}
