/**
 * What a job will really cost on an offer: not the price of an hour, but what will be on the bill at its end.
 *
 * Compute by the provider's own steps and minimum, the time before the job starts, disk while it runs and while the
 * machine is stopped, what leaves the machine, and on a spot machine the work that interruptions are expected to undo.
 * Pure: everything that is not known has a range, and the range is part of the answer.
 *
 * @since 0.1.0
 */
import { type BillingRules, billingRulesOf, exactly, type Range } from "./BillingRules.ts"
import { canonicalName } from "./Accelerator.ts"
import type { Shape } from "./Shape.ts"

/**
 * A number, or what it may lie between.
 *
 * @category models
 * @since 0.1.0
 */
export type Estimate = number | Range

/**
 * The same work on any machine: hours of one GPU whose speed is 1, and how fast the others are.
 *
 * @category models
 * @since 0.1.0
 */
export interface Work {
  readonly gpuHours: number
  /** Times as fast as the GPU that the hours are of, by the name of `canonicalName`. */
  readonly speeds: Readonly<Record<string, number>>
}

/**
 * A job and what is known about it; what is left out has the default of `jobDefaults` or of the provider's rules.
 *
 * **Details**  the length is `hours`, or follows from `work`. `checkpointEveryHours` missing means that there are no
 * checkpoints: an interruption undoes everything. `stoppedHours` is how long the machine lies stopped before it is
 * deleted. The last four override what the provider's rules or the offer say.
 * **Units**    GiB: binary gigabytes
 *
 * @category models
 * @since 0.1.0
 */
export interface Job {
  readonly hours?: number
  readonly work?: Work
  readonly checkpointEveryHours?: number
  readonly setupHours?: Estimate
  readonly outputGiB?: Estimate
  readonly diskGiB?: number
  readonly stoppedHours?: number
  readonly interruptionsPerHour?: Estimate
  readonly diskUsdPerGiBHour?: Estimate
  readonly stoppedDiskUsdPerGiBHour?: Estimate
  readonly egressUsdPerGiB?: Estimate
}

/**
 * What is assumed where nobody says.
 *
 * **Details**  a job of ten hours. Its machine is ready after 6 minutes (2 to 15): boot, driver, code, dependencies,
 * data; how long that takes on your machines stands in `runctl runs show`. It brings home 1 GiB (none to 10) and needs
 * 100 GiB of disk where disk is paid for apart; it is never stopped. These are assumptions of ours, not measurements.
 *
 * @category constants
 * @since 0.1.0
 */
export const jobDefaults = {
  hours: 10,
  setupHours: { low: 2 / 60, expected: 6 / 60, high: 15 / 60 },
  outputGiB: { low: 0, expected: 1, high: 10 },
  diskGiB: 100,
  stoppedHours: 0
} as const

/** The parts of a cost, in the order in which they are told. @category constants @since 0.1.0 */
export const components = ["compute", "setup", "interruptions", "billing", "disk", "stopped", "egress"] as const

/** A part of a cost. @category models @since 0.1.0 */
export type Component = (typeof components)[number]

/**
 * Whole nano-dollars (1e-9 USD) of each part: `compute` for the job itself, `setup` before it, `interruptions` for work
 * done twice, `billing` for what is charged beyond the time used, `disk` while it runs, `stopped` afterwards, `egress`.
 *
 * @category models
 * @since 0.1.0
 */
export type Parts = Readonly<Record<Component, number>>

/**
 * What a job is expected to cost, in whole nano-dollars. `totalNanoUsd` is the sum of the parts, and lies between
 * `lowNanoUsd` and `highNanoUsd`.
 *
 * **Details**  `hours` is how long the machine is expected to run, with setting up and repeated work, `interruptions` how
 * often it is expected to be taken back. A part beyond a billion dollars is a billion: nobody would see its end.
 *
 * @category models
 * @since 0.1.0
 */
export interface EffectiveCost {
  readonly totalNanoUsd: number
  readonly lowNanoUsd: number
  readonly highNanoUsd: number
  readonly hours: number
  readonly interruptions: number
  readonly parts: Parts
}

