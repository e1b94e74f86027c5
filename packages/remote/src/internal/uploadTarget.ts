/**
 * What lies where an upload goes.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Compression from "../Compression.ts"
import * as Failure from "../Failure.ts"
import * as Layout from "../Layout.ts"
import * as Listing from "../Listing.ts"
import * as Manifest from "../Manifest.ts"
import * as Sha256 from "../Sha256.ts"
import { nonce } from "../Survey.ts"
import * as places from "./places.ts"
import { quote } from "./quote.ts"
import { runBytes, within } from "./run.ts"
import { decode, encode } from "./utf8.ts"

/** Where files go. `makes` says that a folder with an unusual name is made. @category models @since 0.1.0 */
export interface Target {
  readonly folder: string
  readonly makes: boolean
  /** These files alone. */
  readonly only: ReadonlyArray<string> | undefined
}

/**
 * What a machine has at a target. `manifest` is where what we sent there is remembered.
 *
 * @category models
 * @since 0.1.0
 */
export interface There extends Omit<places.Place, "own"> {
  readonly now: number
  readonly hasZstd: boolean
  readonly manifest: string
  readonly known: Manifest.Manifest | undefined
  readonly entries: ReadonlyArray<Listing.Entry>
}

/** Asks a machine what it has at a target, in one command. @category accessors @since 0.1.0 */
export const lookAt = Effect.fnUntraced(function* (
  machine: Shell,
  { folder: asked, makes, only }: Target
): Effect.fn.Return<There, JobError> {
  const mark = yield* nonce
  const remembered = Layout.uploads(yield* Sha256.ofBytes(encode(asked)))
  const script = `${places.locate(asked, makes)}printf '%s${mark}%s${mark}' "$h" "$t"
date +%s
${Compression.probe}
cat "$h"/${quote(remembered)} 2>/dev/null
echo; echo '${mark}entries'
if [ -d "$t" ]; then cd "$t" && ${Listing.here(mark, only === undefined ? {} : { only })}fi
exit 0`
  const answer = yield* runBytes(machine, "upload", { script: "exec sh", stdin: script }).pipe(
    within("upload", defaults.read)
  )
  const said = Failure.lastLines(answer.stderr, 3)
  if (answer.exitCode !== 0) return yield* Failure.refused("upload", `${asked}: ${said}`)
  const [home = "", full = "", ...rest] = decode(answer.stdout).split(mark)
  const text = rest.join(mark)
  const [, can = ""] = text.split("\n", 2)
  const first = text.indexOf("\n", text.indexOf("\n") + 1)
  const at = text.lastIndexOf(`\n${mark}entries\n`)
  const now = Number.parseInt(text, 10)
  if (at < 0 || !Number.isSafeInteger(now)) {
    return yield* Failure.refused("upload", `the machine does not answer as it should: ${said}`)
  }
  const { folder, own, shell } = places.placeOf(machine, asked, home, full)
  return {
    shell,
    folder,
    now,
    hasZstd: can === "zstd",
    manifest: own(remembered),
    known: Manifest.parse(text.slice(first + 1, at)),
    entries: Listing.parse(text.slice(at + mark.length + 9), mark)
  }
})
