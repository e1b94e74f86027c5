/**
 * Watches what is being spent against every cap: warns on the way, and ends in good order what would pass it. Pure.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Money from "@runctl/core/Money"
import type { ResourceKey } from "@runctl/core/Ownership"
import type { RunId } from "@runctl/core/Run"
import * as Duration from "effect/Duration"
import { rateOf } from "./Accrual.ts"
import type * as BudgetLedger from "./BudgetLedger.ts"
import { type BudgetCap, type Event, event, type Reserve } from "./Event.ts"
import { streams } from "./Projections.ts"
import { accrued } from "./ResourceProjection.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { isHeld } from "./Waiting.ts"
import type { RunRecord } from "./RunRecord.ts"

/**
 * What the decision rests on: everything that is remembered, and the ledger of each budget.
 *
 * @category models
 * @since 0.1.0
 */
export interface Watched {
  readonly runs: ReadonlyArray<RunRecord>
  readonly resources: ReadonlyArray<ResourceRecord>
  readonly ledgers: ReadonlyMap<string, BudgetLedger.Ledger>
}

/**
 * One thing to do: facts to write down, or a machine to end.
 *
 * @category models
 * @since 0.1.0
 */
export type Action =
  | {
      readonly _tag: "Append"
      readonly stream: string
      readonly run: RunId | undefined
      readonly events: ReadonlyArray<Event>
    }
  | { readonly _tag: "End"; readonly key: ResourceKey }

/** Told once each, in percent of a cap. @category constants @since 0.1.0 */
export const thresholds = [50, 80, 100] as const

/**
 * The longest time between two looks: what the providers charge is asked first.
 *
 * **Units**  seconds
 *
 * @category constants
 * @since 0.1.0
 */
export const lookSeconds = Duration.toSeconds(Duration.sum(defaults.spendingEvery, defaults.spendingAsk)) + 10

/**
 * How long a machine may take to bring home what it has, once its job was told to end and had its grace. Never longer
 * than its hold, which is what the money was reserved for.
 */
const endingSeconds = ({ holdSeconds }: Reserve): number =>
  Math.min(holdSeconds, Duration.toSeconds(defaults.budgetEnding))

/** A machine that counts against a budget. */
interface Counted {
  readonly record: ResourceRecord
  readonly reserve: Reserve
}

/**
 * From the decision until the machine is gone, its job ended in good order.
 *
 * **Units**  seconds
 *
 * @category decisions
 * @since 0.1.0
 */
export const stoppingSeconds = (reserve: Reserve): number => reserve.graceSeconds + endingSeconds(reserve)

/** The machines that live at a budget's cost. Whose money is settled already is in the ledger. */
const countedIn = (scope: string, { ledgers, resources }: Watched): ReadonlyArray<Counted> =>
  resources.flatMap((record) => {
    const { reserve } = record
    const isOpen = ledgers.get(scope)?.reserved[record.mark.key] !== undefined
    const counts = reserve?.budgets.some((cap) => cap.scope === scope) === true
    return reserve !== undefined && counts && isOpen && isHeld(record) ? [{ record, reserve }] : []
  })

/**
 * The caps of all budgets that something lives at the cost of; the newest machine was told the cap of now.
 *
 * @category decisions
 * @since 0.1.0
 */
export const capsOf = (resources: ReadonlyArray<ResourceRecord>): ReadonlyArray<BudgetCap> => {
  const caps = new Map<string, BudgetCap>()
  const held = resources.filter(isHeld).toSorted((left, right) => left.requestedAt - right.requestedAt)
  for (const { reserve } of held) for (const cap of reserve?.budgets ?? []) caps.set(cap.scope, cap)
  return [...caps.values()]
}

/**
 * One budget at a moment.
 *
 * @category models
 * @since 0.1.0
 */
export interface Standing {
  readonly cap: BudgetCap
  readonly counted: ReadonlyArray<Counted>
  readonly accrued: Money.NanoUsd
  /** What ending everything in good order costs, begun at the next look, and seen to be over at the one after. */
  readonly ending: Money.NanoUsd
}

/** How a budget stands. @category decisions @since 0.1.0 */
export const standingOf = (cap: BudgetCap, watched: Watched, now: number): Standing => {
  const counted = countedIn(cap.scope, watched)
  const rate = (record: ResourceRecord): Money.UsdPerHour => rateOf(record) ?? Money.UsdPerHour.make(0)
  return {
    cap,
    counted,
    accrued: Money.sum([
      watched.ledgers.get(cap.scope)?.spent ?? Money.zero,
      ...counted.map(({ record }) => accrued(record, now) ?? Money.zero)
    ]),
    ending: Money.sum(
      counted.map(({ record, reserve }) => Money.overSeconds(rate(record), stoppingSeconds(reserve) + 2 * lookSeconds))
    )
  }
}

/** Whether a budget has no more than what ending in good order costs. @category predicates @since 0.1.0 */
export const isExhausted = ({ accrued: soFar, cap, ending }: Standing): boolean =>
  Money.remaining(cap.capNanoUsd, soFar) < ending

const reached = ({ accrued: soFar, cap }: Standing): number =>
  soFar === 0 ? 0 : (thresholds.findLast((percent) => soFar * 100 >= cap.capNanoUsd * percent) ?? 0)