/** Everything that one evaluation needs, as plain numbers. */
interface Terms {
  readonly setupHours: number
  readonly outputGiB: number
  readonly diskGiB: number
  readonly stoppedHours: number
  readonly checkpointEveryHours: number
  readonly incrementHours: number
  readonly minimumHours: number
  readonly minimumUsd: number
  readonly diskUsdPerGiBHour: number
  readonly stoppedDiskUsdPerGiBHour: number
  readonly stopsNothing: boolean
  readonly egressUsdPerGiB: number
  readonly interruptionsPerHour: number
}

/** The three ends of what is not known. */
interface Ends {
  readonly low: Terms
  readonly expected: Terms
  readonly high: Terms
}

const nanosPerUsd = 1e9

/** A billion dollars: a job without checkpoints may be expected never to end, and sums stay numbers all the same. */
const mostNanoUsd = 1e18

const nano = (usd: number): number => (usd * nanosPerUsd < mostNanoUsd ? Math.round(usd * nanosPerUsd) : mostNanoUsd)

/**
 * Hours beyond the work itself that interruptions are expected to cost: what they undo since the last checkpoint, and
 * setting up anew, which may be interrupted too.
 *
 * @source J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", 2006
 */
const lostHours = (hours: number, { checkpointEveryHours, interruptionsPerHour, setupHours }: Terms): number => {
  if (interruptionsPerHour <= 0 || hours <= 0) return 0
  const segment = (length: number): number =>
    (Math.exp(interruptionsPerHour * setupHours) * Math.expm1(interruptionsPerHour * length)) / interruptionsPerHour
  if (hours <= checkpointEveryHours) return Math.max(0, segment(hours) - hours)
  const whole = Math.floor(hours / checkpointEveryHours)
  const rest = Math.max(0, hours - whole * checkpointEveryHours)
  return Math.max(0, whole * segment(checkpointEveryHours) + segment(rest) - hours)
}

/** In hours: a step of less than about a millisecond is none. */
const leastStep = 3e-7

/** In hours: what would take longer will not be done. */
const longest = 1e12

/** Steps of a second are far apart in hours of a float: what is a step but for that is one. */
const steps = (hours: number, increment: number): number => Math.ceil(hours / increment - 1e-9)

const billedHours = (hours: number, { incrementHours, minimumHours }: Terms): number =>
  Math.max(
    minimumHours,
    incrementHours > leastStep && hours < 1e9 ? steps(hours, incrementHours) * incrementHours : hours
  )

/** Where `evaluate` leaves what it found: hours, interruptions, then the parts in their order. */
const found = new Float64Array(2 + components.length)

/** The total by one end of what is not known, and all parts in `found`. `isSpot`: whether it can be taken back. */
const evaluate = (usdPerHour: number, hours: number, terms: Terms, isSpot: boolean): number => {
  const lost = isSpot ? Math.min(longest, lostHours(hours, terms)) : 0
  const busy = hours + terms.setupHours + lost
  const interruptions = isSpot ? busy * terms.interruptionsPerHour : 0
  const compute = nano(usdPerHour * hours)
  const setup = nano(usdPerHour * terms.setupHours)
  const repeated = nano(usdPerHour * lost)
  // Each machine that follows an interrupted one begins a step of its own: half a step is lost on average.
  const charged = billedHours(busy, terms) + (interruptions * terms.incrementHours) / 2
  const atLeast = usdPerHour > 0 ? terms.minimumUsd : 0
  const billing = Math.max(0, nano(Math.max(atLeast, usdPerHour * charged)) - compute - setup - repeated)
  const disk = nano(terms.diskUsdPerGiBHour * terms.diskGiB * busy)
  const stoppedRate = terms.stoppedDiskUsdPerGiBHour * terms.diskGiB + (terms.stopsNothing ? usdPerHour : 0)
  const stopped = nano(stoppedRate * terms.stoppedHours)
  const egress = nano(terms.egressUsdPerGiB * terms.outputGiB)
  found[0] = busy
  found[1] = interruptions
  found[2] = compute
  found[3] = setup
  found[4] = repeated
  found[5] = billing
  found[6] = disk
  found[7] = stopped
  found[8] = egress
  return compute + setup + repeated + billing + disk + stopped + egress
}

