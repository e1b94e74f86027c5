/**
 * Sends files so large that a cut in their middle must not cost their beginning.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import type { Shell } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Stream from "effect/Stream"
import * as Digests from "../Digests.ts"
import * as Failure from "../Failure.ts"
import * as Sha256 from "../Sha256.ts"
import { withFallibleInput } from "./fallibleInput.ts"
import { stamp } from "./oneByOne.ts"
import { quote } from "./quote.ts"
import { run } from "./run.ts"
import { throttled } from "./throttle.ts"
import { encode } from "./utf8.ts"

/** From here on a file goes by itself. */
const largeBytes = 8 * 1024 * 1024

/** How much is read at once. */
const pieceBytes = 512 * 1024

/** Whether a file goes by itself. @category predicates @since 0.1.0 */
export const isLarge = ({ bytes }: { readonly bytes: number }): boolean => bytes > largeBytes

/** A file here, and what it is to be there. `held` is how much of it an earlier try has brought. @category models @since 0.1.0 */
export interface Sending {
  readonly local: string
  readonly target: string
  readonly bytes: number
  readonly mode: number
  readonly mtimeSeconds: number
  readonly held: number
}

/** Where a file lies until it is whole. @category accessors @since 0.1.0 */
export const partOf = (target: string): string => {
  const slash = target.lastIndexOf("/") + 1
  return `${target.slice(0, slash)}.${target.slice(slash)}.runctl-part`
}

/** A machine on which nothing takes a certain number of bytes and no more. */
const oneAtATime = 93

/**
 * `take N` passes on so many bytes of standard input and leaves the rest; where no tool does, files come one at a time,
 * with their digests as words.
 */
const taking = `if [ "$(printf abcd | { dd bs=65536 count=2 iflag=fullblock,count_bytes >/dev/null 2>&1; cat; })" = cd ]; then
  take() { dd bs=65536 count="$1" iflag=fullblock,count_bytes 2>/dev/null; }
elif [ "$(printf abcd | { head -c 2 >/dev/null; cat; })" = cd ]; then take() { head -c "$1"; }
else exit ${oneAtATime}; fi
`

/** Takes so many bytes, adds them to a file and prints the digest of the whole. What cannot be written is taken all the same. */
const python = `import hashlib, os, sys
part, left = sys.argv[1], int(sys.argv[2])
digest = hashlib.sha256()
with open(part, "rb") as before:
    for block in iter(lambda: before.read(1 << 20), b""): digest.update(block)
out = os.open(part, os.O_WRONLY | os.O_APPEND)
room = memoryview(bytearray(1 << 18))
is_full = False
while left > 0:
    count = os.readv(0, [room[:min(left, len(room))]])
    if count == 0: break
    left -= count
    digest.update(room[:count])
    written = 0
    while written < count and not is_full:
        try: written += os.write(out, room[written:count])
        except OSError as error:
            is_full = True
            print(error, file=sys.stderr)
print(digest.hexdigest())`

/** From here on Python's start is worth it: it does alone what three programs do, and copies half as much. */
const pythonBytes = 64 * 1024 * 1024

/**
 * `plainly PART HELD LEFT` and `swiftly PART HELD LEFT` add so many bytes of standard input to what is held, and print the
 * digest of the whole.
 */
const keeping = `plainly() { { [ "$2" = 0 ] || cat -- "$1"; take "$3" | tee -a -- "$1"; } | h; }
swiftly() { plainly "$@"; }
`

/** Where Python cannot do it, it is done plainly. */
const keepingWithPython = `py=${quote(python)}
if python3 -ISc 'import hashlib, os; os.readv' >/dev/null 2>&1; then swiftly() { python3 -ISc "$py" "$1" "$3"; }; fi
`

/**
 * `receive INDEX PART HELD LEFT TARGET BYTES MODE TIME [DIGEST]` takes the LEFT bytes that are missing of a file, and its
 * digest in the line behind them, puts the file in its place when it is right, and tells how that ended. Sizes are words
 * here: some shells count to 2^31.
 */
const receiving = `umask 077
wrong() { printf '%s %s\\n' "$i" "$1"; rm -f -- "$p"; }
receive() {
  i=$1 p=$2
  case $p in */*) mkdir -p -- "\${p%/*}" || exit ;; esac
  [ "$3" != 0 ] || : >"$p" || exit
  d=$($keep "$p" "$3" "$4")
  e=$9; [ -n "$e" ] || IFS= read -r e || exit
  n=$(wc -c <"$p") && n=\${n##* }
  if [ "$n" != "$6" ]; then wrong "size $n"
  elif [ "\${d%% *}" != "$e" ]; then wrong digest
  elif chmod "$7" "$p" && TZ=UTC0 touch -t "$8" -- "$p" && mv -f -- "$p" "$5"; then printf '%s placed\\n' "$i"
  else wrong place; fi
}
`

/** What a file is to the script. */
const wordsOf = ({ bytes, held, mode, mtimeSeconds, target }: Sending, index: number): string =>
  [index, partOf(target), held, bytes - held, target, bytes, mode.toString(8), stamp(mtimeSeconds)]
    .map((word) => quote(String(word)))
    .join(" ")

/** What sending needs. @category models @since 0.1.0 */
export interface Way {
  readonly shell: Shell
  readonly fs: FileSystem.FileSystem
  readonly bytesPerSecond: number | undefined
  readonly moved: (bytes: number) => Effect.Effect<void>
}

