/**
 * What lies where an upload goes.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Failure from "../Failure.ts"
import * as Listing from "../Listing.ts"
import * as Manifest from "../Manifest.ts"
import { nonce } from "../Survey.ts"
import { quote } from "./quote.ts"
import { runBytes, within } from "./run.ts"
import { decode } from "./utf8.ts"

/** Where files go, and where what we sent there is remembered. @category models @since 0.1.0 */
export interface Target {
  readonly folder: string
  readonly manifest: string
}

/** What a machine has at a target. @category models @since 0.1.0 */
export interface There {
  readonly now: number
  readonly manifest: Manifest.Manifest | undefined
  readonly entries: ReadonlyArray<Listing.Entry>
}

/** Asks a machine what it has at a target: all of it, or one file. @category accessors @since 0.1.0 */
export const lookAt = Effect.fnUntraced(function* (
  shell: Shell,
  { folder, manifest }: Target,
  only: string | undefined
): Effect.fn.Return<There, JobError> {
  const mark = yield* nonce
  const script = `date +%s
cat ${quote(manifest)} 2>/dev/null
echo; echo '${mark}entries'
${Listing.script(folder, mark, only === undefined ? {} : { only })}exit 0`
  const answer = yield* runBytes(shell, "upload", { script: "exec sh", stdin: script }).pipe(
    within("upload", defaults.read)
  )
  const text = decode(answer.stdout)
  const first = text.indexOf("\n")
  const at = text.lastIndexOf(`\n${mark}entries\n`)
  const now = Number.parseInt(text, 10)
  if (at < 0 || !Number.isSafeInteger(now)) {
    return yield* Failure.refused(
      "upload",
      `the machine does not answer as it should: ${Failure.lastLines(answer.stderr, 3)}`
    )
  }
  return {
    now,
    manifest: Manifest.parse(text.slice(first + 1, at)),
    entries: Listing.parse(text.slice(at + mark.length + 9), mark)
  }
})
