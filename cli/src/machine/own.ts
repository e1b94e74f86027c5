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
const isUp = ({ record, resource, standing }: ResourceView): boolean =>
  (standing === "ours" || standing === "elsewhere") &&
  (record === undefined || record.phase === "Held") &&
  resource !== undefined &&
  !over.has(resource.state._tag)

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

/** All that run: what the providers say now, and of one that is not asked or cannot be what we remember. */
const allUp = Effect.fnUntraced(function* ({ ids, provider }: Filter) {
  if (provider !== undefined) yield* requireProvider(provider)
  const { list } = yield* Resources
  const { failures, resources } = yield* list({
    offline: ids.length > 0,
    ...(provider === undefined ? {} : { providers: [provider] })
  })
  for (const failure of failures) {
    yield* Effect.logWarning(`${failure.provider} could not be asked for machines: ${clean(failure.message)}`)
  }
  return resources.filter((view) => view.ours && isUp(view))
})

/** Machines of one's own that run; ids that are given must exist. */
export const ownMachines = Effect.fnUntraced(function* (filter: Filter) {
  const resources = yield* Resources
  const all = yield* allUp(filter)
  const asked = yield* Effect.forEach(filter.ids, (id) => resources.get(id))
  const chosen = new Set((filter.ids.length > 0 ? asked : all).filter(fits(filter)).map(({ id }) => id))
  // Named among all: a machine is called the same whichever others are asked for.
  return named(distinct([...all, ...asked])).filter(({ view }) => chosen.has(view.id))
})

/** The same, where none at all is a mistake. */
export const someOwnMachines = (filter: Filter) =>
  Effect.filterOrFail(
    ownMachines(filter),
    (found) => found.length > 0,
    () => fail("RUNCTL_E_NO_MACHINE", "none of your machines that run fits")
  )
