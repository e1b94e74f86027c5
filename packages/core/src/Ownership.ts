/**
 * The mark that says "this machine is ours": in its name everywhere, in its tags where there are any.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Who rents: 8 characters of `[a-z0-9]`, made once per installation, or shared by a team through `RUNCTL_OWNER`.
 *
 * @category models
 * @since 0.1.0
 */
export const OwnerId = Schema.String.check(Schema.isPattern(/^[a-z0-9]{8}$/)).pipe(Schema.brand("OwnerId"))
export type OwnerId = typeof OwnerId.Type

/**
 * The key we choose before a paid call and find its machine by: 20 characters of `[a-z0-9]`.
 *
 * @category models
 * @since 0.1.0
 */
export const ResourceKey = Schema.String.check(Schema.isPattern(/^[a-z0-9]{20}$/)).pipe(Schema.brand("ResourceKey"))
export type ResourceKey = typeof ResourceKey.Type

/**
 * Owner, key and deadline of one machine.
 *
 * **Units**  deadlineEpochSeconds: whole seconds since 1970-01-01 UTC
 *
 * @category models
 * @since 0.1.0
 */
export const Mark = Schema.Struct({
  owner: OwnerId,
  key: ResourceKey,
  deadlineEpochSeconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9_999_999_999 }))
})
export type Mark = typeof Mark.Type

const namePattern = /^runctl-([a-z0-9]{8})-([a-z0-9]{20})-(\d{1,10})$/

/**
 * The mark as a name: `runctl-<owner8>-<key20>-<deadline>`, at most 50 characters of `[a-z0-9-]`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toName = (mark: Mark): string => `runctl-${mark.owner}-${mark.key}-${mark.deadlineEpochSeconds}`

/**
 * The mark behind a name that `toName` wrote; `undefined` for every other name.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromName = (name: string): Mark | undefined => {
  const [, owner, key, deadline] = namePattern.exec(name) ?? []
  return owner === undefined || key === undefined || deadline === undefined ? undefined : parsed(owner, key, deadline)
}

const ownerTag = "runctl-owner"
const keyTag = "runctl-key"
const deadlineTag = "runctl-deadline"

/**
 * The mark as tags. Clouds with flat tags join name and value with a colon.
 *
 * @category conversions
 * @since 0.1.0
 */
export const toTags = (mark: Mark): Readonly<Record<string, string>> => ({
  [ownerTag]: mark.owner,
  [keyTag]: mark.key,
  [deadlineTag]: String(mark.deadlineEpochSeconds)
})

/**
 * The mark behind tags that `toTags` wrote, other tags beside them ignored; `undefined` when any of ours is missing
 * or damaged.
 *
 * @category conversions
 * @since 0.1.0
 */
export const fromTags = (tags: Readonly<Record<string, string>>): Mark | undefined => {
  const { [ownerTag]: owner, [keyTag]: key, [deadlineTag]: deadline } = tags
  return owner === undefined || key === undefined || deadline === undefined ? undefined : parsed(owner, key, deadline)
}

const isMark = Schema.is(Mark)

/** A number that would be printed otherwise (a leading zero) is not one of ours. */
const parsed = (owner: string, key: string, deadline: string): Mark | undefined => {
  const mark = { owner, key, deadlineEpochSeconds: Number(deadline) }
  return String(mark.deadlineEpochSeconds) === deadline && isMark(mark) ? mark : undefined
}
