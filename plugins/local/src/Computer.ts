/**
 * What this computer has, as offers.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import type { Shell, ShellError } from "@runctl/core/Shell"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { hardware, nvidia } from "./internal/scripts.ts"

/** The only region there is. @category constants @since 0.1.0 */
export const region = "here"

/** It is ours already. @category constants @since 0.1.0 */
export const price: UsdPerHour = UsdPerHour.make(0)

const Amount = Schema.FiniteFromString.check(Schema.isGreaterThanOrEqualTo(0))

const Hardware = Schema.Struct({ vcpus: Amount, memoryKiB: Amount, diskKiB: Amount })

interface Gpu {
  readonly name: string
  readonly memoryGiB: number | undefined
}

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

/** Asks the driver, which may be missing, broken or stuck: none of these is an error. */
const gpus = (shell: Shell): Effect.Effect<ReadonlyArray<Gpu>> =>
  shell.exec({ script: nvidia }).pipe(
    Effect.timeout("10 seconds"),
    Effect.map(({ exitCode, stdout }) => (exitCode === 0 ? gpusIn(stdout) : [])),
    Effect.orElseSucceed(() => [])
  )

/** Several GPUs are one offer: with a name when all have the same, with the memory that each has at least. */
const together = (all: ReadonlyArray<Gpu>): Pick<Offer, "gpu" | "gpuCount" | "gpuMemoryGiB"> => {
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
 * The shapes of machine this computer can be: `cpu`, and `gpu` where there are NVIDIA GPUs.
 *
 * **Details**  every machine shares the whole computer: what is offered is what there is, not what is reserved.
 *
 * @category accessors
 * @since 0.1.0
 */
export const offers = (
  shell: Shell,
  provider: string,
  folder: string
): Effect.Effect<ReadonlyArray<Offer>, ShellError | Schema.SchemaError> =>
  Effect.gen(function* () {
    const { stdout } = yield* shell.exec({ script: hardware, args: [folder] })
    const words = Object.fromEntries(stdout.split("\n").map((line) => line.trim().split(/\s+/)))
    const has = yield* Schema.decodeUnknownEffect(Hardware)(words)
    const cpu: Offer = {
      provider,
      region,
      instanceType: "cpu",
      gpuCount: 0,
      vcpus: has.vcpus,
      memoryGiB: tenths(has.memoryKiB / 1024 ** 2),
      diskGiB: tenths(has.diskKiB / 1024 ** 2),
      onDemandUsdPerHour: price,
      available: true,
      source: "this computer",
      asOf: yield* DateTime.now
    }
    const found = yield* gpus(shell)
    return found.length === 0 ? [cpu] : [cpu, { ...cpu, instanceType: "gpu", ...together(found) }]
  })
