/**
 * Looks at what the clouds have under our mark, and ends what is provably ours and should not be there.
 *
 * @since 0.1.0
 */
import type { OwnerId } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { Resource } from "@runctl/core/Resource"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { Budgets } from "./Budgets.ts"
import type { EndError, Endings } from "./Endings.ts"
import { event } from "./Event.ts"
import * as Holding from "./Holding.ts"
import { Home } from "./Home.ts"
import type { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import type { ProviderFailure } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { patiently } from "./ProviderCalls.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import * as Removal from "./Removal.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { HomeFailed } from "./RuntimeError.ts"
import { sighted } from "./Sightings.ts"
import * as Sweep from "./Sweep.ts"

/**
 * What one look at the clouds showed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Survey {
  readonly asked: ReadonlyArray<string>
  readonly findings: ReadonlyArray<Sweep.Finding>
  /** What of our owner lies beside machines. */
  readonly companions: ReadonlyArray<Sweep.CompanionFinding>
  readonly failures: ReadonlyArray<ProviderFailure>
}

/** Which providers are asked, and who sweeps. @category models @since 0.1.0 */
export interface SweepOptions {
  readonly by: "supervisor" | "command"
  readonly providers?: ReadonlyArray<string>
}

/** What a sweep did: what it ended, and what could not be ended yet. @category models @since 0.1.0 */
export interface Swept {
  readonly survey: Survey
  readonly ended: ReadonlyArray<string>
  readonly failures: ReadonlyArray<ProviderFailure>
}

/** How a sweep fails as a whole; a provider that cannot be asked does not fail it. @category errors @since 0.1.0 */
export type SweepError = JournalError | HomeFailed

/**
 * Finds what should not be there, and ends it.
 *
 * @category services
 * @since 0.1.0
 */
export class Sweeper extends Context.Service<
  Sweeper,
  {
    /** Looks at what providers have under our mark, and changes nothing. */
    readonly survey: (providers: ReadonlyArray<string>) => Effect.Effect<Survey, SweepError>
    /**
     * Writes down what should not be there, and ends what was seen so twice over the grace. Asks the providers that we
     * have ever rented from, where none are named.
     */
    readonly sweep: (options: SweepOptions) => Effect.Effect<Swept, SweepError>
  }
>()("@runctl/runtime/Sweeper") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<Sweeper, never, Providers | Records | Budgets | Endings | Home | Journal> =
    Layer.effect(
      Sweeper,
      Effect.gen(function* () {
        const services = yield* Effect.context<Providers | Records | Budgets | Endings | Journal>()
        const providers = yield* Providers
        const records = yield* Records
        const home = yield* Home

        const recordsByKey = Effect.map(
          records.resources,
          (all) => new Map<string, ResourceRecord>(all.map((record) => [record.mark.key, record]))
        )

        const ask = Effect.fnUntraced(function* (name: string) {
          const { provider } = yield* providers.get(name)
          const listed = yield* patiently(provider.listResources)
          return { provider, listed, beside: yield* patiently(provider.companions.list) }
        })

        const survey = Effect.fn("Sweeper.survey")(function* (names: ReadonlyArray<string>) {
          const owner: OwnerId = yield* home.owner
          const answers = yield* Effect.forEach(names, (name) => Effect.result(ask(name)), { concurrency: 8 })
          // Records last: what was written while clouds were asked must not look forgotten.
          const known = yield* recordsByKey
          const now = yield* Clock.currentTimeMillis
          const found = answers.flatMap((answer) => (Result.isSuccess(answer) ? [answer.success] : []))
          return {
            asked: names,
            findings: found.flatMap(({ listed }) => Sweep.find(owner, known, listed, now)),
            companions: found.flatMap(({ beside, listed, provider }) =>
              beside
                .filter((companion) => companion.owner === owner)
                .map((companion) => Sweep.findCompanion(provider.name, companion, { owner, records: known, listed }))
            ),
            failures: answers.flatMap((answer, index) =>
              Result.isFailure(answer) ? [failureOf(names[index] ?? "", answer.failure)] : []
            )
          } satisfies Survey
        })

        const endFound = Effect.fnUntraced(function* (finding: Sweep.Forgotten) {
          const { record, resource } = finding
          if (!(yield* sighted(record, resource.id))) return []
          const { provider } = yield* providers.get(record.provider)
          if (!(yield* Removal.isThere(provider, resource.id))) return []
          yield* finding._tag === "Late" ? Removal.endLate(record, resource) : Removal.endSurplus(record, resource)
          return [resource.id]
        })

        const removeLeftOver = Effect.fnUntraced(function* (finding: Sweep.LeftOver) {
          const { companion, provider, record } = finding
          const id = Sweep.companionId(provider, companion)
          if (!(yield* sighted(record, id))) return []
          yield* Removal.removeCompanion(provider, companion.id)
          yield* records.append(streams.resource(record.mark.key), [event("CompanionRemoved", { companion: id })])
          return [id]
        })

        const rentedFrom = Effect.map(records.resources, (all) => [...new Set(all.map(({ provider }) => provider))])

        const sweep = Effect.fnUntraced(function* ({ by, providers: named }: SweepOptions) {
          const seen = yield* survey(named ?? (yield* rentedFrom))
          // Most of thousands are left alone: nothing is made for them.
          const work = [
            ...seen.findings
              .filter(Sweep.isForgotten)
              .map((finding) => ({ name: nameOf(finding.resource), end: endFound(finding) })),
            ...seen.companions
              .filter(Sweep.isLeftOver)
              .map((finding) => ({ name: finding.provider, end: removeLeftOver(finding) }))
          ]
          const outcomes = yield* Effect.forEach(
            work,
            ({ end, name }) => Effect.map(Effect.result(end), (result) => ({ name, result })),
            { concurrency: 8 }
          )
          const ended: ReadonlyArray<string> = outcomes.flatMap(({ result }) =>
            Result.isSuccess(result) ? result.success : []
          )
          const failures = outcomes.flatMap(({ name, result }) =>
            Result.isFailure(result) ? [failureOf(name, result.failure)] : []
          )
          yield* records.append(streams.sweeper, [
            event("SweepCompleted", {
              providers: seen.asked,
              failures: [...seen.failures, ...failures].map(({ message, provider }) => ({ message, provider })),
              machines: seen.findings.length,
              ended: ended.length,
              by
            })
          ])
          return { survey: seen, ended, failures } satisfies Swept
        })

        return Sweeper.of({
          survey,
          sweep: Effect.fn("Sweeper.sweep")((options) =>
            Holding.alone("sweep", () => sweep(options)).pipe(Effect.provideContext(services))
          )
        })
      })
    )
}

const nameOf = ({ id }: Resource): string => id.split("/")[0] ?? ""

const failureOf = (provider: string, error: EndError | RegistryError | ProviderError): ProviderFailure => ({
  provider,
  message: error.message
})