const partsIn = (numbers: Float64Array, from: number): Parts => ({
  compute: numbers[from] ?? 0,
  setup: numbers[from + 1] ?? 0,
  interruptions: numbers[from + 2] ?? 0,
  billing: numbers[from + 3] ?? 0,
  disk: numbers[from + 4] ?? 0,
  stopped: numbers[from + 5] ?? 0,
  egress: numbers[from + 6] ?? 0
})

const ends = ["low", "expected", "high"] as const

const rangeOf = (estimate: Estimate | undefined, otherwise: Range): Range =>
  estimate === undefined ? otherwise : typeof estimate === "number" ? exactly(estimate) : estimate

const termsOf = (job: Job, rules: BillingRules, offer: Shape | undefined): Ends => {
  const setup = rangeOf(job.setupHours, jobDefaults.setupHours)
  const output = rangeOf(job.outputGiB, jobDefaults.outputGiB)
  const disk = rangeOf(job.diskUsdPerGiBHour ?? offer?.diskUsdPerGiBHour, rules.diskUsdPerGiBHour)
  const stoppedDisk = rangeOf(
    job.stoppedDiskUsdPerGiBHour ?? offer?.stoppedDiskUsdPerGiBHour ?? offer?.diskUsdPerGiBHour,
    rules.stoppedDiskUsdPerGiBHour
  )
  const egress = rangeOf(job.egressUsdPerGiB ?? offer?.egressUsdPerGiB, rules.egressUsdPerGiB)
  const hazard = rangeOf(job.interruptionsPerHour ?? offer?.interruptionsPerHour, rules.interruptionsPerHour)
  const increment = rangeOf(offer?.billingIncrementSeconds, rules.incrementSeconds)
  const at = (end: (typeof ends)[number]): Terms => ({
    setupHours: setup[end],
    outputGiB: output[end],
    diskGiB: job.diskGiB ?? offer?.diskGiB ?? jobDefaults.diskGiB,
    stoppedHours: job.stoppedHours ?? jobDefaults.stoppedHours,
    checkpointEveryHours: job.checkpointEveryHours ?? Infinity,
    incrementHours: increment[end] / 3600,
    minimumHours: (offer?.billingMinimumSeconds ?? rules.minimumSeconds) / 3600,
    minimumUsd: rules.minimumUsd,
    diskUsdPerGiBHour: disk[end],
    stoppedDiskUsdPerGiBHour: stoppedDisk[end],
    stopsNothing: rules.whileStopped === "everything",
    egressUsdPerGiB: egress[end],
    interruptionsPerHour: hazard[end]
  })
  return { low: at("low"), expected: at("expected"), high: at("high") }
}

const hasOwnTerms = (offer: Shape): boolean =>
  offer.diskUsdPerGiBHour !== undefined ||
  offer.egressUsdPerGiB !== undefined ||
  offer.diskGiB !== undefined ||
  offer.billingIncrementSeconds !== undefined ||
  offer.billingMinimumSeconds !== undefined ||
  offer.stoppedDiskUsdPerGiBHour !== undefined ||
  offer.interruptionsPerHour !== undefined

/**
 * How long a job takes on an offer; `undefined` where that is not known, as the speed of its GPU is not.
 *
 * @category queries
 * @since 0.1.0
 */
export const hoursOn = (offer: Shape, { hours, work }: Job): number | undefined => {
  if (work === undefined) return hours ?? jobDefaults.hours
  if (offer.gpu === undefined || offer.gpuCount <= 0) return undefined
  const speed = work.speeds[canonicalName(offer.gpu, offer.gpuMemoryGiB)]
  return speed === undefined || speed <= 0 ? undefined : work.gpuHours / (speed * offer.gpuCount)
}

/** Numbers of one cost: total, low, high, then what `evaluate` finds. */
const width = 3 + found.length

