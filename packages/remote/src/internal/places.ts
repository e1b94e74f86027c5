/**
 * Places on a machine that an archive cannot name: it has no names that begin with a slash or lead upwards.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import { defaults } from "@runctl/core/Defaults"
import * as Effect from "effect/Effect"
import * as Failure from "../Failure.ts"
import { run, within } from "./run.ts"

/** A place, named so that an archive can name it too. `own` names one of our files below the machine's directory. */
export interface Place {
  readonly shell: Shell
  readonly folder: string
  readonly own: (name: string) => string
}

/** The folder that something goes into, or beside whose others it goes. @category accessors @since 0.1.0 */
export const folderOf = (remotePath: string, isInto: boolean): string =>
  isInto
    ? remotePath.replace(/\/+$/, "") || "/"
    : remotePath.replace(/\/?[^/]*$/, "") || (remotePath.startsWith("/") ? "/" : ".")

const isPlain = (folder: string): boolean => !folder.startsWith("/") && !folder.split("/").includes("..")

/** The full names of the machine's directory and of a folder, links followed; of one that is not there as it was said. */
const script = `umask 077
h=$(pwd -P && echo .) && h=\${h%??} || exit
case $1 in /*) t=$1 ;; *) t=$h/$1 ;; esac
[ "$2" = look ] || mkdir -p "$t" || exit
r=$(cd "$t/" 2>/dev/null && pwd -P && echo .) && t=\${r%??} || [ "$2" = look ] || exit
printf '%s\\0%s\\0' "$h" "$t"`

const atTop = (shell: Shell): Shell => {
  const there = (cwd: string | undefined): string => (cwd === undefined ? "/" : cwd.startsWith("/") ? cwd : `/${cwd}`)
  const named = (name: string): string => (name.startsWith("/") ? name : `/${name}`)
  return {
    exec: (command) => shell.exec({ ...command, cwd: there(command.cwd) }),
    stream: (command) => shell.stream({ ...command, cwd: there(command.cwd) }),
    put: (name, content, options) => shell.put(named(name), content, options),
    get: (name, options) => shell.get(named(name), options)
  }
}

/**
 * A folder on a machine as an archive names it: as it is where that will do, else as seen from the top.
 *
 * **Details**  a folder that has to be looked for is made, unless we only look.
 *
 * @category accessors
 * @since 0.1.0
 */
export const find = Effect.fnUntraced(function* (
  shell: Shell,
  operation: Failure.Operation,
  { folder, makes }: { readonly folder: string; readonly makes: boolean }
): Effect.fn.Return<Place, JobError> {
  if (isPlain(folder)) {
    return { shell, folder: folder.startsWith("-") ? `./${folder}` : folder, own: (name) => name }
  }
  const found = yield* run(shell, operation, { script, args: [folder, makes ? "make" : "look"] }).pipe(
    within(operation, defaults.read)
  )
  const [home, full] = found.stdout.split("\0")
  if (found.exitCode !== 0 || home === undefined || full === undefined) {
    return yield* Failure.refused(operation, `${folder}: ${Failure.lastLines(found.stderr, 2)}`)
  }
  const fromTop = (path: string): string => path.replace(/^\/+/, "")
  return { shell: atTop(shell), folder: fromTop(full) || ".", own: (name) => fromTop(`${home}/${name}`) }
})
