/**
 * Scripts with which a machine takes files so large that a cut in their middle must not cost their beginning.
 *
 * @since 0.1.0
 */
import * as Digests from "../Digests.ts"
import { stamp } from "./oneByOne.ts"
import { quote } from "./quote.ts"

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

/** Exit code for a machine on which nothing takes a certain number of bytes and no more. @category constants @since 0.1.0 */
export const oneAtATime = 93

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

const isSwift = ({ bytes, held }: Sending): boolean => bytes - held >= pythonBytes

/**
 * Takes files one behind another, each followed by a line with its digest, and says of each what became of it.
 *
 * @category scripts
 * @since 0.1.0
 */
export const ofMany = (files: ReadonlyArray<Sending>): string => {
  const keepers = `${keeping}${files.some(isSwift) ? keepingWithPython : ""}`
  const lines = files.map(
    (file, index) => `keep=${isSwift(file) ? "swiftly" : "plainly"} receive ${wordsOf(file, index)} ''`
  )
  return `${taking}${Digests.tool}${keepers}${receiving}${lines.join("\n")}\nexit 0`
}

/** Takes one file, which ends where standard input ends. @category scripts @since 0.1.0 */
export const ofOne = (file: Sending, sha256: string): string =>
  `take() { cat; }\n${Digests.tool}${keeping}${receiving}keep=plainly receive ${wordsOf(file, 0)} ${sha256}\nexit 0`
