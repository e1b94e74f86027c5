/**
 * Several machines of one's own at once.
 */
import { Resources, type ResourceView } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import { fail } from "../errors/Failure.ts"
import { requireProvider } from "../lookup.ts"
import { clean } from "../render/table.ts"
import { uniqueNames } from "./names.ts"

/** Which ones. Without ids all that run. */
export interface Filter {
  readonly ids: ReadonlyArray<string>
  readonly provider: string | undefined
  readonly labels: ReadonlyArray<string>
}

/** One of them, and what it is called beside the others. */
export interface Named {
  readonly name: string
  readonly view: ResourceView
}

const providerOf = ({ id }: ResourceView): string => id.split("/")[0] ?? ""

const over = new Set<string>(["Stopped", "Terminating", "Terminated"])

/** One that its provider does not list any more is none the less meant: that it is gone has to be said. */
const isUp = ({ record, resource }: ResourceView): boolean =>
  (record === undefined || record.phase === "Held") && resource !== undefined && !over.has(resource.state._tag)

const fits =
  ({ labels, provider }: Filter) =>
  (view: ResourceView): boolean =>
    (provider === undefined || provider === providerOf(view)) &&
    (labels.length === 0 || labels.includes(view.record?.label ?? ""))

/** Each machine once, by its id. */
const distinct = (views: ReadonlyArray<ResourceView>): ReadonlyArray<ResourceView> => [
  ...new Map(views.map((view) => [view.id, view])).values()
]

/** The machines with their names; the oldest first, so that names stay as others come. */
const named = (views: ReadonlyArray<ResourceView>): ReadonlyArray<Named> => {
  const sorted = views.toSorted((left, right) => (left.record?.requestedAt ?? 0) - (right.record?.requestedAt ?? 0))
  const names = uniqueNames(
    sorted.map(({ id, record }) => ({ key: record?.mark.key ?? id.split("/").at(-1) ?? id, label: record?.label }))
  )
  return sorted.map((view, index) => ({ view, name: names[index] ?? view.id }))
}

/** What the providers say now; of one that cannot be asked what we remember. */
const allOwn = Effect.fnUntraced(function* (provider: string | undefined) {
  if (provider !== undefined) yield* requireProvider(provider)
  const resources = yield* Resources
  const listing = yield* resources.list({
    offline: false,
    ...(provider === undefined ? {} : { providers: [provider] })
  })
  for (const { message, provider: name } of listing.failures) {
    yield* Effect.logWarning(`${name} could not be asked for machines: ${clean(message)}`)
  }
  return listing.resources.filter(({ ours }) => ours)
})

/** Machines of one's own that run; ids that are given must exist. */
export const ownMachines = Effect.fnUntraced(function* (filter: Filter) {
  const resources = yield* Resources
  const chosen =
    filter.ids.length > 0
      ? distinct(yield* Effect.forEach(filter.ids, (id) => resources.get(id)))
      : (yield* allOwn(filter.provider)).filter(isUp)
  return named(chosen.filter(fits(filter)))
})

/** The same, where none at all is a mistake. */
export const someOwnMachines = (filter: Filter) =>
  Effect.filterOrFail(
    ownMachines(filter),
    (found) => found.length > 0,
    () => fail("RUNCTL_E_NO_MACHINE", "none of your machines that run fits")
  )
