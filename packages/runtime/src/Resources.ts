/**
 * Machines as people see them: what we remember of each beside what its provider says now.
 *
 * @since 0.1.0
 */
import { type Resource, resourceId } from "@runctl/core/Resource"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { ProviderError } from "@runctl/core/ProviderError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Budgets } from "./Budgets.ts"
import { type EndError, Endings } from "./Endings.ts"
import { event, type Event } from "./Event.ts"
import { reserveUntil } from "./Extending.ts"
import { Home } from "./Home.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import * as MachineClocks from "./MachineClocks.ts"
import type { ProviderFailure } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { type RentError, Rents, type RentRequest } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { type BudgetRefused, type HomeFailed, NotOurs, UnknownResource } from "./RuntimeError.ts"

/**
 * One machine. `live` means its provider has just confirmed it; otherwise `resource` is the last answer we remember.
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
}

/** What was found, how many belong to other owners, and who could not be asked. @category models @since 0.1.0 */
export interface Listing {
  readonly resources: ReadonlyArray<ResourceView>
  readonly others: number
  readonly failures: ReadonlyArray<ProviderFailure>
}

/** How changing a machine fails. @category errors @since 0.1.0 */
export type ChangeError = UnknownResource | NotOurs | HomeFailed | EndError

/** How moving a deadline fails. @category errors @since 0.1.0 */
export type ExtendError = ChangeError | BudgetRefused

/** What is written down: facts, and money. */
type Written = Journal | Budgets

/**
 * Machines as people see them.
 *
 * @category services
 * @since 0.1.0
 */
export class Resources extends Context.Service<
  Resources,
  {
    /** Rents a machine and arms its own clocks once it is up. */
    readonly create: (request: RentRequest) => Effect.Effect<ResourceRecord, RentError>
    /** Ours, newest first; with `offline` only what we remember. Asks all providers at once. */
    readonly list: (options: {
      readonly offline: boolean
      readonly providers?: ReadonlyArray<string>
    }) => Effect.Effect<Listing, JournalError | HomeFailed>
    /** By resource id, native id, label, name or key (or the unique beginning of one), or by a run on it. */
    readonly get: (idOrName: string) => Effect.Effect<ResourceView, UnknownResource | JournalError | HomeFailed>
    readonly stop: (idOrName: string) => Effect.Effect<ResourceRecord, ChangeError>
    readonly start: (idOrName: string) => Effect.Effect<ResourceRecord, ChangeError>
    /** Ends a machine and waits until its provider says that it is gone. */
    readonly terminate: (idOrName: string) => Effect.Effect<ResourceRecord, ChangeError>
    /**
     * Moves a machine's deadline, on the machine itself too where it can be reached. The money is reserved first.
     *
     * **Units**   deadlineAt: milliseconds since 1970-01-01 UTC
     * **Errors**  `BudgetRefused` when a budget cannot bear it; then nothing has changed.
     */
    readonly extend: (idOrName: string, deadlineAt: number) => Effect.Effect<ResourceRecord, ExtendError>
  }
