/**
 * Machines as people see them: what we remember of each beside what its provider says now.
 *
 * @since 0.1.0
 */
import type { Resource } from "@runctl/core/Resource"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { ProviderError } from "@runctl/core/ProviderError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Asked from "./Asked.ts"
import { Budgets } from "./Budgets.ts"
import { type EndError, Endings } from "./Endings.ts"
import { event, type Event } from "./Event.ts"
import { reserveUntil } from "./Extending.ts"
import { Home } from "./Home.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import * as MachineClocks from "./MachineClocks.ts"
import * as NewMachine from "./NewMachine.ts"
import type { ProviderFailure } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import * as Removal from "./Removal.ts"
import type { RentError, RentRequest, Rents } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { fromRecord, match, namesOf, type ResourceView, views } from "./ResourceViews.ts"
import { type BadMachine, type BudgetRefused, type HomeFailed, NotOurs, UnknownResource } from "./RuntimeError.ts"
import { notice } from "./Sightings.ts"
import * as Sweep from "./Sweep.ts"
import { isHeld } from "./Waiting.ts"

/** One machine as people see it. @category models @since 0.1.0 */
export type { ResourceView } from "./ResourceViews.ts"

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

/**
 * Machines as people see them.
 *
 * @category services
 * @since 0.1.0
 */
export class Resources extends Context.Service<
  Resources,
  {
    /** Rents a machine, meets it and arms its own clocks once it is up; one that is no good is ended and replaced. */
    readonly create: (request: RentRequest) => Effect.Effect<ResourceRecord, RentError | EndError | BadMachine>
    /**
     * Ours, newest first; with `offline` only what we remember. Asks all providers at once that have credentials, or
     * machines of ours, where none are named. What should not be there is written down for the sweeper.
     */
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
  static readonly layer: Layer.Layer<
    Resources,
    never,
    Providers | Records | Budgets | Rents | Endings | Home | Journal
  > = Layer.effect(
    Resources,
    Effect.gen(function* () {
      const services = yield* Effect.context<Providers | Records | Budgets | Rents | Endings | Journal>()
      const providers = yield* Providers
      const records = yield* Records
      const budgets = yield* Budgets
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
        const names = options.offline ? [] : (options.providers ?? (yield* Asked.unnamed()))
        const answers = yield* Effect.forEach(names, ask, { concurrency: "unbounded" })
        const found = answers.flatMap((answer) => answer.found)
        const isWhole = !options.offline && options.providers === undefined
        if (isWhole && answers.every(({ failure }) => failure === undefined)) {
          yield* rebuild(found.filter((resource) => resource.owner === owner))
        }
        // Records last: what was written while clouds were asked must not look forgotten.
        const remembered = yield* records.resources
        const byKey = new Map<string, ResourceRecord>(remembered.map((record) => [record.mark.key, record]))
        const now = yield* Clock.currentTimeMillis
        const findings = Sweep.find(owner, byKey, found, now)
        yield* notice(findings)
        return {
          resources: views(remembered, findings),
          others: findings.filter(({ _tag }) => _tag === "Strange").length,
          failures: answers.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))
        }
      }, Effect.provideContext(services))

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

      /** A machine that we remember as over, and that its provider shows all the same: nobody is told that it is gone. */
      const isStillThere = Effect.fnUntraced(function* (record: ResourceRecord) {
        if (isHeld(record)) return undefined
        const { resources } = yield* list({ offline: false, providers: [record.provider] })
        const found = resources.find(
          ({ record: its, standing }) => standing === "late" && its?.mark.key === record.mark.key
        )
        return found?.resource
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
        create: (request) => Effect.provideContext(NewMachine.rent(request), services),
        list,
        get,
        stop: change(event("InstanceStopRequested", {}), "stopResource"),
        start: change(event("InstanceStartRequested", {}), "startResource"),
        terminate: Effect.fn("Resources.terminate")(function* (wanted) {
          const { record } = yield* ours(wanted)
          const late = yield* isStillThere(record)
          if (late === undefined) return yield* endings.end(record.mark.key, "us")
          yield* Removal.endLate(record, late)
          return (yield* records.resource(record.mark.key)) ?? record
        }, Effect.provideContext(services)),
        extend: Effect.fn("Resources.extend")(function* (wanted, deadlineAt) {
          const { record, id } = yield* ours(wanted)
          if (!isHeld(record)) return yield* new UnknownResource({ id: wanted, known: [] })
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
