/**
 * What a pod is called that RunPod has no name for: so many of a kind of GPU or vCPU, in one of its clouds.
 *
 * @since 0.1.0
 */
import type { CloudKind } from "./Settings.ts"

/**
 * A shape of pod. `slug` is the id of a kind of GPU or CPU, as it stands in a name.
 *
 * @category models
 * @since 0.1.0
 */
export type Shape =
  | { readonly _tag: "Gpu"; readonly slug: string; readonly count: number; readonly cloud: CloudKind }
  | { readonly _tag: "Cpu"; readonly slug: string; readonly vcpus: number }

/** An id of RunPod's in a name that needs no quotes. @category formatting @since 0.1.0 */
export const slugOf = (id: string): string => id.trim().replaceAll(/\s+/g, "-")

/**
 * The name of a shape: `2x-NVIDIA-GeForce-RTX-4090-secure`, `4vcpu-cpu5c`.
 *
 * @category formatting
 * @since 0.1.0
 */
export const nameOf = (shape: Shape): string =>
  shape._tag === "Gpu" ? `${shape.count}x-${shape.slug}-${shape.cloud}` : `${shape.vcpus}vcpu-${shape.slug}`

/** The shape behind a name that `nameOf` wrote; nothing for every other name. @category parsing @since 0.1.0 */
export const parse = (name: string): Shape | undefined => {
  const [, count, gpu = "", cloud] = /^([1-9]\d?)x-(\S+)-(secure|community)$/.exec(name) ?? []
  if (count !== undefined) {
    return { _tag: "Gpu", slug: gpu, count: Number(count), cloud: cloud === "community" ? "community" : "secure" }
  }
  const [, vcpus, cpu = ""] = /^([1-9]\d{0,2})vcpu-(\S+)$/.exec(name) ?? []
  return vcpus === undefined ? undefined : { _tag: "Cpu", slug: cpu, vcpus: Number(vcpus) }
}
