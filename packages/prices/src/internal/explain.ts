/**
 * A cost taken apart, a line for each part.
 */
import type { Range } from "@runctl/core/BillingRules"
import { formatUsd } from "@runctl/core/Dollars"
import {
  breakdown,
  type Breakdown,
  type Component,
  components,
  jobDefaults,
  type Job
} from "@runctl/core/EffectiveCost"
import type { ExplainedPart } from "../Comparison.ts"
import type { PlainOffer } from "../Snapshot.ts"

const significant = (value: number): string => String(Number(value.toPrecision(3)))

/** `0.1 h`, `6 min`, `20 s`. */
const time = (hours: number): string =>
  hours >= 1
    ? `${significant(hours)} h`
    : hours >= 1 / 60
      ? `${significant(hours * 60)} min`
      : `${significant(hours * 3600)} s`

const isWide = ({ high, low }: Range): boolean => low !== high

const between = (range: Range, format: (value: number) => string): string =>
  isWide(range) ? ` (${format(range.low)} to ${format(range.high)})` : ""

type Term = {
  [K in keyof Breakdown["terms"]["expected"]]: Breakdown["terms"]["expected"][K] extends number ? K : never
}
type TermName = Term[keyof Term]

const rangeOf = ({ terms }: Breakdown, name: TermName): Range => ({
  low: terms.low[name],
  expected: terms.expected[name],
  high: terms.high[name]
})

const setupWhy = (found: Breakdown, job: Job): string => {
  const setup = rangeOf(found, "setupHours")
  return `${time(setup.expected)} before the job starts${between(setup, time)}${job.setupHours === undefined ? ", assumed" : ""}`
}

const interruptionsWhy = (found: Breakdown, isSpot: boolean): string => {
  if (!isSpot) return "none: it is ours until we end it"
  const hazard = rangeOf(found, "interruptionsPerHour")
  const every = found.terms.expected.checkpointEveryHours
  const saved =
    every === Infinity
      ? "no checkpoints, so that each undoes everything"
      : `checkpoints every ${time(every)}, so that each undoes half of that on average`
  const rate = hazard.expected === 0 ? "none expected" : `one in ${time(1 / hazard.expected)} expected`
  const range = isWide(hazard)
    ? ` (in ${hazard.low === 0 ? "never" : time(1 / hazard.low)} to ${time(1 / hazard.high)})`
    : ""
  return `${rate}${range}; ${saved}; and setting up anew`
}

const stepWhy = (found: Breakdown): string => {
  const step = rangeOf(found, "incrementHours")
  const { minimumHours, minimumUsd } = found.terms.expected
  const parts = [
    step.high === 0 ? "by the time used" : `in steps of ${time(step.expected)}${between(step, time)}`,
    minimumHours === 0 ? undefined : `at least ${time(minimumHours)}`,
    minimumUsd === 0 ? undefined : `at least ${formatUsd(minimumUsd)}`
  ]
  return `charged ${parts.filter((part) => part !== undefined).join(", ")}`
}

const perGiB = (rate: Range, unit: string): string =>
  `${formatUsd(rate.expected)}${between(rate, formatUsd)} per GiB${unit}`

const whys = (found: Breakdown, job: Job, isSpot: boolean): Readonly<Record<Component, string>> => {
  const { jobHours, rules, terms, usdPerHour } = found
  const { diskGiB, stoppedHours } = terms.expected
  const output = rangeOf(found, "outputGiB")
  const gib = (value: number): string => `${significant(value)} GiB`
  const stoppedAt = terms.expected.stopsNothing
    ? "charged as if it ran, for it cannot be stopped or stopping saves nothing"
    : perGiB(rangeOf(found, "stoppedDiskUsdPerGiBHour"), " and hour")
  return {
    compute: `${time(jobHours)} at ${formatUsd(usdPerHour)}/h`,
    setup: setupWhy(found, job),
    interruptions: interruptionsWhy(found, isSpot),
    billing: stepWhy(found),
    disk:
      terms.high.diskUsdPerGiBHour === 0
        ? "comes with the machine"
        : `${gib(diskGiB)}${job.diskGiB === undefined && diskGiB === jobDefaults.diskGiB ? " (assumed)" : ""} at ${perGiB(rangeOf(found, "diskUsdPerGiBHour"), " and hour")}, while it runs`,
    stopped: stoppedHours === 0 ? "never stopped" : `${time(stoppedHours)} stopped, ${stoppedAt}`,
    egress:
      terms.high.egressUsdPerGiB === 0
        ? rules.notes === ""
          ? "traffic is free"
          : "traffic out is free"
        : `${gib(output.expected)}${between(output, gib)}${job.outputGiB === undefined ? ", assumed," : ""} at ${perGiB(rangeOf(found, "egressUsdPerGiB"), " out")}`
  }
}

/** A line for every part; nothing where the cost is unknown. */
export const explained = (
  offer: PlainOffer,
  market: "on-demand" | "spot",
  job: Job
): { readonly parts: ReadonlyArray<ExplainedPart>; readonly billing: string } | undefined => {
  const found = breakdown(offer, market, job)
  if (found === undefined) return undefined
  const why = whys(found, job, market === "spot")
  const usd = (end: "low" | "expected" | "high", part: Component): number => found.parts[end][part] / 1e9
  return {
    billing: found.rules.notes,
    parts: components.map((part) => ({
      part,
      usd: usd("expected", part),
      lowUsd: Math.min(usd("low", part), usd("expected", part)),
      highUsd: Math.max(usd("high", part), usd("expected", part)),
      why: why[part]
    }))
  }
}
