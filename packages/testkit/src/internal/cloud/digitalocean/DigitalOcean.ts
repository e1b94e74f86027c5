import { FaultPlan, type Plan } from "../Faults.ts"
import { type Answer, type Request, split, type Violation } from "../http.ts"
import { Window } from "../Window.ts"
import { accountRoutes } from "./account.ts"
import { actionRoutes } from "./actions.ts"
import { dropletRoutes } from "./droplets.ts"
import { forbidden, notFound, serverError, tooMany, unauthorized, unprocessable } from "./errors.ts"
import { keyRoutes } from "./keys.ts"
import type { Account } from "./model.ts"
import { checkFailure, type Outcome, type Route } from "./route.ts"
import { tagRoutes } from "./tags.ts"
import { volumeRoutes } from "./volumes.ts"
import { type Token, World, type WorldOptions } from "./World.ts"

const routes: ReadonlyArray<Route> = [
  ...dropletRoutes,
  ...actionRoutes,
  ...keyRoutes,
  ...accountRoutes,
  ...tagRoutes,
  ...volumeRoutes
]

/**
 * Requests of one token: per hour, and per minute as a burst.
 *
 * @source https://docs.digitalocean.com/reference/api/
 */
const limits = { perHour: 5000, perMinute: 250, keyListsPerMinute: 10 }

class Limits {
  readonly hour = new Window(limits.perHour, 3600)
  readonly minute = new Window(limits.perMinute, 60)
  readonly keyLists = new Window(limits.keyListsPerMinute, 60)
}

const seconds = (millis: number): string => String(Math.ceil(millis / 1000))

/** How the requests of a token are limited, and the answers to all that is not. */
export interface CloudOptions extends WorldOptions {
  /** Off, the limits are not there. */
  readonly limitsRates: boolean
  /** Whether what is not allowed is refused with 422, or only written down. */
  readonly refusesViolations: boolean
  /** Whether every answer is checked too; a caller that does so itself needs no second time. */
  readonly checksAnswers: boolean
}

/** The cloud without any HTTP: the same requests at the same times have the same answers. */
export class DigitalOcean {
  readonly options: CloudOptions
  readonly faults = new FaultPlan(serverError)
  readonly world: World
  readonly violations: Array<Violation> = []
  readonly #limits = new Map<string, Limits>()
  #requests = 0

  constructor(options: CloudOptions) {
    this.options = options
    this.world = new World(options, this.faults)
  }

  addAccount(settings: Pick<Account, "email" | "name" | "dropletLimit">): Account {
    const account: Account = { ...settings, uuid: this.world.hex(40), status: "active", tags: new Map() }
    this.world.accounts.push(account)
    return account
  }

  /** A token of it, for everything or for these scopes only. */
  addToken(account: Account, scopes?: ReadonlyArray<string>): string {
    const token = `dop_v1_${this.world.hex(64)}`
    this.world.tokens.set(token, { account, scopes: scopes === undefined ? undefined : new Set(scopes) })
    return token
  }

  planFor(request: Request): Plan {
    return this.faults.planFor(split(request))
  }

  handle(request: Request, now: number): Answer {
    const id = (++this.#requests).toString(16).padStart(12, "0")
    const asked = split(request)
    const token = this.world.tokens.get(asked.token ?? "")
    const limited = token === undefined ? undefined : this.#limit(asked, now)
    const answer = limited?.answer ?? this.#answer(asked, token, now)
    const headers = { ...limited?.headers, ...answer.headers, "x-request-id": `00000000-0000-4000-8000-${id}` }
    return { ...answer, headers }
  }

  /** Writes down what is not allowed, once it is known. */
  violated(violation: Violation): void {
    this.violations.push(violation)
  }

  /** What is wrong, by our own schemas, with an answer to the request. */
  complaint(request: Request, answer: Answer): string | undefined {
    const asked = split(request)
    const route = routes.find(({ method, path }) => method === asked.method && path.test(asked.path))
    return route === undefined || answer.status >= 400 ? checkFailure(answer) : route.check(answer)
  }

  #limit(request: Request, now: number) {
    const forced = this.faults.rateLimits.take(request)
    if (!this.options.limitsRates && forced === undefined) return { headers: {} }
    const { method, path, token = "" } = request
    const windows = this.#limits.get(token) ?? new Limits()
    this.#limits.set(token, windows)
    const { hour, keyLists, minute } = windows
    const bursts = method === "GET" && path === "/v2/account/keys" ? [minute, keyLists] : [minute]
    const full = bursts.find((window) => window.remaining(now) <= 0)
    const isOver = forced !== undefined || full !== undefined || hour.remaining(now) <= 0
    if (!isOver) for (const window of [hour, ...bursts]) window.add(now)
    const isHourly = forced !== undefined && forced.retryAfterSeconds === undefined
    const wait = forced === undefined ? full && seconds(full.resetAt(now) - now) : forced.retryAfterSeconds
    const headers = {
      "ratelimit-limit": String(hour.limit),
      "ratelimit-remaining": String(isHourly ? 0 : Math.max(0, hour.remaining(now))),
      "ratelimit-reset": seconds(hour.resetAt(now)),
      // Only a burst says when to come again.
      ...(wait === undefined ? {} : { "retry-after": String(wait) })
    }
    return isOver ? { headers, answer: tooMany } : { headers }
  }

  #answer(request: ReturnType<typeof split>, token: Token | undefined, now: number): Answer {
    if (token === undefined) return unauthorized
    const { method, path, query } = request
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(path) : null
      if (match === null) continue
      if (token.scopes !== undefined && route.scope !== undefined && !token.scopes.has(route.scope)) return forbidden
      const readAt = method === "GET" ? this.#readAt(now) : now
      const params = match.slice(1)
      const { body, headers = {} } = request
      const call = { account: token.account, now, readAt, path, params, rawQuery: query, query, body, headers }
      return this.#checked(request, route, route.run(this.world, call, this.options.refusesViolations))
    }
    this.#violation("request", request, `there is no ${method} ${path} here`)
    return notFound
  }

  #readAt(now: number): number {
    const { staleSeconds } = this.options
    return staleSeconds === 0 ? now : now - Math.floor(this.world.draw() * staleSeconds * 1000)
  }

  #checked(request: Request, route: Route, { answer, complaint }: Outcome): Answer {
    if (complaint !== undefined) this.#violation("request", request, complaint)
    if (answer === undefined) return unprocessable(complaint ?? "")
    const wrong = this.options.checksAnswers ? route.check(answer) : undefined
    if (wrong !== undefined) this.#violation("answer", request, wrong)
    return answer
  }

  #violation(of: Violation["of"], { method, path }: Request, message: string): void {
    this.violated({ of, by: "schema", method, path, message })
  }
}
