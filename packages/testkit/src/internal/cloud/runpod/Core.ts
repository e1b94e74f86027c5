import type * as Clouds from "../CloudCore.ts"
import { FaultPlan, type Plan } from "../Faults.ts"
import { FaultScript } from "../FaultScript.ts"
import { type Answer, type Request, split, type Violation } from "../http.ts"
import { Window } from "../Window.ts"
import { capacityWords, forbidden, notFound, problem, serverError, unauthorized } from "./errors.ts"
import type { Pod } from "./model.ts"
import { otherRoutes } from "./others.ts"
import { podRoutes } from "./pods.ts"
import { checkProblem, type Route } from "./route.ts"
import { rateOf, usdOf, type Template, type Volume, World, type WorldOptions } from "./World.ts"

const routes: ReadonlyArray<Route> = [...podRoutes, ...otherRoutes]

/** Of an account. @source the RateLimit-Policy header of REST v2, as documented */
const windows = [
  { name: "minute", limit: 60, seconds: 60 },
  { name: "hour", limit: 3000, seconds: 3600 },
  { name: "day", limit: 50_000, seconds: 86_400 }
] as const

/** What is this cloud's own to set. */
export interface CoreOptions extends WorldOptions {
  readonly limitsRates: boolean
}

const account = "the account"

