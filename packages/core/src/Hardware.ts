/**
 * What a computer with a shell has.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { GiB, type Offer } from "./Offer.ts"
import type { Shell, ShellError } from "./Shell.ts"

/** Prints what this computer has, a word and a number in each line; `$1` is the folder whose disk counts. */
const hardware = String.raw`
echo "vcpus $(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"
if [ -r /proc/meminfo ]; then
  awk '/^MemTotal:/ { print "memoryKiB", $2 }' /proc/meminfo
else
  echo "memoryKiB $(($(sysctl -n hw.memsize) / 1024))"
fi
df -Pk "$1" | awk 'NR == 2 { print "diskKiB", $4 }'
`

/** NVIDIA GPUs: name and memory in MiB, a GPU in each line. */
const nvidia = "nvidia-smi --query-gpu=name,memory.total --format=csv,noheader,nounits"

const Amount = Schema.FiniteFromString.check(Schema.isGreaterThanOrEqualTo(0))

const Printed = Schema.Struct({ vcpus: Amount, memoryKiB: Amount, diskKiB: Amount })

interface Gpu {
  readonly name: string
  readonly memoryGiB: number | undefined
}

/** The part of an offer that a computer says of itself. @category models @since 0.1.0 */
export type Hardware = Pick<Offer, "vcpus" | "memoryGiB" | "diskGiB">

/** The part of an offer about its GPUs. @category models @since 0.1.0 */
export type Gpus = Pick<Offer, "gpu" | "gpuCount" | "gpuMemoryGiB">

const tenths = (amount: number): GiB => GiB.make(Math.floor(amount * 10) / 10)

/**
 * The name clouds rent a GPU under: `NVIDIA A100-SXM4-80GB` is an `A100`, `Tesla T4` a `T4`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const gpuName = (name: string): string =>
  name
    .replaceAll(/\b(NVIDIA|GeForce|Tesla|Quadro|Graphics Device)\b/gi, "")
    .replace(/[\s-]+(SXM\d?|PCIe|NVL|HBM\d?e?|\d+\s?GB)\b.*$/i, "")
    .trim() || name

/** Parses what `nvidia-smi` prints; a line it does not understand is no GPU. */
const gpusIn = (text: string): ReadonlyArray<Gpu> =>
  text.split("\n").flatMap((line) => {
    const [, name, memory] = /^(.+),\s*([^,]+)$/.exec(line.trim()) ?? []
    if (name === undefined) return []
    const mebibytes = Number(memory)
    return [{ name: gpuName(name), memoryGiB: Number.isFinite(mebibytes) ? mebibytes / 1024 : undefined }]
  })

/** Several GPUs are one offer: with a name when all have the same, with the memory that each has at least. */
const together = (all: ReadonlyArray<Gpu>): Gpus => {
  const [first, ...rest] = all
  const memory = all.map(({ memoryGiB }) => memoryGiB ?? Number.NaN)
  const least = Math.min(...memory)
  return {
    gpuCount: all.length,
    ...(first !== undefined && rest.every(({ name }) => name === first.name) ? { gpu: first.name } : {}),
    ...(first !== undefined && Number.isFinite(least) ? { gpuMemoryGiB: tenths(least) } : {})
  }
}

/**
 * The GPUs of a computer as its driver tells, which may be missing, broken or stuck: none of these is an error.
 *
 * @category queries
 * @since 0.1.0
 */
export const detectGpus = (shell: Shell): Effect.Effect<Gpus> =>
  shell.exec({ script: nvidia }).pipe(
    Effect.timeout("10 seconds"),
    Effect.map(({ exitCode, stdout }) => together(exitCode === 0 ? gpusIn(stdout) : [])),
    Effect.orElseSucceed(() => together([]))
  )

/**
 * Processors, memory, and what is free of the disk a folder is on.
 *
 * @category queries
 * @since 0.1.0
 */
export const detect = (shell: Shell, folder: string): Effect.Effect<Hardware, ShellError | Schema.SchemaError> =>
  Effect.gen(function* () {
    const { stdout } = yield* shell.exec({ script: hardware, args: [folder] })
    const words = Object.fromEntries(stdout.split("\n").map((line) => line.trim().split(/\s+/)))
    const has = yield* Schema.decodeUnknownEffect(Printed)(words)
    return {
      vcpus: has.vcpus,
      memoryGiB: tenths(has.memoryKiB / 1024 ** 2),
      diskGiB: tenths(has.diskKiB / 1024 ** 2)
    }
  })
