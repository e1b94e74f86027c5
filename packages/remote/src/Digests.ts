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
import { portions } from "./internal/portions.ts"
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

/**
 * `h` makes digests of its arguments, or of what it reads. OpenSSL comes first: it uses what the processor has for it, and
 * is several times as fast.
 *
 * @category scripts
 * @since 0.1.0
 */
export const tool = `if command -v openssl >/dev/null 2>&1 && : | openssl dgst -sha256 -r >/dev/null 2>&1; then h() { openssl dgst -sha256 -r "$@"; }
elif command -v sha256sum >/dev/null 2>&1; then h() { sha256sum "$@"; }
elif command -v shasum >/dev/null 2>&1; then h() { shasum -a 256 "$@"; }
elif command -v python3 >/dev/null 2>&1; then h() { python3 -c ${quote(python)} "$@"; }
else echo 'no openssl, sha256sum, shasum or python3' >&2; exit 97; fi
`

/** Names that some tool prints otherwise than they are. */
const isUnusual = (path: string): boolean => /[\n\r\\]/.test(path)

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

type Named = Pick<Entry, "path" | "bytes">

/**
 * Lines for `sh` that print digests of some files in the folder where they run, each with its name, or with its index
 * where some tool would print the name otherwise than it is.
 *
 * @category scripts
 * @since 0.1.0
 */
export const linesFor = (files: ReadonlyArray<Named>, indexOf: (path: string) => number): string => {
  const usual = files.filter(({ path }) => !isUnusual(path))
  const lines = files
    .filter(({ path }) => isUnusual(path))
    .map(({ path }) => `printf '#${indexOf(path)} '; h <${quote(`./${path}`)}`)
  if (usual.length > 0) lines.push(`h ${usual.map(({ path }) => quote(`./${path}`)).join(" ")}`)
  return lines.join("\n")
}

/**
 * Hears digests in what a machine says, in any pieces. `push` answers what else it said; `taken` gives what was heard since
 * it was called the last time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const listen = (files: ReadonlyArray<Named>) => {
  let held = ""
  let heard: Array<readonly [path: string, sha256: string]> = []
  return {
    push: (text: string): string => {
      const lines = (held + text).split("\n")
      held = lines.pop() ?? ""
      const rest = lines.filter((line) => {
        const [, index, sha256, path] = /^(?:#(\d+) )?([0-9a-f]{64})(?: [ *]\.\/(.*))?/.exec(line) ?? []
        const name = index === undefined ? path : files[Number(index)]?.path
        if (sha256 === undefined || name === undefined) return true
        heard.push([name, sha256])
        return false
      })
      if (held.length > longestLine) held = ""
      return rest.length === 0 ? "" : `${rest.join("\n")}\n`
    },
    taken: (): ReadonlyArray<readonly [path: string, sha256: string]> => {
      const taken = heard
      heard = []
      return taken
    }
  } as const
}

/** More than a name takes, on any system. */
const longestLine = 16_384

/**
 * A script for `sh` that prints the digests of some files in a folder, and ends. They may be a share of `all` that are listened
 * for.
 *
 * @category scripts
 * @since 0.1.0
 */
export const scriptFor = (folder: string, files: ReadonlyArray<Named>, all = files): string => {
  const indices = new Map(all.map(({ path }, index) => [path, index]))
  const lines = portions(files).map((some) => linesFor(some, (path) => indices.get(path) ?? -1))
  return `${tool}cd ${quote(folder)} || exit 98\n${lines.join("\n")}\nexit 0\n`
}

/** The digests that `scriptFor` printed. @category parsing @since 0.1.0 */
export const parse = (files: ReadonlyArray<Named>, output: string): ReadonlyMap<string, string> => {
  const listener = listen(files)
  listener.push(`${output}\n`)
  return new Map(listener.taken())
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
    const script = scriptFor(folder, entries)
    const answer = yield* runBytes(shell, operation, { script: "exec sh", stdin: script }).pipe(
      within(operation, timeFor(entries))
    )
    if (answer.exitCode !== 0) return yield* cannot(operation, answer.stderr)
    const digests = parse(entries, decode(answer.stdout))
    return entries.flatMap(({ path, bytes, mode, mtimeSeconds }) => {
      const sha256 = digests.get(path)
      return sha256 === undefined ? [] : [{ path, bytes, mode, sha256, mtimeSeconds }]
    })
  })

/** A machine that makes no digests. @category errors @since 0.1.0 */
export const cannot = (operation: Failure.Operation, stderr: string): JobError =>
  Failure.refused(operation, `the machine cannot make digests: ${Failure.lastLines(stderr, 3)}`)

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