/** A file's bytes from an offset on, hashed with those before it; then `finish` gives the digest. */
const contentOf = Effect.fnUntraced(function* (
  { fs, moved }: Way,
  { bytes, held, local }: Sending
): Effect.fn.Return<
  { readonly rest: Stream.Stream<Uint8Array, JobError>; readonly finish: Effect.Effect<string, JobError> },
  JobError
> {
  const hasher = (yield* Sha256.Sha256).hasher()
  let read = 0
  const piece = (offset: number, bytesToRead: number) =>
    fs.stream(local, { offset, bytesToRead, chunkSize: pieceBytes }).pipe(
      Stream.mapError(Failure.fromPlatform("upload", local)),
      Stream.tap((some) => {
        hasher.update(some)
        read += some.length
        return offset === held ? moved(some.length) : Effect.void
      })
    )
  if (held > 0) yield* Stream.runDrain(piece(0, held))
  return {
    rest: held < bytes ? piece(held, bytes - held) : Stream.empty,
    finish: Effect.suspend(() =>
      read === bytes
        ? Effect.succeed(hasher.finish())
        : Effect.fail(Failure.local("upload", local, `${local} changed while it was sent`))
    )
  }
})

const words: Readonly<Record<string, string>> = {
  digest: "its digest is another one there",
  place: "it cannot be put in its place"
}

/** What became of the files, from the lines of the script; fails for the first that is not in its place. */
const judged = (
  files: ReadonlyArray<Sending>,
  said: string,
  stderr: string
): Effect.Effect<ReadonlySet<Sending>, JobError> => {
  const placed = new Set<Sending>()
  for (const line of said.split("\n")) {
    const [index = "", fate, size] = line.split(" ")
    const file = files[Number(index || "NaN")]
    if (file === undefined || fate === undefined) continue
    if (fate === "placed") placed.add(file)
    else if (fate === "size") {
      const why = `only ${size} of ${file.bytes} bytes could be written\n${Failure.lastLines(stderr, 2)}`
      return Effect.fail(Failure.refused("upload", `the machine could not take ${file.target}: ${why.trim()}`))
    } else if (file.held === 0) {
      const why = `${file.target} did not arrive as it was sent: ${words[fate] ?? fate}`
      return Effect.fail(Failure.mismatch("upload", file.target, why))
    }
  }
  const lost = files.find((file) => file.held === 0 && !placed.has(file))
  return lost === undefined
    ? Effect.succeed(placed)
    : Effect.fail(Failure.mismatch("upload", lost.target, `${lost.target} did not arrive: it is not there`))
}

/**
 * Sends some files in one command, each beside its place, going on behind what an earlier try has brought, and put there
 * once its digest is right. Answers the digests of those that are in their place; the others are to be sent again from
 * their beginning: what an earlier try left may have been of another file.
 *
 * @category combinators
 * @since 0.1.0
 */
export const send = Effect.fnUntraced(function* (
  way: Way,
  files: ReadonlyArray<Sending>
): Effect.fn.Return<ReadonlyMap<Sending, string>, JobError> {
  const digests = new Map<Sending, string>()
  const contents = Stream.fromIterable(files).pipe(
    Stream.flatMap((file) =>
      Stream.unwrap(
        Effect.map(contentOf(way, file), ({ finish, rest }) =>
          Stream.concat(
            throttled(way.bytesPerSecond)(rest),
            Stream.fromEffect(
              Effect.map(finish, (sha256) => {
                digests.set(file, sha256)
                return encode(`${sha256}\n`)
              })
            )
          )
        )
      )
    )
  )
  const isSwift = ({ bytes, held }: Sending): boolean => bytes - held >= pythonBytes
  const lines = files.map(
    (file, index) => `keep=${isSwift(file) ? "swiftly" : "plainly"} receive ${wordsOf(file, index)} ''`
  )
  const keepers = `${keeping}${files.some(isSwift) ? keepingWithPython : ""}`
  const answer = yield* withFallibleInput(contents, (stdin) =>
    run(way.shell, "upload", {
      script: `${taking}${Digests.tool}${keepers}${receiving}${lines.join("\n")}\nexit 0`,
      stdin
    })
  )
  if (answer.exitCode === oneAtATime) return yield* oneByOne(way, files)
  if (answer.exitCode !== 0) return yield* Failure.command("upload", "the machine cannot take the files", answer)
  const placed = yield* judged(files, answer.stdout, answer.stderr)
  return new Map([...digests].filter(([file]) => placed.has(file)))
})

/** Where the end of a file cannot be told from what comes behind it: a command for each, which knows its digest. */
const oneByOne = Effect.fnUntraced(function* (
  way: Way,
  files: ReadonlyArray<Sending>
): Effect.fn.Return<ReadonlyMap<Sending, string>, JobError> {
  const digests = new Map<Sending, string>()
  for (const file of files) {
    const whole = yield* contentOf({ ...way, moved: () => Effect.void }, { ...file, held: 0 })
    yield* Stream.runDrain(whole.rest)
    const sha256 = yield* whole.finish
    const { finish, rest } = yield* contentOf(way, file)
    const content = Stream.concat(throttled(way.bytesPerSecond)(rest), Stream.drain(Stream.fromEffect(finish)))
    const script = `take() { cat; }\n${Digests.tool}${keeping}${receiving}keep=plainly receive ${wordsOf(file, 0)} ${sha256}\nexit 0`
    const answer = yield* withFallibleInput(content, (stdin) => run(way.shell, "upload", { script, stdin }))
    if (answer.exitCode !== 0) return yield* Failure.command("upload", "the machine cannot take the file", answer)
    if ((yield* judged([file], answer.stdout, answer.stderr)).size > 0) digests.set(file, sha256)
  }
  return digests
})
