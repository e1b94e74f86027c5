import type { Surroundings } from "../CloudCore.ts"
import { FaultPlan, type Plan } from "../Faults.ts"
import { type Answer, type Request, type Split, split, type Violation } from "../http.ts"
import { createRoute } from "./create.ts"
import { error, failed, forbidden, invalid, noSuchPath, tooMany, unauthorized, unauthorizedSearch } from "./errors.ts"
import { instanceRoutes } from "./instances.ts"
import type { Account, Token } from "./model.ts"
import { checkFailure, mayCall, type Outcome, type Route } from "./route.ts"
import { searchRoutes } from "./search.ts"
import { World, type WorldOptions } from "./World.ts"

const routes: ReadonlyArray<Route> = [...searchRoutes, createRoute, ...instanceRoutes]

/** How the requests are limited, and the answers to all that is not. */
export interface MarketOptions extends WorldOptions, Pick<Surroundings, "hasHands" | "mapped"> {
  /** Off, the limits are not there. */
  readonly limitsRates: boolean
  /** Whether what is not allowed is refused with 400, or only written down. */
  readonly refusesViolations: boolean
  /** Whether every answer is checked too; a caller that does so itself needs no second time. */
  readonly checksAnswers: boolean
}

/** Searches are counted, everything else has to be so long apart. */
const searches = { requests: 10, seconds: 60 }

/** Who looks at the market without a key. */
const nobody: Account = { id: 0, email: "", credit: 0 }

interface Matched {
  readonly route: Route
  readonly params: ReadonlyArray<string>
}

const match = ({ method, path }: Request): Matched | undefined => {
  for (const route of routes) {
    const found = route.method === method ? route.path.exec(path) : null
    if (found !== null) return { route, params: found.slice(1) }
  }
  return undefined
}

/** The cloud without any HTTP: the same requests at the same times have the same answers. */
export class Market {
  readonly options: MarketOptions
  readonly faults = new FaultPlan(failed(500, "serverError"))
  readonly world: World
  readonly violations: Array<Violation> = []
  /** When each address was asked last with each key. */
  readonly #asked = new Map<string, Array<number>>()

  constructor(options: MarketOptions) {
    this.options = options
    this.world = new World(options, this.faults)
  }

  addAccount(email: string, credit: number): Account {
    return { id: 9000 + this.world.nextId(), email, credit }
  }

  planFor(request: Request): Plan {
    return this.faults.planFor(split(request))
  }

  handle(request: Request, now: number): Answer {
    const asked = split(request)
    const token = this.world.tokens.get(asked.token ?? "")
    const found = match(asked)
    const limited = this.#limit(asked, found, now)
    return limited ?? this.#answer(asked, found, token, now)
  }

  /** Writes down what is not allowed, once it is known. */
  violated(violation: Violation): void {
    this.violations.push(violation)
  }

  /** What is wrong, by our own schemas, with an answer to the request. */
  complaint(request: Request, answer: Answer): string | undefined {
    const found = match(split(request))
    return found === undefined || answer.status >= 400 ? checkFailure(answer) : found.route.check(answer)
  }

  #limit(request: Split, found: Matched | undefined, now: number): Answer | undefined {
    const every = found?.route.every ?? 1
    if (this.faults.rateLimits.take(request) !== undefined) return tooMany(every)
    if (!this.options.limitsRates || found === undefined) return undefined
    const isSearch = found.route.key === "none"
    const name = `${request.method} ${found.route.path.source} ${isSearch ? "" : (request.token ?? "")}`
    const { requests, seconds } = isSearch ? searches : { requests: 1, seconds: every }
    const recent = (this.#asked.get(name) ?? []).filter((at) => now - at < seconds * 1000)
    if (recent.length >= requests) return tooMany(every)
    this.#asked.set(name, [...recent, now])
    return undefined
  }

  #answer(request: Split, found: Matched | undefined, token: Token | undefined, now: number): Answer {
    const { body, method, path, query } = request
    if (found === undefined) {
      this.#violation("request", request, `there is no ${method} ${path} here`)
      return noSuchPath
    }
    const { params, route } = found
    if (route.key === "none" && token === undefined && request.token !== undefined) return unauthorizedSearch
    const account = token?.account ?? (route.key === "none" ? nobody : undefined)
    if (account === undefined) return unauthorized
    if (token !== undefined && !mayCall(route, token, params)) return forbidden
    const readAt = method === "GET" ? this.#readAt(now) : now
    const outcome = route.run(
      this.world,
      { account, now, readAt, path, params, query, body },
      this.options.refusesViolations
    )
    return this.#checked(request, route, outcome)
  }

  #readAt(now: number): number {
    const { staleSeconds } = this.options
    return staleSeconds === 0 ? now : now - Math.floor(this.world.draw() * staleSeconds * 1000)
  }

  #checked(request: Request, route: Route, { answer, complaint }: Outcome): Answer {
    if (complaint !== undefined) this.#violation("request", request, complaint)
    if (answer === undefined) return invalid(complaint ?? "")
    const wrong = this.options.checksAnswers
      ? answer.status >= 400
        ? checkFailure(answer)
        : route.check(answer)
      : undefined
    if (wrong !== undefined) this.#violation("answer", request, wrong)
    return answer
  }

  #violation(of: Violation["of"], { method, path }: Request, message: string): void {
    this.violated({ of, by: "schema", method, path, message })
  }

  refused(message: string): Answer {
    return error(400, "invalid_args", message)
  }
}
