/**
 * Places on a machine that an archive cannot name: it has no names that begin with a slash or lead upwards.
 *
 * @since 0.1.0
 */
import type { Shell } from "@runctl/core/Shell"
import { quote } from "./quote.ts"

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

/**
 * A `sh` fragment that sets `$h` to the machine's directory and `$t` to a folder: as they are where an archive can name
 * them, else by their full names, links followed. Such a folder is made, unless we only look.
 *
 * @category scripts
 * @since 0.1.0
 */
export const locate = (folder: string, makes: boolean): string =>
  isPlain(folder)
    ? `h=. t=${quote(`./${folder}`)}\n`
    : `h=$(pwd -P && echo .) && h=\${h%??} || exit
t=${quote(folder)}
case $t in /*) ;; *) t=$h/$t ;; esac
${makes ? '(umask 077; mkdir -p "$t") || exit\n' : ""}r=$(cd "$t/" 2>/dev/null && pwd -P && echo .) && t=\${r%??}${makes ? " || exit" : ""}
`

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
 * A folder as an archive names it: as it is where that will do, else as seen from the top.
 *
 * @category constructors
 * @since 0.1.0
 */
export const placeOf = (shell: Shell, folder: string, home: string, full: string): Place => {
  if (isPlain(folder)) {
    return { shell, folder: folder.startsWith("-") ? `./${folder}` : folder, own: (name) => name }
  }
  const fromTop = (path: string): string => path.replace(/^\/+/, "")
  return { shell: atTop(shell), folder: fromTop(full) || ".", own: (name) => fromTop(`${home}/${name}`) }
}
