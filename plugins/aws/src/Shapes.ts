/**
 * Instance types as shapes of machines.
 *
 * @since 0.1.0
 */
import { GiB, type Offer } from "@runctl/core/Offer"
import * as Schema from "effect/Schema"
import type { InstanceType } from "./Answers.ts"

const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * What is kept of an instance type.
 *
 * **Units**  memory: GiB, a GPU's of one GPU
 *
 * @category models
 * @since 0.1.0
 */
export const Shape = Schema.Struct({
  type: Schema.NonEmptyString,
  vcpus: Amount,
  memoryGiB: Amount,
  gpu: Schema.optionalKey(Schema.NonEmptyString),
  gpuMaker: Schema.optionalKey(Schema.String),
  gpuCount: Schema.Int,
  gpuMemoryGiB: Schema.optionalKey(Amount),
  architectures: Schema.Array(Schema.String),
  spot: Schema.Boolean,
  onDemand: Schema.Boolean
})
export type Shape = typeof Shape.Type

/**
 * What makers call a memory whose size the API tells without what is set aside for error correction.
 *
 * **Units**  MiB: GiB
 */
const sold: Readonly<Record<number, number>> = { 22_888: 24, 45_776: 48, 183_359: 180 }

/** The memory of one GPU as it is sold. **Units**  MiB in, GiB out @category conversions @since 0.1.0 */
export const gpuMemoryOf = (mebibytes: number): number =>
  sold[mebibytes] ?? (mebibytes >= 8192 ? Math.round(mebibytes / 1024) : Math.floor((mebibytes / 1024) * 10) / 10)

/** A share of a GPU is another thing than the GPU: `L4 1/8`. @category conversions @since 0.1.0 */
export const gpuNameOf = (name: string, share: number): string =>
  share > 0 && share < 1 ? `${name} 1/${Math.round(1 / share)}` : name

/** An instance type as a shape. Parts of GPUs are counted as the GPUs that the machine sees. @category conversions @since 0.1.0 */
export const shapeOf = (type: InstanceType): Shape => {
  const gpus = type.GpuInfo?.Gpus ?? []
  const [first] = gpus
  const gpuCount = gpus.reduce((sum, { Count, LogicalGpuCount }) => sum + (LogicalGpuCount ?? Count ?? 0), 0)
  const classes = type.SupportedUsageClasses ?? ["on-demand"]
  const [name, memory] = [first?.Name ?? "", first?.MemoryInfo?.SizeInMiB ?? 0]
  const hasGpus = gpuCount > 0
  return {
    type: type.InstanceType,
    vcpus: type.VCpuInfo.DefaultVCpus,
    memoryGiB: type.MemoryInfo.SizeInMiB / 1024,
    gpuCount,
    ...(hasGpus && name !== "" ? { gpu: gpuNameOf(name, first?.GpuPartitionSize ?? 1) } : {}),
    ...(hasGpus ? { gpuMaker: first?.Manufacturer ?? "" } : {}),
    ...(hasGpus && memory > 0 ? { gpuMemoryGiB: gpuMemoryOf(memory) } : {}),
    architectures: type.ProcessorInfo?.SupportedArchitectures ?? ["x86_64"],
    spot: classes.includes("spot"),
    onDemand: classes.includes("on-demand")
  }
}

/** The part of an offer that a shape says. @category conversions @since 0.1.0 */
export const offeredBy = (
  shape: Shape
): Pick<Offer, "instanceType" | "gpu" | "gpuCount" | "gpuMemoryGiB" | "vcpus" | "memoryGiB"> => ({
  instanceType: shape.type,
  gpuCount: shape.gpuCount,
  ...(shape.gpu === undefined ? {} : { gpu: shape.gpu }),
  ...(shape.gpuMemoryGiB === undefined ? {} : { gpuMemoryGiB: GiB.make(shape.gpuMemoryGiB) }),
  vcpus: shape.vcpus,
  memoryGiB: GiB.make(shape.memoryGiB)
})
