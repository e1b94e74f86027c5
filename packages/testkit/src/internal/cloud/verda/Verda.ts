import { FaultPlan, type Plan } from "../Faults.ts"
import type { Surroundings } from "../CloudCore.ts"
import { type Answer, type Request, type Split, split, type Violation } from "../http.ts"
import { Window } from "../Window.ts"
import { belongingRoutes } from "./belongings.ts"
import { catalogueRoutes } from "./catalogueRoutes.ts"
import { failed, invalid, notFound, serverError, tooMany, unauthorized, wrongClient } from "./errors.ts"
import { instanceRoutes } from "./instances.ts"
import type { Account } from "./model.ts"
import { checkFailure, checkToken, ok, type Route } from "./route.ts"
import { World, type WorldOptions } from "./World.ts"

const routes: ReadonlyArray<Route> = [...instanceRoutes, ...catalogueRoutes, ...belongingRoutes]

/** Requests of a project in a minute: all of them, of one method and path, and of the two long lists. */
const limits = { project: 500, endpoint: 60, list: 120 }

const isList = (path: string): boolean => path === "/v1/instances" || path === "/v1/volumes"

class Limits {
  readonly project = new Window(limits.project, 60)
  readonly endpoints = new Map<string, Window>()

  endpoint(method: string, path: string): Window {
    const key = `${method} ${path}`
    const known =
      this.endpoints.get(key) ?? new Window(method === "GET" && isList(path) ? limits.list : limits.endpoint, 60)
    this.endpoints.set(key, known)
    return known
  }
}

const seconds = (millis: number): number => Math.ceil(millis / 1000)

/** How the cloud behaves, and the answers to all that is not allowed. */
export interface CloudSettings extends WorldOptions {
  readonly limitsRates: boolean
  readonly refusesViolations: boolean
  readonly checksAnswers: boolean
}

const tokenPath = "/v1/oauth2/token"

const field = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined

/** The cloud without any HTTP: the same requests at the same times have the same answers. */
export class Verda {
  readonly options: CloudSettings
  readonly faults = new FaultPlan(serverError)
  readonly world: World
  readonly violations: Array<Violation> = []
  readonly #limits = new Map<Account, Limits>()

  constructor(options: CloudSettings, around: Surroundings) {
    this.options = options
    this.world = new World(options, this.faults, around)
  }

  planFor(request: Request): Plan {
    return this.faults.planFor(split(request))
  }

  handle(request: Request, now: number): Answer {
    const asked = split(request)
    if (asked.path === tokenPath && asked.method === "POST") return this.#login(asked, now)
    const token = this.world.tokens.get(asked.token ?? "")
    const account = token !== undefined && token.until > now ? token.account : undefined
    const limited = account === undefined ? undefined : this.#limit(account, asked, now)
    const answer =
      limited?.answer ?? (token?.scopes === "none" ? failed(403, "forbidden") : this.#answer(asked, account, now))
    return { ...answer, headers: { ...limited?.headers, ...answer.headers } }
  }

  /** What is wrong, by our own schemas, with an answer to the request. */
  complaint(request: Request, answer: Answer): string | undefined {
    const asked = split(request)
    if (answer.status >= 400) return checkFailure(answer)
    if (asked.path === tokenPath) return checkToken(answer)
    return routes.find(({ method, path }) => method === asked.method && path.test(asked.path))?.check(answer)
  }

  issue(account: Account, scopes: "all" | "none", until: number): string {
    const token = `verda.${this.world.hex(48)}`
    this.world.tokens.set(token, { account, scopes, until })
    return token
  }

  #login({ body }: Split, now: number): Answer {
    const grant = field(body, "grant_type")
    if (grant !== "client_credentials" && grant !== "refresh_token") return invalid("unsupported grant type")
    const account =
      grant === "refresh_token"
        ? this.world.refreshes.get(String(field(body, "refresh_token")))
        : this.world.accounts.find(
            ({ clientId, clientSecret }) =>
              clientId === field(body, "client_id") && clientSecret === field(body, "client_secret")
          )
    if (account === undefined) return wrongClient
    const { tokenSeconds } = this.options
    const refresh = `refresh.${this.world.hex(48)}`
    this.world.refreshes.set(refresh, account)
    return ok({
      access_token: this.issue(account, "all", now + tokenSeconds * 1000),
      token_type: "Bearer",
      expires_in: tokenSeconds,
      refresh_token: refresh,
      scope: "cloud-api-v1"
    })
  }

  #limit(account: Account, request: Split, now: number) {
    const forced = this.faults.rateLimits.take(request)
    if (!this.options.limitsRates && forced === undefined) return { headers: {} }
    const { method, path } = request
    const mine = this.#limits.get(account) ?? new Limits()
    this.#limits.set(account, mine)
    const endpoint = mine.endpoint(method, path)
    const full = [mine.project, endpoint].find((window) => window.remaining(now) <= 0)
    const isOver = forced !== undefined || full !== undefined
    if (!isOver) for (const window of [mine.project, endpoint]) window.add(now)
    const part = (name: string, window: Window) =>
      `"${name}";r=${Math.max(0, window.remaining(now))};t=${seconds(window.resetAt(now) - now)}`
    const wait = forced?.retryAfterSeconds ?? seconds((full ?? endpoint).resetAt(now) - now)
    const headers = {
      "ratelimit-policy": `"project";q=${limits.project};w=60, "endpoint";q=${endpoint.limit};w=60`,
      ratelimit: `${part("project", mine.project)}, ${part("endpoint", endpoint)}`,
      ...(isOver ? { "retry-after": String(wait) } : {})
    }
    return isOver ? { headers, answer: tooMany } : { headers }
  }

  #answer(asked: Split, account: Account | undefined, now: number): Answer {
    const { body, method, path, query, values } = asked
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(path) : null
      if (match === null) continue
      const { accounts } = this.world
      const whose = account ?? (route.isPublic ? accounts[0] : undefined)
      if (whose === undefined) return unauthorized
      const readAt = method === "GET" ? this.#readAt(now) : now
      const call = { account: whose, now, readAt, params: match.slice(1), values, query, body }
      return this.#checked(asked, route, route.run(this.world, call, this.options.refusesViolations))
    }
    if (account === undefined) return unauthorized
    this.#violation("request", asked, `there is no ${method} ${path} here`)
    return notFound(`Cannot ${method} ${path}`)
  }

  #readAt(now: number): number {
    const { staleSeconds } = this.options
    return staleSeconds === 0 ? now : now - Math.floor(this.world.draw() * staleSeconds * 1000)
  }

  #checked(request: Request, route: Route, came: ReturnType<Route["run"]>): Answer {
    const complaint = "complaint" in came ? came.complaint : undefined
    if (complaint !== undefined) this.#violation("request", request, complaint)
    const answer = "complaint" in came ? came.answer : came
    if (answer === undefined) return invalid(complaint ?? "")
    const wrong = this.options.checksAnswers ? route.check(answer) : undefined
    if (wrong !== undefined) this.#violation("answer", request, wrong)
    return answer
  }

  #violation(of: Violation["of"], { method, path }: Request, message: string): void {
    this.violations.push({ of, by: "schema", method, path, message })
  }
}
