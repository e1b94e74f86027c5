/**
 * Several machines of one's own at once.
 */
import { Resources, type ResourceView } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import { fail } from "../errors/Failure.ts"
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

const isHeld = ({ record, resource }: ResourceView): boolean =>
  record?.phase === "Held" && resource !== undefined && resource.state._tag !== "Stopped"

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

/** Machines of one's own that run, as far as we remember; ids that are given must exist. */
export const ownMachines = Effect.fnUntraced(function* (filter: Filter) {
  const resources = yield* Resources
  const held = (yield* resources.list({ offline: true })).resources.filter(isHeld)
  const asked = yield* Effect.forEach(filter.ids, (id) => resources.get(id))
  const chosen = new Set((filter.ids.length > 0 ? asked : held).filter(fits(filter)).map(({ id }) => id))
  // Named among all: a machine is called the same whichever others are asked for.
  return named(distinct([...held, ...asked])).filter(({ view }) => chosen.has(view.id))
})

/** The same, where none at all is a mistake. */
export const someOwnMachines = (filter: Filter) =>
  Effect.filterOrFail(
    ownMachines(filter),
    (found) => found.length > 0,
    () => fail("RUNCTL_E_NO_MACHINE", "none of your machines that run fits")
  )
