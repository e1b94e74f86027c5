/**
 * Whether a machine that a provider lists is provably what we asked for. Only that is ever ended by ourselves.
 *
 * @since 0.1.0
 */
import { toName } from "@runctl/core/Ownership"
import { parts, type Resource } from "@runctl/core/Resource"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type { ResourceRecord } from "./ResourceRecord.ts"

/**
 * What a listed machine is to a record with its key.
 *
 * **Details**
 * - `Ours`: the one machine of the record; or, where none is known yet, one that can be it.
 * - `Surplus`: made by the same request as the one we know, which arrived twice.
 * - `Unproven`: it carries our key, and nothing proves that we asked for it: a copy made from an image has its tags too.
 *
 * @category models
 * @since 0.1.0
 */
export type Proof =
  | { readonly _tag: "Ours" }
  | { readonly _tag: "Surplus" }
  | { readonly _tag: "Unproven"; readonly why: string }

/** How far our clock and a cloud's may differ. */
const skew = Duration.toMillis("5 minutes")

/** A request that arrives twice makes its machines at once; nobody copies a machine that fast. */
const atOnce = Duration.toMillis("5 seconds")

/** A process that was frozen before its request can still send it when it wakes; nobody freezes one for longer. */
const latest = Duration.toMillis("1 day")

const ours: Proof = { _tag: "Ours" }
const unproven = (why: string): Proof => ({ _tag: "Unproven", why })

const made = ({ launchTime }: Resource): number | undefined =>
  launchTime === undefined ? undefined : DateTime.toEpochMillis(launchTime)

/** Nothing that we have sent is carried out later than this. */
const underway = Duration.toMillis("10 minutes")

/**
 * Made at the same time, by the cloud's own clock; or, where machines are told apart by name and we asked twice, while
 * either request was underway: a name is free again once its machine has ended, and nobody else takes it meanwhile.
 */
const besideKnown = (record: ResourceRecord, known: Resource, found: Resource): Proof => {
  const [first, second] = [made(known), made(found)]
  const isTwin = first !== undefined && second !== undefined && Math.abs(first - second) <= atOnce
  const isHeldUp =
    record.askedAgainAt !== undefined &&
    second !== undefined &&
    second >= record.requestedAt - skew &&
    second <= record.askedAgainAt + underway
  return isTwin || isHeldUp
    ? { _tag: "Surplus" }
    : unproven(`it was not made together with ${known.id}, the machine we asked for`)
}

/**
 * What a listed machine is to the record that has its key.
 *
 * **Details**  a machine that is known is known by its id, whatever it is called now. Any other must be called as we asked,
 * and must have been made after we asked.
 *
 * @category decisions
 * @since 0.1.0
 */
export const judge = (record: ResourceRecord, found: Resource): Proof => {
  const { mark, provider, requestedAt, resource } = record
  if (found.owner !== mark.owner || found.key !== mark.key) return unproven("its mark is another one")
  if (parts(found.id).provider !== provider) return unproven(`we asked ${provider} for it`)
  if (found.id === resource?.id) return ours
  if (found.name !== undefined && found.name !== toName(mark)) return unproven(`it is called ${found.name}`)
  if (resource !== undefined) return besideKnown(record, resource, found)
  const at = made(found)
  if (at === undefined) return ours
  if (at < requestedAt - skew) return unproven("it was made before we asked for it")
  return at <= (record.endedAt ?? requestedAt) + latest ? ours : unproven("it was made long after we had given it up")
}

/** The oldest first; of the same age, by id: everybody who looks takes the same one. */
const byAge = (left: Resource, right: Resource): number =>
  (made(left) ?? 0) - (made(right) ?? 0) || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)

/**
 * The machine of a record among those that are listed; nothing while it is not there.
 *
 * @category decisions
 * @since 0.1.0
 */
export const findOurs = (record: ResourceRecord, listed: ReadonlyArray<Resource>): Resource | undefined =>
  listed.filter((found) => judge(record, found)._tag === "Ours").toSorted(byAge)[0]
