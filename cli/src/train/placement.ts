/**
 * Where to train, from flags: on a machine that is there, or on one to be rented. Pure.
 */
import { parseGpu } from "@runctl/core/Accelerator"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type OfferQuery } from "@runctl/core/Offer"
import type { Placement } from "@runctl/runtime/Event"
import { usage } from "../errors/Failure.ts"
import { amount, gibibytes, positive, whole } from "../amounts.ts"

/** The flags that choose a machine to rent. */
export interface RentFlags {
  readonly provider?: string | undefined
  readonly gpu?: string | undefined
  readonly gpus?: string | undefined
  readonly "gpu-memory"?: string | undefined
  readonly cpu?: string | undefined
  readonly memory?: string | undefined
  readonly disk?: string | undefined
  readonly region?: string | undefined
  readonly zone?: string | undefined
  readonly label?: ReadonlyArray<string> | undefined
  readonly image?: string | undefined
  readonly spot?: boolean | undefined
  readonly "on-demand-fallback"?: boolean | undefined
  readonly "max-price"?: string | undefined
}

const gib = (value: number | undefined): GiB | undefined => (value === undefined ? undefined : GiB.make(value))

const present = <A extends object>(values: { readonly [K in keyof A]: A[K] | undefined }): Partial<A> => {
  const kept: Partial<A> = {}
  for (const key in values) if (values[key] !== undefined) kept[key] = values[key]
  return kept
}

/** Labels as they were given; an empty one is a mistake. */
const labelsOf = (labels: ReadonlyArray<string> | undefined): ReadonlyArray<string> | undefined => {
  if (labels?.some((label) => label.trim() === "") === true) throw usage("--label needs a name")
  return labels
}

/** The GPU that is named, and how many of it: `--gpu h100:8` is `--gpu h100 --gpus 8`. */
const gpusOf = ({
  gpu,
  gpus
}: RentFlags): { readonly gpu: string | undefined; readonly gpuCount: number | undefined } => {
  const gpuCount = whole("--gpus", gpus)
  const wish = gpu === undefined ? undefined : parseGpu(gpu)
  if (typeof wish === "string") throw usage(`--gpu: ${wish}`)
  if (gpuCount !== undefined && wish?.count !== undefined && wish.count !== gpuCount) {
    throw usage(`--gpu ${gpu} asks for ${wish.count} GPUs, and --gpus for ${gpuCount}`)
  }
  return { gpu: wish?.text, gpuCount: gpuCount ?? wish?.count }
}

/** A placement that rents what the flags ask for. */
export const rentOf = (
  flags: RentFlags,
  fallback: string,
  instanceType?: string
): Extract<Placement, { readonly _tag: "Rent" }> => {
  const price = amount("--max-price", flags["max-price"])
  const disk = gib(gibibytes("--disk", flags.disk))
  const orOnDemand = flags["on-demand-fallback"] === true
  if (orOnDemand && flags.spot !== true) throw usage("--on-demand-fallback says what else may do: it needs --spot")
  const market = flags.spot === true ? "spot" : "on-demand"
  const query: OfferQuery = present<OfferQuery>({
    instanceType,
    ...gpusOf(flags),
    gpuMemoryGiB: gib(gibibytes("--gpu-memory", flags["gpu-memory"])),
    vcpus: positive("--cpu", flags.cpu),
    memoryGiB: gib(gibibytes("--memory", flags.memory)),
    diskGiB: disk,
    region: flags.region,
    zone: flags.zone,
    labels: labelsOf(flags.label),
    market,
    maxUsdPerHour: price === undefined ? undefined : UsdPerHour.make(price)
  })
  return {
    _tag: "Rent",
    provider: flags.provider ?? fallback,
    query,
    market,
    ...(orOnDemand ? { orOnDemand } : {}),
    ...present({ diskGiB: disk, image: flags.image })
  }
}

/** Refuses flags that choose a machine beside the one that was chosen with `--on`. */
export const refuseRentFlags = (flags: RentFlags): void => {
  const given = choosing.filter((name) => flags[name] !== undefined && flags[name] !== false)
  if (given.length > 0) {
    throw usage(`--on names a machine, so ${given.map((name) => `--${name}`).join(", ")} cannot choose one`)
  }
}

const choosing = [
  "provider",
  "gpu",
  "gpus",
  "gpu-memory",
  "cpu",
  "memory",
  "disk",
  "region",
  "zone",
  "label",
  "image",
  "spot",
  "on-demand-fallback",
  "max-price"
] as const satisfies ReadonlyArray<keyof RentFlags>
