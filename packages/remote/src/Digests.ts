/**
 * Digests of files on a machine, made there with the tools it has.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { OutputFile } from "@runctl/core/Job"
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Failure from "./Failure.ts"
import { quote } from "./internal/quote.ts"
import { runBytes, within } from "./internal/run.ts"
import { decode, encode } from "./internal/utf8.ts"
import type { Entry } from "./Listing.ts"
import * as Sha256 from "./Sha256.ts"

const python = `import hashlib,sys
def digest(f):
    h = hashlib.sha256()
    for b in iter(lambda: f.read(1048576), b""): h.update(b)
    return h.hexdigest()
if len(sys.argv) == 1: print(digest(sys.stdin.buffer))
for n in sys.argv[1:]:
    with open(n, "rb") as f: sys.stdout.buffer.write(digest(f).encode() + b"  " + n.encode("utf8", "surrogateescape") + b"\\n")`

/** `h` makes digests of its arguments, or of what it reads. @category scripts @since 0.1.0 */
export const tool = `if command -v sha256sum >/dev/null 2>&1; then h() { sha256sum "$@"; }
elif command -v shasum >/dev/null 2>&1; then h() { shasum -a 256 "$@"; }
elif command -v openssl >/dev/null 2>&1; then h() { openssl dgst -sha256 -r "$@"; }
elif command -v python3 >/dev/null 2>&1; then h() { python3 -c ${quote(python)} "$@"; }
else echo 'no sha256sum, shasum, openssl or python3' >&2; exit 97; fi
`

/** Names that some tool prints otherwise than they are. */
const isUnusual = (path: string): boolean => /[\n\r\\]/.test(path)

const perCommand = 200

/** The slowest disk that is waited for. */
const slowest = { bytesPerSecond: 2_000_000, filesPerSecond: 20 }

/** How long a machine may take for digests. */
const timeFor = (entries: ReadonlyArray<Entry>): Duration.Duration =>
  Duration.sum(
    defaults.read,
    Duration.seconds(
      entries.reduce((sum, { bytes }) => sum + bytes, 0) / slowest.bytesPerSecond +
        entries.length / slowest.filesPerSecond
    )
  )

const scriptFor = (folder: string, paths: ReadonlyArray<string>): string => {
  const usual = paths.filter((path) => !isUnusual(path))
  const lines: Array<string> = []
  for (let at = 0; at < usual.length; at += perCommand) {
    const names = usual.slice(at, at + perCommand).map((path) => quote(`./${path}`))
    lines.push(`h ${names.join(" ")}`)
  }
  paths.forEach((path, index) => {
    if (isUnusual(path)) lines.push(`printf '#${index} '; h <${quote(`./${path}`)}`)
  })
  return `${tool}cd ${quote(folder)} || exit 98\n${lines.join("\n")}\nexit 0\n`
}

/**
 * The files among `entries` with their digests; what is gone meanwhile is left out.
 *
 * @category accessors
 * @since 0.1.0
 */
export const of = (
  shell: Shell,
  operation: Failure.Operation,
  folder: string,
  entries: ReadonlyArray<Entry>
): Effect.Effect<ReadonlyArray<OutputFile>, JobError> =>
  Effect.gen(function* () {
    if (entries.length === 0) return []
    const paths = entries.map((entry) => entry.path)
    const answer = yield* runBytes(shell, operation, { script: "exec sh", stdin: scriptFor(folder, paths) }).pipe(
      within(operation, timeFor(entries))
    )
    if (answer.exitCode !== 0) {
      return yield* Failure.refused(
        operation,
        `the machine cannot make digests: ${Failure.lastLines(answer.stderr, 3)}`
      )
    }
    const digests = new Map<string, string>()
    for (const line of decode(answer.stdout).split("\n")) {
      const [, index, sha256, path] = /^(?:#(\d+) )?([0-9a-f]{64})(?: [ *]\.\/(.*))?/.exec(line) ?? []
      const name = index === undefined ? path : paths[Number(index)]
      if (sha256 !== undefined && name !== undefined) digests.set(name, sha256)
    }
    return entries.flatMap(({ path, bytes, mode, mtimeSeconds }) => {
      const sha256 = digests.get(path)
      return sha256 === undefined ? [] : [{ path, bytes, mode, sha256, mtimeSeconds }]
    })
  })

/** One digest for several files: of their names and digests, in the order of the names. @category digests @since 0.1.0 */
export const ofListing = (files: ReadonlyArray<OutputFile>): Effect.Effect<string> =>
  Sha256.ofBytes(
    encode(
      files
        .map((file) => `${file.sha256}  ${file.path}\n`)
        .toSorted()
        .join("")
    )
  )
