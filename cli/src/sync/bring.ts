/**
 * Brings a folder to a machine; what is there already stays where it is.
 */
import { Refused, type Shell, ShellError } from "@runctl/core/Shell"
import * as CodeSync from "@runctl/remote/CodeSync"
import type { Manifest } from "@runctl/remote/Manifest"
import * as ProjectFiles from "@runctl/remote/ProjectFiles"
import * as Survey from "@runctl/remote/Survey"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { createHash } from "node:crypto"
import { usage } from "../errors/Failure.ts"

/** What of a folder went to a machine, and what was there before. */
export interface Brought {
  readonly files: number
  readonly bytes: number
  readonly sentFiles: number
  readonly sentBytes: number
}

/** Where the machine remembers what we sent to a folder. */
const manifestIn = (home: string, folder: string): string =>
  `${home}/.runctl/synced/${createHash("sha256").update(folder).digest("hex").slice(0, 20)}.json`

const total = (files: Manifest["files"]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** How one state of a folder came from another. */
export const difference = (before: Manifest | undefined, now: Manifest): Brought => {
  const known = new Map(before?.files.map(({ path, sha256 }) => [path, sha256]))
  const sent = now.files.filter(({ path, sha256 }) => known.get(path) !== sha256)
  return { files: now.files.length, bytes: total(now.files), sentFiles: sent.length, sentBytes: total(sent) }
}

/** What of a folder here goes along. */
export const filesOf = Effect.fnUntraced(function* (source: string, rules: "project" | "none") {
  const found = yield* Effect.option(Effect.flatMap(FileSystem.FileSystem, (fs) => fs.stat(source)))
  if (found._tag === "Some" && found.value.type !== "Directory") {
    return yield* Effect.fail(usage(`${source} is no folder`, "One file goes there with `runctl upload ID FILE PATH`."))
  }
  return yield* ProjectFiles.list("upload", source, { rules })
})

/** Makes the folder, and tells by its full name where it and the machine's directory are, however they were named. */
const placeScript = `umask 077
case $1 in /*) t=$1 ;; *) t=./$1 ;; esac
h=$(pwd -P && echo .) && mkdir -p "$t" && cd "$t/" && t=$(pwd -P && echo .) || exit
printf '%s\\0%s\\0' "\${h%??}" "\${t%??}"`

/** Both without the slash at the beginning. */
const placesOf = Effect.fnUntraced(function* (shell: Shell, target: string) {
  const { exitCode, stderr, stdout } = yield* shell.exec({ script: placeScript, args: [target] })
  const [home, folder] = stdout.split("\0")
  if (exitCode === 0 && home !== undefined && folder !== undefined && folder.length > 1) {
    return { home: home.slice(1), folder: folder.slice(1) }
  }
  const message = exitCode === 0 ? "nothing is brought to the top of a file system" : stderr.trim()
  return yield* new ShellError({ operation: "put", reason: new Refused({ message: `${target}: ${message}` }) })
})

/** An archive has no names that begin with a slash or lead upwards: seen from the top none has to. */
const atTop = (shell: Shell): Shell => {
  const there = (cwd: string | undefined): string => (cwd === undefined ? "/" : `/${cwd}`)
  return {
    ...shell,
    exec: (command) => shell.exec({ ...command, cwd: there(command.cwd) }),
    stream: (command) => shell.stream({ ...command, cwd: there(command.cwd) })
  }
}

/** Makes a folder there like the one here. What we sent once and is gone here goes there too; all else there stays. */
export const bring = Effect.fnUntraced(function* (
  machine: Shell,
  local: string,
  files: ProjectFiles.ProjectFiles,
  target: string
) {
  const { folder, home } = yield* placesOf(machine, target)
  const shell = atTop(machine)
  const manifest = manifestIn(home, folder)
  const survey = yield* Survey.take(shell, "upload", { manifest, project: folder }, [])
  const now = yield* CodeSync.sync(shell, {
    step: "code",
    local,
    files,
    folder,
    manifest,
    survey,
    also: [],
    emit: () => Effect.void
  })
  return difference(survey.manifest, now)
})
