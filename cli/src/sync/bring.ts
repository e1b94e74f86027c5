/**
 * Brings a folder to a machine; what is there already stays where it is.
 */
import type { Shell } from "@runctl/core/Shell"
import * as CodeSync from "@runctl/remote/CodeSync"
import type { Manifest } from "@runctl/remote/Manifest"
import type { ProjectFiles } from "@runctl/remote/ProjectFiles"
import * as Survey from "@runctl/remote/Survey"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"

/** What of a folder went to a machine, and what was there before. */
export interface Brought {
  readonly files: number
  readonly bytes: number
  readonly sentFiles: number
  readonly sentBytes: number
}

/** Where the machine remembers what we sent to a folder. */
const manifestFor = (target: string): string =>
  `.runctl/synced/${createHash("sha256").update(target).digest("hex").slice(0, 20)}.json`

const total = (files: Manifest["files"]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

/** How one state of a folder came from another. */
export const difference = (before: Manifest | undefined, now: Manifest): Brought => {
  const known = new Map(before?.files.map(({ path, sha256 }) => [path, sha256]))
  const sent = now.files.filter(({ path, sha256 }) => known.get(path) !== sha256)
  return { files: now.files.length, bytes: total(now.files), sentFiles: sent.length, sentBytes: total(sent) }
}

/** Makes a folder there like the one here. What we sent once and is gone here goes there too; all else there stays. */
export const bring = Effect.fnUntraced(function* (shell: Shell, local: string, files: ProjectFiles, target: string) {
  const manifest = manifestFor(target)
  const survey = yield* Survey.take(shell, "upload", { manifest, project: target }, [])
  const now = yield* CodeSync.sync(shell, {
    step: "code",
    local,
    files,
    folder: target,
    manifest,
    survey,
    also: [],
    emit: () => Effect.void
  })
  return difference(survey.manifest, now)
})
