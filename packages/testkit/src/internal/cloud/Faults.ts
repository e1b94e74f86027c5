import { random } from "../proxy/rate.ts"
import type { Answer, Request } from "./http.ts"

/** Which requests; every one without any condition. `nth` counts those that match otherwise, from 1. */
export interface Match {
  readonly method?: string
  readonly path?: RegExp
  readonly body?: (body: unknown) => boolean
  readonly nth?: number
  /** How many of them; once without it. */
  readonly times?: number
}

/** What happens to a request on its way, and to its answer on the way back. Times in emulated seconds. */
export interface Plan {
  readonly effects: 0 | 1 | 2
  readonly effectAfter: number
  readonly replyAfter: number
  readonly reply: "whole" | "lost" | "lostAtOnce" | "truncated" | "twice"
  /** Which of two effects is answered. */
  readonly answerOf: "first" | "second"
  /** Instead of what the cloud would say. */
  readonly answer?: Answer
}

const clean: Plan = { effects: 1, effectAfter: 0, replyAfter: 0, reply: "whole", answerOf: "first" }

/** How often, from 0 to 1, each of these happens to a request; at most one of them does. */
export interface Rates {
  readonly lostRequest?: number
  readonly lostReply?: number
  readonly lateReply?: number
  readonly lateEffect?: number
  /** The client sees a cut connection, and later it happens all the same. */
  readonly lostThenLate?: number
  readonly appliedTwice?: number
  readonly duplicatedReply?: number
  readonly truncated?: number
  readonly serverError?: number
  readonly serverErrorAfterEffect?: number
  /** How late is late: at most so many emulated seconds; 5 without it. */
  readonly seconds?: number
}

export const plans = {
  lostRequest: (): Plan => ({ ...clean, effects: 0, reply: "lost" }),
  lostReply: (): Plan => ({ ...clean, reply: "lost" }),
  lateReply: (seconds: number): Plan => ({ ...clean, replyAfter: seconds }),
  lateEffect: (seconds: number): Plan => ({ ...clean, effectAfter: seconds }),
  lostThenLate: (seconds: number): Plan => ({ ...clean, effectAfter: seconds, reply: "lostAtOnce" }),
  appliedTwice: (): Plan => ({ ...clean, effects: 2 }),
  duplicatedReply: (): Plan => ({ ...clean, reply: "twice" }),
  truncated: (): Plan => ({ ...clean, reply: "truncated" }),
  serverError: (answer: Answer): Plan => ({ ...clean, effects: 0, answer }),
  serverErrorAfterEffect: (answer: Answer): Plan => ({ ...clean, answer })
}

const kinds = [
  "lostRequest",
  "lostReply",
  "lateReply",
  "lateEffect",
  "lostThenLate",
  "appliedTwice",
  "duplicatedReply",
  "truncated",
  "serverError",
  "serverErrorAfterEffect"
] as const

interface Rule<A> {
  readonly match: Match
  readonly gives: A
  seen: number
  left: number
}

const fits = (match: Match, request: Request): boolean =>
  (match.method === undefined || match.method === request.method) &&
  (match.path === undefined || match.path.test(request.path)) &&
  (match.body === undefined || match.body(request.body))

class Rules<A> {
  #rules: Array<Rule<A>> = []

  add(match: Match, gives: A): void {
    this.#rules.push({ match, gives, seen: 0, left: match.times ?? 1 })
  }

  /** Every rule counts what it matches, the first that is due is taken. */
  take(request: Request): A | undefined {
    let taken: A | undefined
    for (const rule of this.#rules) {
      if (!fits(rule.match, request)) continue
      rule.seen++
      if (taken !== undefined || rule.seen < (rule.match.nth ?? 1)) continue
      rule.left--
      taken = rule.gives
    }
    if (taken !== undefined) this.#rules = this.#rules.filter(({ left }) => left > 0)
    return taken
  }

  clear(): void {
    this.#rules = []
  }
}

interface Weather {
  readonly rates: Rates
  readonly match: Match
  readonly draw: () => number
}

/** What is to go wrong, scripted or by a seed; the same requests in the same order meet the same faults. */
export class FaultPlan {
  readonly plans = new Rules<Plan>()
  /** The words in which there is none. */
  readonly capacity = new Rules<string>()
  /** A create that is accepted, and comes to nothing. */
  readonly failedCreates = new Rules<true>()
  /** A delete that is answered, and does nothing. */
  readonly ignoredDeletes = new Rules<true>()
  readonly pendingEvents = new Rules<true>()
  /** An action that is begun, and has no effect. */
  readonly failedActions = new Rules<true>()
  /** Seconds after which to come again, where those are said. */
  readonly rateLimits = new Rules<{ readonly retryAfterSeconds: number | undefined }>()
  readonly #serverError: Answer
  #weather: Weather | undefined

  constructor(serverError: Answer) {
    this.#serverError = serverError
  }

  randomly(seed: number, rates: Rates, match: Match): void {
    this.#weather = { rates, match, draw: random(seed) }
  }

  clear(): void {
    for (const rules of Object.values(this)) if (rules instanceof Rules) rules.clear()
    this.#weather = undefined
  }

  planFor(request: Request): Plan {
    return this.plans.take(request) ?? this.#drawn(request) ?? clean
  }

  #drawn(request: Request): Plan | undefined {
    if (this.#weather === undefined || !fits(this.#weather.match, request)) return undefined
    const { draw, rates } = this.#weather
    let chance = draw()
    const seconds = draw() * (rates.seconds ?? 5)
    for (const kind of kinds) {
      chance -= rates[kind] ?? 0
      if (chance >= 0) continue
      if (kind === "serverError" || kind === "serverErrorAfterEffect") return plans[kind](this.#serverError)
      return plans[kind](seconds)
    }
    return undefined
  }
}
