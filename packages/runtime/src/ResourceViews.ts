/**
 * Machines as people see them, and by which names. No input or output.
 *
 * @since 0.1.0
 */
import { type Resource, resourceId } from "@runctl/core/Resource"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { type Finding, type Standing, standingOf } from "./Sweep.ts"

/**
 * One machine. `live` means its provider has just confirmed it; otherwise `resource` is the last answer we remember.
 * `record` is ours of it; a copy, and the second machine of one request, have none.
 *
 * @category models
 * @since 0.1.0
 */
export interface ResourceView {
  readonly id: string
  readonly resource: Resource | undefined
  readonly record: ResourceRecord | undefined
  readonly ours: boolean
  readonly live: boolean
  readonly standing: Exclude<Standing, "strange">
}

/** A machine as we remember it. @category constructors @since 0.1.0 */
export const fromRecord = (record: ResourceRecord): ResourceView => ({
  id: record.resource?.id ?? resourceId(record.provider, record.offer.region, record.mark.key),
  resource: record.resource,
  record,
  ours: true,
  live: false,
  standing: "ours"
})

const found = (finding: Finding, record: ResourceRecord | undefined): ReadonlyArray<ResourceView> => {
  const standing = standingOf(finding)
  const { resource } = finding
  return standing === "strange" ? [] : [{ id: resource.id, resource, record, ours: true, live: true, standing }]
}

/** The one that a record is about: the machine that it knows, where that is listed. */
const ofRecord = (record: ResourceRecord, all: ReadonlyArray<Finding>): Finding | undefined => {
  const own = all.filter(({ _tag }) => _tag === "Owned" || _tag === "Late")
  return own.find(({ resource }) => resource.id === record.resource?.id) ?? own[0]
}

/**
 * What we remember, each with its provider's answer where there is one, then what only the providers know. Other owners'
 * machines are left out.
 *
 * @category conversions
 * @since 0.1.0
 */
export const views = (
  remembered: ReadonlyArray<ResourceRecord>,
  findings: ReadonlyArray<Finding>
): ReadonlyArray<ResourceView> => {
  const byKey = Map.groupBy(findings, ({ resource }): string => resource.key)
  const shown = new Set<Finding>()
  const known = remembered.flatMap((record) => {
    const finding = ofRecord(record, byKey.get(record.mark.key) ?? [])
    if (finding === undefined) return [fromRecord(record)]
    shown.add(finding)
    return found(finding, record)
  })
  return [
    ...known,
    ...findings.filter((finding) => !shown.has(finding)).flatMap((finding) => found(finding, undefined))
  ]
}

/** What a machine may be called. @category accessors @since 0.1.0 */
export const namesOf = ({ id, resource, record }: ResourceView): ReadonlyArray<string> =>
  [id, id.split("/").slice(2).join("/"), record?.label, resource?.name, record?.mark.key].filter(
    (name) => name !== undefined
  )

const isAlive = ({ record }: ResourceView): boolean => record?.phase !== "Gone" && record?.phase !== "Failed"

/**
 * The exact name first, a living machine before one that is gone; else the only one whose name begins so.
 *
 * @category queries
 * @since 0.1.0
 */
export const match = (all: ReadonlyArray<ResourceView>, wanted: string): ResourceView | undefined => {
  const exact = all.filter((view) => namesOf(view).includes(wanted))
  const begins = all.filter((view) => wanted.length > 3 && namesOf(view).some((name) => name.startsWith(wanted)))
  return exact.find(isAlive) ?? exact[0] ?? (begins.length === 1 ? begins[0] : undefined)
}