/** RunPod's pods by REST v2, without HTTP and without a clock. */
export class Core implements Clouds.CloudCore {
  readonly title = "RunPod"
  readonly token: string
  readonly violations: Array<Violation> = []
  readonly description: Clouds.Description = {
    name: "runpod",
    // The old API has no description; and a pod that was started on a host without a free GPU has none.
    excuses: (complaint) => complaint.startsWith("POST /graphql") || /gpu\/count: must be >= 1/.test(complaint)
  }
  readonly unproven = ["that a stop wipes the container's disk: here it keeps all of it", "what a pod's own key may do"]
  readonly faults: FaultScript
  readonly world: World
  readonly #options: CoreOptions
  readonly #plan = new FaultPlan(serverError)
  readonly #windows = windows.map(({ limit, name, seconds }) => ({
    name,
    limit,
    seconds,
    of: new Window(limit, seconds)
  }))
  #requests = 0

  constructor(options: CoreOptions, around: Clouds.Surroundings) {
    this.#options = options
    this.world = new World(options, around, this.#plan)
    this.token = `rpa_${this.world.id(40)}`
    this.faults = new FaultScript(this.#plan, {
      create: { method: "POST", path: /^\/v2\/pods$/ },
      action: { method: "POST", path: /\/action$/ },
      delete: { method: "DELETE", path: /^\/v2\/pods\// },
      capacity: capacityWords,
      typeOf: (body) => {
        const { cpu, gpu } = Object(body)
        return Object(gpu).id ?? Object(cpu).id
      },
      failure: (status, failure) => problem(status, failure === "serverError" ? "internal server error" : failure)
    })
  }

  environment = (url: string) => ({ RUNCTL_RUNPOD_ENDPOINT: url, RUNPOD_API_KEY: this.token })

  plan = (request: Request): Plan => this.#plan.planFor(split(request))

  violated = (violation: Violation) => void this.violations.push(violation)

  refused = (message: string) => problem(422, "request validation failed", [message])

  accountOf = ({ token }: Request) => (token === this.token || this.#podOf(token) !== undefined ? account : undefined)

  employ = (hands: Clouds.Hands) => {
    this.world.hands = hands
  }

  complaint(request: Request, answer: Answer): string | undefined {
    const { method, path } = split(request)
    const route = routes.find((each) => each.method === method && each.path.test(path))
    return route === undefined || answer.status >= 400 ? checkProblem(answer) : route.check(answer)
  }

  handle(request: Request, now: number): Answer {
    const id = (++this.#requests).toString(16).padStart(12, "0")
    const { token } = request
    const own = token === this.token ? undefined : this.#podOf(token)
    if (token !== this.token && own === undefined) return unauthorized
    const limited = this.#limit(split(request), now)
    const answer = limited.answer ?? this.#answer(request, own, now)
    return { ...answer, headers: { ...limited.headers, ...answer.headers, "x-request-id": id } }
  }

  #podOf(key: string | undefined): Pod | undefined {
    return [...this.world.pods.values()].find((pod) => pod.key === key)
  }

  #limit(request: Request, now: number): { readonly headers: Record<string, string>; readonly answer?: Answer } {
    const forced = this.#plan.rateLimits.take(request)
    if (!this.#options.limitsRates && forced === undefined) return { headers: {} }
    const full = this.#windows.find(({ of }) => of.remaining(now) <= 0)
    const isOver = full !== undefined || forced !== undefined
    if (!isOver) for (const { of } of this.#windows) of.add(now)
    const secondsLeft = (of: Window) => Math.max(1, Math.ceil((of.resetAt(now) - now) / 1000))
    const said = this.#windows.map(
      ({ name, of }) => `"${name}";r=${Math.max(0, of.remaining(now))};t=${secondsLeft(of)}`
    )
    const policy = windows.map(({ limit, name, seconds }) => `"${name}";q=${limit};w=${seconds}`)
    const wait = forced?.retryAfterSeconds ?? (full === undefined ? undefined : secondsLeft(full.of))
    const headers = {
      ratelimit: said.join(", "),
      "ratelimit-policy": policy.join(", "),
      ...(isOver && wait !== undefined ? { "retry-after": String(wait) } : {})
    }
    return isOver
      ? { headers, answer: problem(429, `rate limit exceeded for the ${full?.name ?? "minute"} window`) }
      : { headers }
  }

  #answer(request: Request, own: Pod | undefined, now: number): Answer {
    const { body, method, path, query } = split(request)
    for (const route of routes) {
      const match = route.method === method ? route.path.exec(path) : null
      if (match === null) continue
      const params = match.slice(1)
      if (own !== undefined && !this.#isAllowed(own, route, params)) return forbidden
      const readAt = method === "GET" ? this.world.readAt(now) : now
      const { answer, complaint } = route.run(this.world, { now, readAt, path, params, query, body, own })
      if (complaint !== undefined) this.violated({ of: "request", by: "schema", method, path, message: complaint })
      return answer ?? this.refused(complaint ?? "")
    }
    this.violated({ of: "request", by: "schema", method, path, message: `there is no ${method} ${path} here` })
    return notFound
  }

  /** A pod's own key is for that pod. */
  #isAllowed(own: Pod, { isForPods }: Route, [id]: ReadonlyArray<string>): boolean {
    return isForPods && (id === undefined || (id === own.id && this.world.options.podKeysByRest))
  }

  /** A container whose command has ended is started again, for ever. */
  ended(id: string | number, _how: Clouds.SelfEnd, now: number): void {
    const pod = this.world.pods.get(String(id))
    const state = pod?.truth.at(now)
    if (pod === undefined || state === undefined || pod.billedUntil !== undefined) return
    pod.truth.set(now, { ...state, status: "PROVISIONING", isReachable: false })
    this.world.boot(pod, now)
  }

  machines(now: number): ReadonlyArray<Clouds.Machine> {
    return [...this.world.pods.values()].map((pod) => machineOf(pod, now))
  }

  billing(now: number): ReadonlyArray<Clouds.Machine> {
    return [...this.world.pods.values()]
      .filter((pod) => pod.createdAt <= now && rateOf(pod, now) > 0)
      .map((pod) => machineOf(pod, now))
  }

  usd(now: number): number {
    return this.#ours().reduce((sum, pod) => sum + usdOf(pod, now), 0)
  }

  machineSeconds(now: number): number {
    return this.#ours().reduce((sum, pod) => sum + machineOf(pod, now).billedSeconds, 0)
  }

  #ours(): ReadonlyArray<Pod> {
    return [...this.world.pods.values()].filter(({ planted }) => !planted)
  }

  plant({ ageSeconds = 0, name, region, status = "active", tags = [], type }: Clouds.Stranger, now: number) {
    const gpu = [...this.world.gpus.values()].find(({ id }) => id === type) ?? this.world.gpus.get("NVIDIA RTX A4000")
    const isRunning = status === "active"
    const at = now - ageSeconds * 1000
    // A mark is in the environment here.
    const env = tags.map((tag) => tag.split("=", 2)).map(([key = "", value = ""]) => [variable(key), value] as const)
    const pod = this.world.add(
      {
        id: this.world.id(),
        name,
        image: "runpod/base:1.0.2-ubuntu2404",
        args: "",
        env: Object.fromEntries(env),
        ports: ["22/tcp"],
        disk: 20,
        mounts: { persistent: { size: 20, path: "/workspace" } },
        registry: null,
        cloud: "SECURE",
        dataCenter: region ?? "EU-RO-1",
        gpu: { id: gpu?.id ?? "", vcpus: 6, memory: 24 },
        cpu: undefined,
        usdPerHour: gpu?.price.secure ?? 1,
        createdAt: at,
        planted: true,
        billedUntil: undefined,
        locked: false,
        touched: false
      },
      { status: isRunning ? "RUNNING" : "EXITED", isReachable: isRunning, gpus: 1, startedAt: at }
    )
    return machineOf(pod, now)
  }

  /** Somebody makes a volume that outlives pods. */
  addNetworkVolume(volume: Omit<Volume, "id" | "type">): Volume {
    const added = { ...volume, id: this.world.id(10), type: "STANDARD" } as const
    this.world.volumes.push(added)
    return added
  }

  addTemplate(template: Omit<Template, "id">): Template {
    const added = { ...template, id: this.world.id(10) }
    this.world.templates.push(added)
    return added
  }

  /** What is rented from now on costs so much, in both clouds. */
  setPrice(gpu: string, usdPerHour: number): void {
    const known = this.world.gpus.get(gpu)
    if (known === undefined) throw new Error(`there is no GPU ${gpu}`)
    this.world.gpus.set(gpu, { ...known, price: { secure: usdPerHour, community: usdPerHour } })
  }
}

const variable = (key: string): string => key.toUpperCase().replaceAll("-", "_")

const statuses = { PROVISIONING: "new", RUNNING: "active", EXITED: "off", ERROR: "broken" } as const

const machineOf = (pod: Pod, now: number): Clouds.Machine => {
  const state = pod.truth.at(now)
  const end = pod.billedUntil ?? now
  return {
    id: pod.id,
    name: pod.name,
    tags: Object.entries(pod.env).map(([name, value]) => `${name}=${value}`),
    status: state === undefined ? "gone" : statuses[state.status],
    type: pod.gpu?.id ?? pod.cpu?.id ?? "",
    region: pod.dataCenter,
    account,
    publicIp: pod.host,
    createdAt: pod.createdAt,
    billedFrom: pod.createdAt,
    ...(pod.billedUntil === undefined ? {} : { billedUntil: pod.billedUntil }),
    billedSeconds: Math.max(0, Math.min(end, now) - pod.createdAt) / 1000,
    usd: usdOf(pod, now),
    usdPerHour: rateOf(pod, now),
    touched: pod.touched,
    planted: pod.planted
  }
}
