/**
 * Droplets as machines, in the words that all providers share.
 *
 * @since 0.1.0
 */
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { Droplet } from "./Answers.ts"

/** The provider's name. @category constants @since 0.1.0 */
export const provider = "digitalocean"

/** The tag that every droplet of runctl's carries. @category constants @since 0.1.0 */
export const commonTag = "runctl"

/** The mark as DigitalOcean's flat tags. @category conversions @since 0.1.0 */
export const tagsFor = (mark: Ownership.Mark): ReadonlyArray<string> => [
  commonTag,
  ...Object.entries(Ownership.toTags(mark)).map(([name, value]) => `${name}:${value}`)
]

/** Flat tags as names and values; one without a colon has an empty value. @category conversions @since 0.1.0 */
export const tagsOf = (flat: ReadonlyArray<string>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    flat.map((tag) => {
      const colon = tag.indexOf(":")
      return colon < 0 ? [tag, ""] : [tag.slice(0, colon), tag.slice(colon + 1)]
    })
  )

/**
 * Whose a droplet is: its tags say so, and where they were taken away its name.
 *
 * @category accessors
 * @since 0.1.0
 */
export const markOf = ({ name, tags }: Droplet): Ownership.Mark | undefined =>
  Ownership.fromTags(tagsOf(tags ?? [])) ?? Ownership.fromName(name ?? "")

/** The public address, once it has one. @category accessors @since 0.1.0 */
export const publicIpOf = ({ networks }: Droplet): string | undefined =>
  networks?.v4?.find(({ ip_address: address, type }) => type === "public" && (address ?? "") !== "")?.ip_address ??
  undefined

/**
 * The state of a droplet. One that is switched off is `Stopped`, and costs as much as before.
 *
 * @category conversions
 * @since 0.1.0
 */
export const stateOf = (droplet: Droplet): ResourceState.ResourceState => {
  switch (droplet.status) {
    case "new":
      return ResourceState.Starting
    case "active":
      return publicIpOf(droplet) === undefined ? ResourceState.Starting : ResourceState.Running
    case "off":
    case "archive":
      return ResourceState.Stopped
    default:
      return ResourceState.Unknown
  }
}

/** The states that are known by their words. @category predicates @since 0.1.0 */
export const isKnownStatus = (status: string): boolean => ["new", "active", "off", "archive"].includes(status)

/** The number behind an id; `undefined` when no droplet can have that id. @category accessors @since 0.1.0 */
export const numberOf = (id: ResourceId): number | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && /^[1-9]\d{0,14}$/.test(nativeId) ? Number(nativeId) : undefined
}

/** What a droplet's own answer may leave out, from what is known of it otherwise. @category models @since 0.1.0 */
export interface Otherwise {
  readonly region?: string | undefined
  readonly usdPerHour?: number | undefined
  readonly state?: ResourceState.ResourceState | undefined
}

/**
 * A droplet as a machine; nothing when it carries nobody's mark.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toResource = (droplet: Droplet, otherwise: Otherwise = {}): Resource | undefined => {
  const mark = markOf(droplet)
  if (mark === undefined) return undefined
  const { created_at: created, id, name, size, size_slug: slug, tags } = droplet
  const launchTime = Option.getOrUndefined(DateTime.make(created ?? ""))
  const instanceType = slug ?? size?.slug ?? undefined
  const publicIp = publicIpOf(droplet)
  return {
    id: resourceId(provider, droplet.region?.slug ?? otherwise.region ?? "unknown", String(id)),
    ...(name === undefined || name === null ? {} : { name }),
    state: otherwise.state ?? stateOf(droplet),
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(launchTime === undefined ? {} : { launchTime }),
    costPerHour: UsdPerHour.make(Math.max(0, size?.price_hourly ?? otherwise.usdPerHour ?? 0)),
    ...(publicIp === undefined ? {} : { publicIp }),
    tags: tagsOf(tags ?? []),
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  }
}
