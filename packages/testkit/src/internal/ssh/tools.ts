import { existsSync, realpathSync } from "node:fs"
import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"

const folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]

export const systemPath: string = folders.join(":")

const names = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}

interface Program {
  readonly name: string
  readonly path: string
}

/** All programs of the usual folders; the first of a name holds. */
const programs = async (): Promise<ReadonlyArray<Program>> => {
  const found = new Map<string, string>()
  for (const folder of folders) {
    for (const name of await names(folder)) if (!found.has(name)) found.set(name, join(folder, name))
  }
  return [...found].map(([name, path]) => ({ name, path }))
}

export interface Choice {
  readonly only: ReadonlyArray<string> | undefined
  readonly without: ReadonlyArray<string>
}

/** A folder with links to the chosen programs, which are to be the only ones in PATH. */
export const linkPrograms = async (folder: string, { only, without }: Choice): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const chosen = (await programs()).filter(
    ({ name }) => (only === undefined || only.includes(name)) && !without.includes(name)
  )
  await Promise.all(chosen.map(({ name, path }) => symlink(path, join(folder, name))))
}

/** The programs that a machine has besides, or instead of those of the same names. */
export const writePrograms = async (folder: string, scripts: Readonly<Record<string, string>>): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await Promise.all(Object.entries(scripts).map(([name, script]) => writeProgram(join(folder, name), script)))
}

const realPath = (path: string): ReadonlyArray<string> => {
  try {
    return [realpathSync(path)]
  } catch {
    return []
  }
}

/** The files behind a name, wherever they lie. */
export const filesOf = (name: string): ReadonlyArray<string> => [
  ...new Set(folders.flatMap((folder) => realPath(join(folder, name))))
]

/** The folders in which one of the names is. */
export const foldersWith = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(
    folders.flatMap((folder) => (names.some((name) => existsSync(join(folder, name))) ? realPath(folder) : []))
  )
]

/** A `date` that is wrong about now, and right about every other time it is asked for. */
export const dateScript = (date: string, offset: number): string =>
  [
    "#!/bin/sh",
    'for word in "$@"; do',
    "  case $word in",
    `    -d* | --date* | -r* | --ref* | -f* | --file* | -s* | --set*) exec ${date} "$@" ;;`,
    "  esac",
    "done",
    `exec ${date} -d "@$(($(${date} +%s) + ${offset}))" "$@"`,
    ""
  ].join("\n")

/** In the place of a link, not of what that leads to. */
export const writeProgram = async (file: string, script: string): Promise<void> => {
  await rm(file, { force: true })
  await writeFile(file, script)
  await chmod(file, 0o755)
}
