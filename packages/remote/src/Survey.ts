/**
 * One look at a machine before a job is brought to it.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import { defaults } from "@runctl/core/Defaults"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Failure from "./Failure.ts"
import { runBytes, within } from "./internal/run.ts"
import { quote } from "./internal/quote.ts"
import { decode } from "./internal/utf8.ts"
import { type UnitLayout, root } from "./Layout.ts"
import * as Listing from "./Listing.ts"
import * as Manifest from "./Manifest.ts"

/**
 * What a machine has before a job is brought to it.
 *
 * **Units**  now: whole seconds since 1970-01-01 UTC by the machine's clock
 *
 * @category models
 * @since 0.1.0
 */
export interface Survey {
  readonly now: number
  readonly tools: ReadonlySet<string>
  /** Which of the paths that were asked for exist. */
  readonly present: ReadonlySet<string>
  readonly manifest: Manifest.Manifest | undefined
  readonly entries: ReadonlyArray<Listing.Entry>
  /** What the job runner says of the units that share the folder and are not known to have ended. */
  readonly units: ReadonlyArray<string>
}

const tools = ["bash", "uv", "python3", "node", "npm", "curl", "wget", "aws", "zstd"]

/** A word that no file name on the machine contains. @category constructors @since 0.1.0 */
export const nonce: Effect.Effect<string> = Effect.map(
  Effect.all([Random.nextInt, Random.nextInt, Random.nextInt]),
  (numbers) => `~${numbers.map((number) => Math.abs(number).toString(36)).join("")}~`
)

/** Asks whichever runner is there about the units prepared in a folder. */
const sharers = (work: string): string => `for p in ${quote(work)}/prepared-*.sh; do
  u=\${p##*/prepared-} u=\${u%.sh}
  [ -d ${root}/units/"$u" ] && [ ! -e ${root}/units/"$u"/ended ] || continue
  for r in ${root}/runner-*.sh; do :; done
  printf 'unit '; sh "$r" status "$u"
done`

/**
 * Asks a machine, in one command, what it has: tools, which of some paths exist, what was sent to a folder and what lies
 * there now.
 *
 * @category accessors
 * @since 0.1.0
 */
export const take = Effect.fn("Survey.take")(function* (
  shell: Shell,
  operation: Failure.Operation,
  folder: Pick<UnitLayout, "manifest" | "project"> & { readonly work?: string },
  paths: ReadonlyArray<string>
): Effect.fn.Return<Survey, JobError> {
  const mark = yield* nonce
  const script = [
    "date +%s",
    `for t in ${tools.join(" ")}; do command -v "$t" >/dev/null 2>&1 && echo "tool $t"; done`,
    `for p in ${paths.map(quote).join(" ")}; do [ -e "$p" ] && echo "path $p"; done`,
    folder.work === undefined ? "" : sharers(folder.work),
    `echo '${mark}manifest'`,
    `cat ${quote(folder.manifest)} 2>/dev/null`,
    `echo; echo '${mark}entries'`,
    Listing.script(folder.project, mark),
    "exit 0"
  ].join("\n")
  const answer = yield* runBytes(shell, operation, { script }).pipe(within(operation, defaults.read))
  const [head = "", rest = ""] = decode(answer.stdout).split(`${mark}manifest\n`)
  const at = rest.lastIndexOf(`\n${mark}entries\n`)
  const now = Number.parseInt(head, 10)
  if (answer.exitCode !== 0 || at < 0 || !Number.isSafeInteger(now)) {
    return yield* Failure.refused(
      operation,
      `the machine's shell does not answer as \`sh\` should: ${Failure.lastLines(answer.stderr, 3)}`
    )
  }
  const said = (kind: string): ReadonlyArray<string> =>
    head.split("\n").flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []))
  return {
    now,
    tools: new Set(said("tool")),
    present: new Set(said("path")),
    manifest: Manifest.parse(rest.slice(0, at)),
    entries: Listing.parse(rest.slice(at + mark.length + 9), mark),
    units: said("unit")
  }
})
