/**
 * Asks what is charged now, decides, and does it: the hands of the spending watch.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { Resource } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberMap from "effect/FiberMap"
import { isSame, priceIn, rateOf } from "./Accrual.ts"
import { Endings } from "./Endings.ts"
import { event } from "./Event.ts"
import { streams } from "./Projections.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { type Action, capsOf, decide } from "./Spending.ts"

/** Up to so many machines are asked about one by one: a list of a whole account costs more. */
const fewMachines = 5

/** What is free was said to be so when it was rented, and costs a question each time. */
const isPriced = ({ phase, usdPerHour }: ResourceRecord): boolean => phase === "Held" && usdPerHour !== 0

/** What a provider says of these machines; those that it cannot tell about are left out. */
const answersOf = Effect.fnUntraced(function* (provider: AnyTrainingProvider, records: ReadonlyArray<ResourceRecord>) {
  if (records.length > fewMachines) return yield* provider.listResources
  const ids = records.flatMap(({ resource }) => resource?.id ?? [])
  const answers = yield* Effect.forEach(ids, (id) => Effect.option(provider.getResource(id)), { concurrency: 5 })
  return answers.flatMap((answer) => (answer._tag === "Some" ? [answer.value] : []))
})

/** When each provider was asked last, in milliseconds since 1970-01-01 UTC. */
type Asked = Map<string, number>

/**
 * Writes down which machines cost another price now; who cannot be asked is counted at the last one. A price that rose
 * counts from when it was asked before: nobody knows when it did.
 */
const askPrices = Effect.fnUntraced(function* (asked: Asked) {
  const now = yield* Clock.currentTimeMillis
  const records = yield* Records
  const providers = yield* Providers
  const priced = (yield* records.resources).filter(isPriced)

  const ask = (name: string) =>
    Effect.gen(function* () {
      const { provider } = yield* providers.get(name)
      const mine = priced.filter((record) => record.provider === name)
      const answers = new Map((yield* answersOf(provider, mine)).map((answer) => [answer.key, answer]))
      yield* Effect.forEach(mine, (record) => note(record, answers.get(record.mark.key)), { discard: true })
      asked.set(name, now)
    }).pipe(
      Effect.timeout(defaults.spendingAsk),
      // A plugin that breaks must not keep the budgets of others from being watched.
      Effect.catchCause((cause) => Effect.logDebug(`prices of ${name} could not be asked`, cause))
    )

  const note = (record: ResourceRecord, answer: Resource | undefined) => {
    const usdPerHour = answer === undefined ? undefined : priceIn(record, answer)
    const before = rateOf(record)
    if (usdPerHour === undefined || isSame(usdPerHour, before)) return Effect.void
    const since = asked.get(record.provider)
    const hasRisen = before !== undefined && usdPerHour > before && since !== undefined
    const fact = event("InstancePriced", { usdPerHour, ...(hasRisen ? { since } : {}) })
    return Effect.asVoid(records.append(streams.resource(record.mark.key), [fact]))
  }

  yield* Effect.forEach(new Set(priced.map(({ provider }) => provider)), ask, {
    concurrency: "unbounded",
    discard: true
  })
})

const perform = Effect.fnUntraced(function* (action: Action, ends: FiberMap.FiberMap<string>) {
  const records = yield* Records
  const endings = yield* Endings
  if (action._tag === "Append") {
    const { events, run, stream } = action
    yield* records.append(stream, events, run === undefined ? {} : { run })
    return
  }
  const end = endings
    .end(action.key, "us")
    .pipe(Effect.catchCause((cause) => Effect.logWarning(`machine ${action.key} could not be ended yet`, cause)))
  yield* FiberMap.run(ends, action.key, Effect.asVoid(end), { onlyIfMissing: true })
})

/** One look at everything that is being spent. */
const look = Effect.fnUntraced(function* (ends: FiberMap.FiberMap<string>, asked: Asked) {
  const records = yield* Records
  yield* askPrices(asked)
  const resources = yield* records.resources
  const ledgers = new Map(
    yield* Effect.forEach(capsOf(resources), ({ scope }) =>
      Effect.map(records.ledger(scope), ({ ledger }) => [scope, ledger] as const)
    )
  )
  const actions = decide({ runs: yield* records.runs, resources, ledgers }, yield* Clock.currentTimeMillis)
  yield* Effect.forEach(actions, (action) => perform(action, ends), { discard: true })
})

/**
 * Looks at what is being spent, again and again, for as long as the scope lives. A look that fails is only logged: the
 * next one sees the same.
 *
 * @category programs
 * @since 0.1.0
 */
export const watching = Effect.gen(function* () {
  const ends = yield* FiberMap.make<string>()
  const asked: Asked = new Map()
  return yield* look(ends, asked).pipe(
    Effect.catchCause((cause) => Effect.logWarning("what is being spent could not be looked at", cause)),
    Effect.andThen(Effect.sleep(defaults.spendingEvery)),
    Effect.forever
  )
})
