import { type FaultPlan, type Match, plans, type Rates } from "./Faults.ts"
import type { Answer } from "./http.ts"

/** What a vendor says when something is wrong that has nothing to do with the request. */
export type Failure = "unauthorized" | "forbidden" | "unavailable" | "serverError"

/** What the shared kinds of faults look like in one cloud. */
export interface Dialect {
  /** Which request rents a machine. */
  readonly create: Match
  /** Which one switches a machine on or off. */
  readonly action: Match
  /** Which one ends a machine. */
  readonly delete: Match
  /** The words in which there is no capacity. */
  readonly capacity: string
  /** The type that the body of a create asks for. */
  readonly typeOf: (body: unknown) => unknown
  /** An error in the vendor's form. */
  readonly failure: (status: number, failure: Failure) => Answer
}

interface Lack {
  /** Which type there is none of; any without it. */
  readonly type?: string
  /** The same. */
  readonly size?: string
  readonly message?: string
}

/** What a test says wins, but a body has to fit both. */
const narrowed = (ours: Match, { body, ...match }: Match): Match => {
  const bodies = [ours.body, body].filter((each) => each !== undefined)
  return {
    ...ours,
    ...match,
    ...(bodies.length === 0 ? {} : { body: (sent: unknown) => bodies.every((fits) => fits(sent)) })
  }
}

/** Says what is to go wrong next: each once, for the next request that matches, unless the match says otherwise. */
export class FaultScript {
  readonly #plan: FaultPlan
  readonly #dialect: Dialect

  constructor(plan: FaultPlan, dialect: Dialect) {
    this.#plan = plan
    this.#dialect = dialect
  }

  /** The connection ends, and nothing has happened. */
  loseRequest(match: Match = {}): void {
    this.#plan.plans.add(match, plans.lostRequest())
  }

  /** It has happened, and the connection ends without an answer. */
  loseReply(match: Match = {}): void {
    this.#plan.plans.add(match, plans.lostReply())
  }

  /** The connection ends at once, and later it happens all the same. */
  loseThenApply(seconds: number, match: Match = {}): void {
    this.#plan.plans.add(match, plans.lostThenLate(seconds))
  }

  /** It happens at once, the answer takes its time. */
  delayReply(seconds: number, match: Match = {}): void {
    this.#plan.plans.add(match, plans.lateReply(seconds))
  }

  /** It happens late, and is answered then. */
  delayEffect(seconds: number, match: Match = {}): void {
    this.#plan.plans.add(match, plans.lateEffect(seconds))
  }

  /** A middleman sends the request on twice; the answer to the first or the second comes back. */
  applyTwice(match: Match = {}, answerOf: "first" | "second" = "first"): void {
    this.#plan.plans.add(match, { ...plans.appliedTwice(), answerOf })
  }

  /** The answer comes twice on the same connection. */
  duplicateReply(match: Match = {}): void {
    this.#plan.plans.add(match, plans.duplicatedReply())
  }

  /** The connection ends in the middle of the answer. */
  truncate(match: Match = {}): void {
    this.#plan.plans.add(match, plans.truncated())
  }

  /** Any answer, instead of having an effect or, `afterEffect`, of saying so. A text goes out as it is. */
  answer(
    answer: { readonly status: number; readonly body?: unknown; readonly headers?: Answer["headers"] },
    match: Match = {},
    afterEffect = false
  ): void {
    const whole: Answer = { status: answer.status, headers: answer.headers ?? {}, body: answer.body }
    this.#plan.plans.add(match, (afterEffect ? plans.serverErrorAfterEffect : plans.serverError)(whole))
  }

  /** 429, with the headers it has; where it is for a burst, they say after how many seconds to come again. */
  rateLimit(match: Match = {}, retryAfterSeconds?: number): void {
    this.#plan.rateLimits.add(match, { retryAfterSeconds })
  }

  serverError(match: Match = {}, status = 500): void {
    this.answer(this.#dialect.failure(status, status === 503 ? "unavailable" : "serverError"), match)
  }

  /** It has happened, and the answer says that something went wrong. */
  serverErrorAfterEffect(match: Match = {}, status = 500): void {
    this.answer(this.#dialect.failure(status, "serverError"), match, true)
  }

  /** What a proxy in front of the API says. */
  html(match: Match = {}, status = 502): void {
    const body = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
    this.answer({ status, body, headers: { "content-type": "text/html" } }, match)
  }

  redirect(location: string, match: Match = {}, status = 302): void {
    this.answer({ status, headers: { location } }, match)
  }

  unauthorized(match: Match = {}): void {
    this.answer(this.#dialect.failure(401, "unauthorized"), match)
  }

  forbidden(match: Match = {}): void {
    this.answer(this.#dialect.failure(403, "forbidden"), match)
  }

  /** A create is refused, in the vendor's words of the kind. */
  noCapacity({ message, size, type = size, ...match }: Lack & Match = {}): void {
    const { capacity, create, typeOf } = this.#dialect
    const wanted = type === undefined ? create : narrowed(create, { body: (sent) => typeOf(sent) === type })
    this.#plan.capacity.add(narrowed(wanted, match), message ?? capacity)
  }

  /** A create is accepted, and fails afterwards: its action is errored, its machine was never there. */
  failCreate(match: Match = {}): void {
    this.#plan.failedCreates.add(narrowed(this.#dialect.create, match), true)
  }

  /** A power action is accepted, and errored afterwards: nothing has changed. */
  failAction(match: Match = {}): void {
    this.#plan.failedActions.add(narrowed(this.#dialect.action, match), true)
  }

  /** A delete is answered with success, and the machine lives on. */
  ignoreDelete(match: Match = {}): void {
    this.#plan.ignoredDeletes.add(narrowed(this.#dialect.delete, match), true)
  }

  /** An action or a delete is refused for something that is still going on. */
  pendingEvent(match: Match = {}): void {
    this.#plan.pendingEvents.add(match, true)
  }

  /** From now on each request meets one of these faults with its probability; the seed decides. */
  random(settings: { readonly seed: number; readonly rates: Rates; readonly match?: Match }): void {
    this.#plan.randomly(settings.seed, settings.rates, settings.match ?? {})
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.#plan.clear()
  }
}
