/**
 * The cloud in memory: the same requests, answers and quirks, and no cent. It has no clock and no HTTP: every call says
 * what time it is (milliseconds), and `Emulator.serve` puts a server, a clock and machines around it.
 */
import * as Emulator from "@runctl/testkit/Emulator"
import { plans } from "./plans.ts"
import { Servers } from "./Servers.ts"

const said = (status: number, code: string, message: string): Emulator.Answer => ({
  status,
  headers: {},
  body: { error: { code, message } }
})

const ok = (body: unknown, status = 200): Emulator.Answer => ({ status, headers: {}, body })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What a create may say, and what is wrong with one: the real cloud refuses what it does not know, so this one does. */
const fields = new Set(["name", "plan", "site", "user_data", "ssh_keys"])

const mistakeIn = (body: unknown): string | undefined => {
  if (!isRecord(body)) return "the body is no object"
  const strange = Object.keys(body).find((key) => !fields.has(key))
  if (strange !== undefined) return `there is no field ${strange}`
  const { name, plan, site, ssh_keys: keys = [], user_data: data = "" } = body
  if (typeof name !== "string" || !/^[a-z0-9-]{1,60}$/.test(name)) return "name is not 1 to 60 of a to z, 0 to 9 and -"
  if (typeof plan !== "string" || typeof site !== "string") return "plan and site are texts"
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === "string")) return "ssh_keys is a list of public keys"
  return typeof data === "string" && data.length <= 65_536 ? undefined : "user_data is a text of at most 64 KiB"
}

export class Cloud extends Servers implements Emulator.CloudCore {
  readonly title = "Fernhill"
  readonly token = "fernhill-token-of-nobody"
  readonly violations: Array<Emulator.Violation> = []
  readonly faults: Emulator.FaultScript

  constructor(options: Emulator.CloudOptions, around: Emulator.Surroundings) {
    super(options, around)
    // Which requests the faults are about, and in which words the cloud says that something went wrong.
    this.faults = new Emulator.FaultScript(this.planned, {
      create: { method: "POST", path: /\/servers$/ },
      action: { method: "POST", path: /\/power$/ },
      delete: { method: "DELETE", path: /\/servers\// },
      capacity: "none of these is in stock",
      typeOf: (body) => (isRecord(body) ? body["plan"] : undefined),
      failure: (status, failure) => said(status, failure, "something went wrong on our side")
    })
  }

  /** What a user sets to reach this cloud instead of the real one. */
  environment = (url: string) => ({ RUNCTL_FERNHILL_ENDPOINT: url, FERNHILL_TOKEN: this.token })

  plan = (request: Emulator.Request) => this.planned.planFor(Emulator.split(request))

  complaint = () => undefined

  violated = (violation: Emulator.Violation): void => void this.violations.push(violation)

  refused = (message: string) => said(422, "invalid", message)

  accountOf = ({ token }: Emulator.Request) => (token === this.token ? "somebody" : undefined)

  handle(request: Emulator.Request, now: number): Emulator.Answer {
    const asked = Emulator.split(request)
    if (asked.token !== this.token) return said(401, "unauthorized", "the token is not known")
    const hurry = this.planned.rateLimits.take(asked)
    if (hurry !== undefined) {
      const headers = { "retry-after": String(hurry.retryAfterSeconds ?? 1) }
      return { ...said(429, "too_many_requests", "slow down"), headers }
    }
    switch (`${asked.method} ${asked.path}`) {
      case "GET /v1/plans":
        return ok({ plans })
      case "GET /v1/servers":
        return ok(this.page(asked.query, now))
      case "POST /v1/servers":
        return this.#create(asked, now)
      default:
        return this.#one(asked, now)
    }
  }

  #create(asked: Emulator.Split, now: number): Emulator.Answer {
    const { body, method, path } = asked
    const mistake = mistakeIn(body)
    if (mistake !== undefined || !isRecord(body)) {
      this.violated({ of: "request", by: "schema", method, path, message: mistake ?? "no object" })
      return said(422, "invalid", mistake ?? "no object")
    }
    const plan = plans.find(({ id }) => id === body["plan"])
    const site = plan?.sites.find(({ id }) => id === body["site"])
    if (plan === undefined || site === undefined) return said(422, "invalid", "there is no such plan at that site")
    if (this.isNamed(String(body["name"]), now)) return said(409, "name_taken", "a server has that name already")
    const sold = this.planned.capacity.take(asked) ?? (site.in_stock ? undefined : "none of these is in stock")
    if (sold !== undefined) return said(409, "out_of_stock", sold)
    const { name, ssh_keys: keys, user_data: userData } = body
    const server = this.add(
      {
        name: String(name),
        plan,
        site: site.id,
        keys: Array.isArray(keys) ? keys.map(String) : [],
        userData: typeof userData === "string" ? userData : ""
      },
      now
    )
    return ok({ server: this.view(server, now) }, 201)
  }

  #one({ method, path }: Emulator.Split, now: number): Emulator.Answer {
    const [, id] = /^\/v1\/servers\/([^/]+)$/.exec(path) ?? []
    const server = id === undefined ? undefined : this.find(id, now)
    if (server === undefined) return said(404, "not_found", "there is no such thing")
    if (method === "GET") return ok({ server: this.view(server, now) })
    if (method !== "DELETE") return said(405, "not_allowed", "servers are read and removed")
    server.touched = true
    if (this.planned.ignoredDeletes.take({ method, path }) === undefined) this.remove(server, now)
    return { status: 204, headers: {}, body: undefined }
  }
}

/** Serves it on a port of this computer. */
export const serve = (options: Emulator.CloudOptions & Emulator.ServeOptions = {}): Promise<Emulator.Emulated<Cloud>> =>
  Emulator.serve((around) => new Cloud(options, around), options)
