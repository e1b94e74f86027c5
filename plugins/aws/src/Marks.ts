/**
 * How what is ours is known again: by tags, on everything.
 *
 * @since 0.1.0
 */
import * as Ownership from "@runctl/core/Ownership"
import type { Companion } from "@runctl/core/TrainingProvider"
import * as Schema from "effect/Schema"

/** Every kind of resource that is given a tag, with the word that AWS has for it. @category models @since 0.1.0 */
export type Kind =
  | "instance"
  | "volume"
  | "network-interface"
  | "spot-instances-request"
  | "key-pair"
  | "security-group"
  | "vpc"
  | "subnet"
  | "internet-gateway"
  | "route-table"

/** The tag that everything of runctl's carries; permissions are given by it. @category constants @since 0.1.0 */
export const ownerTag = "runctl-owner"
/** What a machine costs an hour as it was agreed. @category constants @since 0.1.0 */
export const priceTag = "runctl-usd-per-hour"
/** What its disk costs an hour. @category constants @since 0.1.0 */
export const diskTag = "runctl-disk-usd-per-hour"
/** What it was called by whoever rented it. @category constants @since 0.1.0 */
export const labelTag = "runctl-label"

/** A tag as AWS takes it. @category models @since 0.1.0 */
export interface Tag {
  readonly Key: string
  readonly Value: string
}

const listed = (tags: Readonly<Record<string, string>>): Array<Tag> =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** What AWS takes in a tag's value, and no more of it than it takes. */
const valueOf = (words: string): string =>
  words
    .replaceAll(/[^\p{L}\p{N}\s+\-=._:/@]/gu, "_")
    .replaceAll(/\s/g, " ")
    .slice(0, 255)

/** The tags of a machine and of what comes and goes with it. @category conversions @since 0.1.0 */
export const machineTags = (
  mark: Ownership.Mark,
  more: { readonly usdPerHour: number; readonly diskUsdPerHour: number; readonly label: string | undefined }
): Array<Tag> => {
  const label = valueOf(more.label ?? "").trim()
  return listed({
    Name: Ownership.toName(mark),
    ...Ownership.toTags(mark),
    [priceTag]: String(more.usdPerHour),
    [diskTag]: String(more.diskUsdPerHour),
    ...(label === "" ? {} : { [labelTag]: label })
  })
}

/** The tags of what serves all machines of an owner. @category conversions @since 0.1.0 */
export const sharedTags = (owner: Ownership.OwnerId): Array<Tag> =>
  listed({ Name: sharedName(owner), [ownerTag]: owner })

/** The name of what serves all machines of an owner. @category conversions @since 0.1.0 */
export const sharedName = (owner: Ownership.OwnerId): string => `runctl-${owner}`

/** Tags for the resource of a kind that is being made. @category conversions @since 0.1.0 */
export const specification = (kind: Kind, tags: Array<Tag>): { ResourceType: Kind; Tags: Array<Tag> } => ({
  ResourceType: kind,
  Tags: tags
})

/** What has our tag, whoever's. @category constants @since 0.1.0 */
export const ofRunctl = { Name: "tag-key", Values: [ownerTag] }

const isOwner = Schema.is(Ownership.OwnerId)
const isKey = Schema.is(Ownership.ResourceKey)

/** What has our tags as a companion; nothing where it has none. @category conversions @since 0.1.0 */
export const companionOf = (
  id: string,
  kind: string,
  tags: Readonly<Record<string, string>>
): Companion | undefined => {
  const { Name: name, [ownerTag]: owner } = tags
  if (owner === undefined) return undefined
  const key = tags["runctl-key"]
  return {
    id,
    kind,
    name: name ?? id,
    owner: isOwner(owner) ? owner : undefined,
    key: key !== undefined && isKey(key) ? key : undefined
  }
}