/** Whether this threshold of this cap is news. A cap that was changed begins anew. */
const isNews = (percent: number, cap: BudgetCap, told: BudgetLedger.Ledger["warned"]): boolean =>
  percent > 0 && (told === undefined || told.capNanoUsd !== cap.capNanoUsd || told.percent < percent)

const warningOf = (standing: Standing, percent: number): Event => {
  const { scope, capNanoUsd } = standing.cap
  const message =
    percent < 100
      ? `${percent} % of the budget "${scope}" is spent: ${Money.format(standing.accrued)} of ${Money.format(capNanoUsd)}`
      : `the budget "${scope}" is spent: ${Money.format(standing.accrued)} of ${Money.format(capNanoUsd)}`
  return event("BudgetWarned", { scope, percent, capNanoUsd, accruedNanoUsd: standing.accrued, message })
}

const exceededOf = ({ accrued: soFar, cap }: Standing): Event =>
  event("BudgetExceeded", {
    scope: cap.scope,
    capNanoUsd: cap.capNanoUsd,
    message: `the budget "${cap.scope}" is used up: ${Money.format(soFar)} of ${Money.format(
      cap.capNanoUsd
    )} is spent, and the rest is what ending in good order costs`
  })

const isOpen = ({ phase }: RunRecord): boolean => phase !== "Closed"

/** The open runs a machine is there for: its own, and one that borrows it. */
const runsOn = ({ mark, resource, run }: ResourceRecord, runs: ReadonlyArray<RunRecord>): ReadonlyArray<RunRecord> =>
  runs.filter((each) => {
    const attempt = each.attempts.at(-1)
    const { placement } = each.spec
    const at = placement._tag === "On" ? placement.resource : attempt?.resource
    const isThere = attempt?.key === mark.key || (resource !== undefined && at === resource.id)
    return isOpen(each) && (each.id === run || isThere)
  })

const append = (stream: string, run: RunId | undefined, events: ReadonlyArray<Event>): Action => ({
  _tag: "Append",
  stream,
  run,
  events
})

const concerned = ({ counted }: Standing, { runs }: Watched): ReadonlyArray<RunRecord> => [
  ...new Set(counted.flatMap(({ record }) => runsOn(record, runs)))
]

/** Tells the budget itself and every run at its cost, each once; a jump over several thresholds is told as the last. */
const warnings = (standing: Standing, watched: Watched): ReadonlyArray<Action> => {
  const { cap } = standing
  const percent = reached(standing)
  const warning = warningOf(standing, percent)
  const told = watched.ledgers.get(cap.scope)?.warned
  return [
    ...(isNews(percent, cap, told) ? [append(streams.budget(cap.scope), undefined, [warning])] : []),
    ...concerned(standing, watched)
      .filter(({ warned }) => isNews(percent, cap, warned?.[cap.scope]))
      .map(({ id }) => append(streams.run(id), id, [warning]))
  ]
}

const hasJob = ({ phase }: RunRecord): boolean => phase !== "Ended" && phase !== "Settled" && phase !== "Closed"

/** Ends the runs of a budget politely; what has ended already only learns why its machine does not wait longer. */
const stops = (standing: Standing, watched: Watched): ReadonlyArray<Action> =>
  concerned(standing, watched)
    .filter(({ exceeded, phase }) => exceeded === undefined && phase !== "Settled")
    .map((run) =>
      append(streams.run(run.id), run.id, [
        exceededOf(standing),
        ...(hasJob(run) && !run.cancelRequested ? [event("RunCancelRequested", { by: "budget" })] : [])
      ])
    )

/** Whether a machine has had its time to end in good order; at once where there is no run to wait for. */
const isDue = ({ record, reserve }: Counted, runs: ReadonlyArray<RunRecord>, now: number): boolean =>
  runsOn(record, runs).every(
    ({ exceeded }) => exceeded !== undefined && now >= exceeded.at + stoppingSeconds(reserve) * 1000
  )

/** The machines to end. One that is being made is its maker's until it is there. */
const ends = (standing: Standing, { runs }: Watched, now: number): ReadonlyArray<Action> =>
  standing.counted
    .filter((counted) => counted.record.phase === "Held" && isDue(counted, runs, now))
    .flatMap(({ record }): ReadonlyArray<Action> => {
      const { key } = record.mark
      const fact = append(streams.resource(key), undefined, [exceededOf(standing)])
      return [fact, { _tag: "End", key }]
    })

/**
 * What to do about all budgets now.
 *
 * **Details**  a cap is never passed by more than what the machines at its cost charge in two looks, their grace and the
 * time to bring results home, at the dearest price in that time; at prices that stay, it is not passed at all.
 * **Units**    now: milliseconds since 1970-01-01 UTC
 *
 * @category decisions
 * @since 0.1.0
 */
export const decide = (watched: Watched, now: number): ReadonlyArray<Action> => {
  const standings = capsOf(watched.resources).map((cap) => standingOf(cap, watched, now))
  const exhausted = standings.filter(isExhausted)
  const stopped = new Set<string>()
  /** A run or machine at the cost of several exhausted budgets is ended once, by the first. */
  const once = (action: Action): boolean => {
    const name = action._tag === "End" ? `end ${action.key}` : `append ${action.stream}`
    return !stopped.has(name) && stopped.add(name).size > 0
  }
  return [
    ...standings.flatMap((standing) => warnings(standing, watched)),
    ...exhausted.flatMap((standing) => [...stops(standing, watched), ...ends(standing, watched, now)]).filter(once)
  ]
}