/** A cost among many: its numbers lie beside those of the others, and are read when somebody wants them. */
class Entry implements EffectiveCost {
  readonly #numbers: Float64Array
  readonly #from: number
  constructor(numbers: Float64Array, from: number) {
    this.#numbers = numbers
    this.#from = from
  }
  get totalNanoUsd(): number {
    return this.#numbers[this.#from] ?? 0
  }
  get lowNanoUsd(): number {
    return this.#numbers[this.#from + 1] ?? 0
  }
  get highNanoUsd(): number {
    return this.#numbers[this.#from + 2] ?? 0
  }
  get hours(): number {
    return this.#numbers[this.#from + 3] ?? 0
  }
  get interruptions(): number {
    return this.#numbers[this.#from + 4] ?? 0
  }
  get parts(): Parts {
    return partsIn(this.#numbers, this.#from + 5)
  }
}

/** How many costs lie together. */
const together = 4096

/**
 * A calculator for one job, which reads every provider's rules once: for many offers.
 *
 * **Details**  answers `undefined` where the price of the offer in that market is not known, or the job's length is not.
 *
 * @category decisions
 * @since 0.1.0
 */
export const calculator = (job: Job): ((offer: Shape, market: "on-demand" | "spot") => EffectiveCost | undefined) => {
  const byProvider = new Map<string, Ends>()
  const sameHours = job.work === undefined ? (job.hours ?? jobDefaults.hours) : undefined
  let numbers = new Float64Array(0)
  let used = 0
  let room = width
  return (offer, market) => {
    const usdPerHour = market === "spot" ? offer.spotUsdPerHour : offer.onDemandUsdPerHour
    const hours = sameHours ?? hoursOn(offer, job)
    if (usdPerHour === undefined || hours === undefined) return undefined
    let terms = byProvider.get(offer.provider)
    if (terms === undefined) {
      terms = termsOf(job, billingRulesOf(offer.provider), undefined)
      byProvider.set(offer.provider, terms)
    }
    if (hasOwnTerms(offer)) terms = termsOf(job, billingRulesOf(offer.provider), offer)
    const isSpot = market === "spot"
    if (used + width > numbers.length) {
      // A single cost takes no more room than it needs, many lie together.
      numbers = new Float64Array(room)
      room = Math.min(together * width, room * 8)
      used = 0
    }
    const low = evaluate(usdPerHour, hours, terms.low, isSpot)
    const high = evaluate(usdPerHour, hours, terms.high, isSpot)
    const total = evaluate(usdPerHour, hours, terms.expected, isSpot)
    numbers[used] = total
    numbers[used + 1] = Math.min(total, low)
    numbers[used + 2] = Math.max(total, high)
    numbers.set(found, used + 3)
    const entry = new Entry(numbers, used)
    used += width
    return entry
  }
}

/**
 * What a job will really cost on one offer; `undefined` where its price in that market is not known.
 *
 * @category decisions
 * @since 0.1.0
 */
export const effectiveCost = (offer: Shape, market: "on-demand" | "spot", job: Job): EffectiveCost | undefined =>
  calculator(job)(offer, market)

/**
 * All parts at the favourable, the expected and the unfavourable end, with what they were reckoned from.
 *
 * @category models
 * @since 0.1.0
 */
export interface Breakdown {
  readonly parts: Readonly<Record<"low" | "expected" | "high", Parts>>
  readonly terms: Ends
  readonly rules: BillingRules
  readonly jobHours: number
  readonly usdPerHour: number
}

/**
 * The same cost taken apart, for whoever wants to know why.
 *
 * @category decisions
 * @since 0.1.0
 */
export const breakdown = (offer: Shape, market: "on-demand" | "spot", job: Job): Breakdown | undefined => {
  const usdPerHour = market === "spot" ? offer.spotUsdPerHour : offer.onDemandUsdPerHour
  const jobHours = hoursOn(offer, job)
  if (usdPerHour === undefined || jobHours === undefined) return undefined
  const rules = billingRulesOf(offer.provider)
  const terms = termsOf(job, rules, offer)
  const at = (end: (typeof ends)[number]): Parts => {
    evaluate(usdPerHour, jobHours, terms[end], market === "spot")
    return partsIn(found, 2)
  }
  return {
    parts: { low: at("low"), expected: at("expected"), high: at("high") },
    terms,
    rules,
    jobHours,
    usdPerHour
  }
}
