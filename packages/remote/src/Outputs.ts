/**
 * What a job left: the files it made or changed.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { OutputFile, UnitId } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Digests from "./Digests.ts"
import * as Failure from "./Failure.ts"
import { parseJson } from "./JsonLines.ts"
import { quote } from "./internal/quote.ts"
import { runBytes, within } from "./internal/run.ts"
import { decode } from "./internal/utf8.ts"
import * as Layout from "./Layout.ts"
import * as Listing from "./Listing.ts"
import * as Manifest from "./Manifest.ts"
import { nonce } from "./Survey.ts"

/**
 * What is kept beside a unit for whoever looks later. Holds no value of a variable.
 *
 * @category models
 * @since 0.1.0
 */
export const Description = Schema.Struct({
  script: Schema.String,
  args: Schema.Array(Schema.String),
  environment: Schema.Array(Schema.String),
  secretNames: Schema.Array(Schema.String),
  checkpointDir: Schema.NullOr(Schema.String)
})
export type Description = typeof Description.Type

const decodeDescription = Schema.decodeUnknownOption(Description)

/** A folder on the machine and the files in it that count. @category models @since 0.1.0 */
export interface Found {
  readonly folder: string
  readonly files: ReadonlyArray<OutputFile>
  /** What was found and cannot be read. */
  readonly unreadable: ReadonlyArray<string>
}

const unreadable = (entries: ReadonlyArray<Listing.Entry>, files: ReadonlyArray<OutputFile>): ReadonlyArray<string> => {
  const read = new Set(files.map((file) => file.path))
  return entries.map((entry) => entry.path).filter((path) => !read.has(path))
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

/** A relative folder without `./`, empty parts and a last slash. @category conversions @since 0.1.0 */
export const normalFolder = (folder: string): string =>
  folder
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")

/**
 * The files a unit left: those under `RUNCTL_OUTPUT_DIR` when there are any, else the ones in its folder that we did not
 * send or that are not as we sent them, without dependency folders and checkpoints.
 *
 * @category accessors
 * @since 0.1.0
 */
export const find = Effect.fn("Outputs.find")(function* (
  shell: Shell,
  unit: UnitId
): Effect.fn.Return<Found, JobError> {
  const layout = Layout.of(unit)
  const mark = yield* nonce
  const section = (name: string, command: string): string => `printf '\\n%s\\n' '${mark}${name}'\n${command}`
  const script = [
    section("job", `cat ${quote(`${layout.state}/job.json`)} 2>/dev/null`),
    section("manifest", `cat ${quote(layout.manifest)} 2>/dev/null`),
    section("outputs", Listing.script(layout.outputs, mark, { filesOnly: true })),
    section("project", Listing.script(layout.project, mark, { filesOnly: true, prune: Listing.dependencyFolders })),
    section("end", "exit 0")
  ].join("\n")
  const answer = yield* runBytes(shell, "outputs", { script }).pipe(within("outputs", defaults.read))
  const text = decode(answer.stdout)
  const between = (from: string, to: string): string =>
    text.slice(text.indexOf(`${mark}${from}\n`) + mark.length + from.length + 1, text.indexOf(`\n${mark}${to}\n`))
  if (answer.exitCode !== 0 || !text.includes(`${mark}end`)) {
    return yield* Failure.refused("outputs", `the machine cannot list files: ${Failure.lastLines(answer.stderr, 3)}`)
  }

  const inOutputs = Listing.parse(between("outputs", "project"), mark)
  if (inOutputs.length > 0) {
    const files = yield* Digests.of(shell, "outputs", layout.outputs, inOutputs)
    return { folder: layout.outputs, files, unreadable: unreadable(inOutputs, files) }
  }
  const description = Option.getOrUndefined(decodeDescription(parseJson(between("job", "manifest"))))
  const checkpoints = normalFolder(description?.checkpointDir ?? "")
  const there = Listing.parse(between("project", "end"), mark).filter(
    (entry) => checkpoints === "" || !isBelow(entry.path, checkpoints)
  )
  const { made, doubtful } = Manifest.made(Manifest.parse(between("manifest", "outputs")), there)
  const sent = new Map(doubtful.map(({ entry, sha256 }) => [entry.path, sha256]))
  const candidates = [...made, ...doubtful.map(({ entry }) => entry)]
  const digests = yield* Digests.of(shell, "outputs", layout.project, candidates)
  return {
    folder: layout.project,
    files: digests.filter((file) => sent.get(file.path) !== file.sha256),
    unreadable: unreadable(candidates, digests)
  }
})
