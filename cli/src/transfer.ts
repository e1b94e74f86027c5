/**
 * Copies between this computer and a machine.
 */
import * as Flags from "@oclif/core/flags"
import type { Copied, CopyOptions } from "@runctl/core/Job"
import type { ResourceId } from "@runctl/core/Resource"
import type { Using } from "@runctl/core/TrainingProvider"
import { Providers } from "@runctl/runtime/Providers"
import { Resources } from "@runctl/runtime/Resources"
import { UnknownResource } from "@runctl/runtime/RuntimeError"
import * as Effect from "effect/Effect"
import { usage } from "./errors/Failure.ts"
import { dryRun, toggle } from "./flags.ts"
import type { TransferOutput } from "./output/transfer.ts"
import { bytes as size, count } from "./render/units.ts"

/** Does something with the machine that an id stands for. */
export const withMachine = <A, E>(wanted: string, use: (using: Using, id: ResourceId) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const resources = yield* Resources
    const providers = yield* Providers
    const view = yield* resources.get(wanted)
    if (view.resource === undefined) return yield* new UnknownResource({ id: wanted, known: [] })
    const { using } = yield* providers.get(view.id.split("/")[0] ?? "")
    return { id: view.resource.id, answer: yield* use(using, view.resource.id) }
  })

/** What was copied, as it is shown. */
export const viewTransfer = (resource: string, copied: Copied, dryRun: boolean): TransferOutput => ({
  resource,
  dryRun,
  files: copied.files.map(({ bytes, path, sha256 }) => ({ path, bytes, sha256: sha256 === "" ? null : sha256 })),
  bytes: copied.files.reduce((sum, { bytes }) => sum + bytes, 0),
  unchanged: copied.unchanged,
  skipped: copied.skipped
})

/** `12 files, 3.1 MB → box:data (40 unchanged)` */
export const transferText = (output: TransferOutput, from: string, to: string): string =>
  [
    `${output.dryRun ? "would copy " : ""}${count(output.files.length, "file")}, ${size(output.bytes)} ${from}→ ${to}` +
      (output.unchanged > 0 ? ` (${output.unchanged} unchanged)` : ""),
    ...output.skipped.map((name) => `left out: ${name}`)
  ].join("\n")

/** Flags of commands that copy. */
export const copyFlags = {
  exclude: Flags.string({
    summary: "leave out what matches, as in a .gitignore",
    helpValue: "PATTERN",
    multiple: true,
    multipleNonGreedy: true
  }),
  checksum: toggle({ summary: "compare contents, not size and time" }),
  bwlimit: Flags.string({ summary: "most to pass in a second: 500K, 10M, 1G (bytes)", helpValue: "RATE" }),
  "dry-run": dryRun
}

const factors: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

/** Bytes per second behind `10M`, `1.5G` or `500K`. */
export const rateOf = (text: string): number => {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMG]?)(?:i?B)?(?:\/s)?$/i.exec(text.trim()) ?? []
  const rate = Number(amount) * (factors[unit.toUpperCase()] ?? Number.NaN)
  if (!Number.isFinite(rate) || rate < 1) throw usage(`--bwlimit ${text}: a rate such as 500K, 10M or 1G is wanted`)
  return rate
}

/** What the flags ask for, with progress on a terminal. */
export const copyOptions = (
  flags: {
    readonly exclude: ReadonlyArray<string> | undefined
    readonly checksum: boolean
    readonly bwlimit: string | undefined
    readonly "dry-run": boolean
  },
  tell: CopyOptions["onProgress"]
): CopyOptions => ({
  checksum: flags.checksum,
  isDryRun: flags["dry-run"],
  ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
  ...(flags.bwlimit === undefined ? {} : { bytesPerSecond: rateOf(flags.bwlimit) }),
  ...(tell === undefined ? {} : { onProgress: tell })
})