>()("@runctl/runtime/Resources") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Resources, never, Providers | Records | Rents | Endings | Home | Written> =
    Layer.effect(
      Resources,
      Effect.gen(function* () {
        const providers = yield* Providers
        const records = yield* Records
        const budgets = yield* Budgets
        const rents = yield* Rents
        const endings = yield* Endings
        const home = yield* Home
        const journal = yield* Journal

        const ask = (name: string) =>
          Effect.flatMap(providers.get(name), ({ provider }) => patiently(provider.listResources)).pipe(
            Effect.map((found) => ({ found, failure: undefined })),
            Effect.catch((error: RegistryError | ProviderError) =>
              Effect.succeed({ found: [], failure: { provider: name, message: error.message } })
            )
          )

        const usable = Effect.map(providers.list, (entries) =>
          entries.filter(({ disabled }) => disabled === undefined).map(({ manifest }) => manifest.name)
        )

        /** After damage to the journal: takes over what a full listing shows to be ours, then allows rents again. */
        const rebuild = Effect.fnUntraced(function* (ours: ReadonlyArray<Resource>) {
          if ((yield* journal.health).needsRebuild === undefined) return
          const known = new Set((yield* records.resources).map(({ mark }) => mark.key))
          for (const resource of ours.filter(({ key }) => !known.has(key))) {
            yield* records.append(streams.resource(resource.key), [event("InstanceAdopted", { resource })])
          }
          yield* journal.rebuilt
        })

        const list = Effect.fn("Resources.list")(function* (options: {
          readonly offline: boolean
          readonly providers?: ReadonlyArray<string>
        }) {
          const owner = yield* home.owner
          const names = options.offline ? [] : (options.providers ?? (yield* usable))
          const answers = yield* Effect.forEach(names, ask, { concurrency: 8 })
          const found = answers.flatMap((answer) => answer.found)
          const isWhole = !options.offline && options.providers === undefined
          if (isWhole && answers.every(({ failure }) => failure === undefined)) {
            yield* rebuild(found.filter((resource) => resource.owner === owner))
          }
          const remembered = yield* records.resources
          return {
            resources: [
              ...views(
                remembered,
                found.filter((resource) => resource.owner === owner)
              )
            ],
            others: found.filter((resource) => resource.owner !== owner).length,
            failures: answers.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))
          }
        })

        const get = Effect.fn("Resources.get")(function* (wanted: string) {
          const remembered = yield* records.resources
          const run = (yield* records.runs).find(({ id, spec }) => id === wanted || spec.name === wanted)
          const onRun = run?.attempts.at(-1)?.resource
          const views = remembered.map(fromRecord)
          const found = views.find(({ id }) => id === onRun) ?? match(views, wanted)
          if (found !== undefined) return found
          const { resources } = yield* list({ offline: false })
          return (
            match(resources, wanted) ?? (yield* new UnknownResource({ id: wanted, known: resources.flatMap(namesOf) }))
          )
        })

        /** The record of a machine of ours, so that a change to it can be written down. */
        const ours = Effect.fnUntraced(function* (wanted: string) {
          const view = yield* get(wanted)
          if (!view.ours || view.record === undefined) {
            return yield* new NotOurs({ id: view.id, owner: view.resource?.owner ?? "unknown" })
          }
          return { record: view.record, id: view.resource?.id }
        })

        const change = (requested: Event, call: "startResource" | "stopResource") =>
          Effect.fnUntraced(function* (wanted: string) {
            const { record, id } = yield* ours(wanted)
            if (id === undefined) return yield* new UnknownResource({ id: wanted, known: [] })
            const stream = streams.resource(record.mark.key)
            yield* records.append(stream, [requested])
            const { provider } = yield* providers.get(record.provider)
            const resource = yield* patiently(provider[call](id))
            yield* records.append(stream, [event("InstanceObserved", { resource })])
            return (yield* records.resource(record.mark.key)) ?? record
          })

        return Resources.of({
          create: Effect.fn("Resources.create")(function* (request) {
            const record = yield* rents.rent(request)
            yield* MachineClocks.armNew(yield* providers.get(record.provider), record)
            return record
          }),
          list,
          get,
          stop: change(event("InstanceStopRequested", {}), "stopResource"),
          start: change(event("InstanceStartRequested", {}), "startResource"),
          terminate: Effect.fn("Resources.terminate")(function* (wanted) {
            const { record } = yield* ours(wanted)
            return yield* endings.end(record.mark.key, "us")
          }),
          extend: Effect.fn("Resources.extend")(function* (wanted, deadlineAt) {
            const { record, id } = yield* ours(wanted)
            if (record.phase === "Gone" || record.phase === "Failed")
              return yield* new UnknownResource({ id: wanted, known: [] })
            const { worst, back } = yield* reserveUntil(budgets, record, deadlineAt)
            yield* Effect.gen(function* () {
              // On the machine first: what is written down should hold there too.
              if (id !== undefined) yield* MachineClocks.extend(yield* providers.get(record.provider), id, deadlineAt)
              const fact = event("InstanceExtended", { deadlineAt, ...worst })
              yield* records.append(streams.resource(record.mark.key), [fact])
            }).pipe(Effect.onError(() => Effect.ignore(back)))
            return (yield* records.resource(record.mark.key)) ?? record
          })
        })
      })
    )
}

const fromRecord = (record: ResourceRecord): ResourceView => ({
  id: record.resource?.id ?? resourceId(record.provider, record.offer.region, record.mark.key),
  resource: record.resource,
  record,
  ours: true,
  live: false
})

/** What we remember, each with its provider's answer where there is one, then what only the providers know. */
const views = function* (
  remembered: ReadonlyArray<ResourceRecord>,
  found: ReadonlyArray<Resource>
): Generator<ResourceView> {
  const answers = new Map(found.map((resource) => [resource.key, resource]))
  for (const record of remembered) {
    const answer = answers.get(record.mark.key)
    answers.delete(record.mark.key)
    yield answer === undefined
      ? fromRecord(record)
      : { id: answer.id, resource: answer, record, ours: true, live: true }
  }
  for (const resource of answers.values()) {
    yield { id: resource.id, resource, record: undefined, ours: true, live: true }
  }
}

const namesOf = ({ id, resource, record }: ResourceView): ReadonlyArray<string> =>
  [id, id.split("/").slice(2).join("/"), record?.label, resource?.name, record?.mark.key].filter(
    (name) => name !== undefined
  )

const isAlive = ({ record }: ResourceView): boolean => record?.phase !== "Gone" && record?.phase !== "Failed"

/** The exact name first, a living machine before one that is gone; else the only one whose name begins so. */
const match = (all: ReadonlyArray<ResourceView>, wanted: string): ResourceView | undefined => {
  const exact = all.filter((view) => namesOf(view).includes(wanted))
  const begins = all.filter((view) => wanted.length > 3 && namesOf(view).some((name) => name.startsWith(wanted)))
  return exact.find(isAlive) ?? exact[0] ?? (begins.length === 1 ? begins[0] : undefined)
}
