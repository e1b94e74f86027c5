import type * as Clouds from "../CloudCore.ts"
import { FaultPlan, type Plan } from "../Faults.ts"
import { type Dialect, FaultScript } from "../FaultScript.ts"
import { type Answer, type Request, split, type Violation } from "../http.ts"
import { isBilling, secondsOf, usdOf } from "./billing.ts"
import { type Market, profiles } from "./catalogue.ts"
import * as errors from "./errors.ts"
import type { Account, Status, Vm } from "./model.ts"
import { complaintAbout, type Route, routes } from "./routes.ts"
import { World } from "./World.ts"

/** How this cloud behaves beside what all can be told. Times in emulated seconds. */
export interface Options extends Clouds.CloudOptions {
  /** From when a machine is ready until its address is told. */
  readonly addressSeconds?: number | undefined
  /** What has been paid in advance, in US dollars; 500. */
  readonly credits?: number | undefined
}

/** A machine that is or was there; its type is that of the plugin's offers. */
export interface Machine extends Clouds.Machine {
  readonly id: string
  readonly market: Market
  readonly publicKey: string
}

const typeIn = (body: unknown): unknown => {
  if (typeof body !== "object" || body === null || !("hardware_profile" in body)) return undefined
  const specs: unknown = "instance_specs" in body ? body.instance_specs : undefined
  const count = typeof specs === "object" && specs !== null && "gpu_count" in specs ? specs.gpu_count : 1
  return `${String(body.hardware_profile)}.${String(count)}x`
}

const dialect: Dialect = {
  create: { method: "POST", path: /\/vms\/create$/ },
  action: { method: "POST", path: /\/actions$/ },
  delete: { method: "DELETE" },
  capacity: errors.capacityWords,
  typeOf: typeIn,
  failure: errors.failed
}

const shared: Readonly<Record<Status, Clouds.Machine["status"]>> = {
  pending: "new",
  ready: "active",
  stopped: "off",
  failed: "broken",
  terminated: "gone"
}

/** One cloud, its first account and what a test may ask of them. It has no clock: every call says what time it is. */
export class Core implements Clouds.CloudCore {
  readonly title = "Lyceum"
  readonly unproven = [
    "there is no official description: nothing is proven about fields that were never seen",
    "whether what has failed, or switched itself off, is billed is not known: here it is"
  ]
  readonly account: Account
  readonly token: string
  readonly faults: FaultScript
  readonly world: World
  readonly violations: Array<Violation> = []
  readonly #plans = new FaultPlan(errors.failed(500, "serverError"))
  readonly #options: Options

  constructor(options: Options, around: Pick<Clouds.Surroundings, "address" | "port">) {
    this.#options = options
    this.world = new World(
      {
        seed: options.seed ?? 1,
        bootSeconds: options.bootSeconds ?? 0,
        addressSeconds: options.addressSeconds ?? 0,
        deleteSeconds: options.deleteSeconds ?? 0,
        visibleSeconds: options.visibleSeconds ?? 0,
        staleSeconds: options.staleSeconds ?? 0,
        address: around.address,
        port: around.port
      },
      this.#plans
    )
    this.faults = new FaultScript(this.#plans, dialect)
    this.account = this.addAccount({ credits: options.credits ?? 500 })
    this.token = this.addToken()
  }

  environment(url: string): Readonly<Record<string, string>> {
    return { RUNCTL_LYCEUM_ENDPOINT: url, LYCEUM_API_KEY: this.token }
  }

  handle(request: Request, nowMillis: number): Answer {
    const asked = split(request)
    const account = this.world.tokens.get(asked.token ?? "")
    const limit = this.#plans.rateLimits.take(asked)
    if (limit !== undefined) {
      const { retryAfterSeconds: wait } = limit
      return { ...errors.tooMany, headers: wait === undefined ? {} : { "retry-after": String(wait) } }
    }
    if (account === undefined) return errors.unauthorized
    const route = routeOf(asked)
    if (route === undefined) {
      this.#complain(asked, `there is no ${asked.method} ${asked.path} here`)
      return errors.noPath
    }
    const strange = Object.keys(asked.query).filter((name) => !route.query.includes(name))
    if (strange.length > 0) this.#complain(asked, `query: there is no ${strange.join(", ")}`)
    const readAt = asked.method === "GET" ? nowMillis - this.#staleness() : nowMillis
    const params = route.path.exec(asked.path)?.slice(1) ?? []
    const complain = (message: string) => this.#complain(asked, message)
    const answer = route.run(this.world, { request: asked, account, now: nowMillis, readAt, params, complain })
    const wrong = this.#options.checksAnswers === true ? complaintAbout(route, answer) : undefined
    if (wrong !== undefined) this.violated({ of: "answer", by: "schema", ...placeOf(asked), message: wrong })
    return answer
  }

  plan(request: Request): Plan {
    return this.#plans.planFor(split(request))
  }

  complaint(request: Request, answer: Answer): string | undefined {
    return complaintAbout(routeOf(split(request)), answer)
  }

  violated(violation: Violation): void {
    this.violations.push(violation)
  }

  refused(message: string): Answer {
    return errors.unprocessable(message)
  }

  accountOf({ token = "" }: Request): string | undefined {
    return this.world.tokens.get(token)?.orgId
  }

  machines(nowMillis: number): ReadonlyArray<Machine> {
    return [...this.world.vms.values()].map((vm) => machineOf(vm, nowMillis))
  }

  billing(nowMillis: number): ReadonlyArray<Machine> {
    return [...this.world.vms.values()].filter((vm) => isBilling(vm, nowMillis)).map((vm) => machineOf(vm, nowMillis))
  }

  usd(nowMillis: number): number {
    return this.#ours().reduce((sum, vm) => sum + usdOf(vm, nowMillis), 0)
  }

  machineSeconds(nowMillis: number): number {
    return this.#ours().reduce((sum, vm) => sum + secondsOf(vm, nowMillis), 0)
  }

  plant(stranger: Clouds.Stranger, nowMillis: number): Machine {
    const { ageSeconds = 0, name, status = "active", type = "l40s.1x" } = stranger
    const [, wanted, count] = /^(\w+)\.([1248])x$/.exec(type) ?? []
    const profile = profiles.find((each) => each.profile === wanted)
    if (profile === undefined) throw new Error(`there is no ${type}`)
    const at = nowMillis - ageSeconds * 1000
    const vm = this.world.add(
      this.account,
      { profile, count: Number(count), market: "on-demand", displayName: name, publicKey: "ssh-ed25519 AAAA stranger" },
      { status: status === "active" ? "ready" : "stopped", hasAddress: status === "active" },
      at,
      true
    )
    vm.billedFrom = at
    return machineOf(vm, nowMillis)
  }

  /** Only those that are spot, and without a word. */
  preempt(id: string | number, nowMillis: number): void {
    const vm = this.world.vms.get(String(id))
    if (vm === undefined || vm.market !== "spot") throw new Error(`${id} is no spot machine`)
    this.world.preempt(vm, nowMillis)
  }

  employ(hands: Clouds.Hands): void {
    this.world.hands = hands
  }

  ended(id: string | number, _how: Clouds.SelfEnd, nowMillis: number): void {
    const vm = this.world.vms.get(String(id))
    if (vm !== undefined) this.world.switchedOff(vm, nowMillis)
  }

  addAccount({ credits = 500 }: { readonly credits?: number } = {}): Account {
    const { world } = this
    return { userId: world.uuid(), orgId: world.uuid(), email: "user@example.com", credits, isActive: true }
  }

  /** A key of an account, the first one without any. */
  addToken(account: Account = this.account): string {
    const token = `lk_${this.world.hex(48)}`
    this.world.tokens.set(token, account)
    return token
  }

  /** What one GPU costs from now on; what is rented already does not change. */
  setPrice(market: Market, profile: string, usdPerHour: number): void {
    this.world.prices.set(`${market}.${profile}`, usdPerHour)
  }

  /** With how many GPUs there are machines now; `undefined`: this pair does not exist. */
  setStock(market: Market, profile: string, stock: ReadonlyArray<number> | undefined): void {
    if (stock === undefined) this.world.stock.delete(`${market}.${profile}`)
    else this.world.stock.set(`${market}.${profile}`, stock)
  }

  #ours(): ReadonlyArray<Vm> {
    return [...this.world.vms.values()].filter(({ planted }) => !planted)
  }

  #staleness(): number {
    const { staleSeconds = 0 } = this.#options
    return staleSeconds === 0 ? 0 : Math.floor(this.world.draw() * staleSeconds * 1000)
  }

  /** Says whether it is to be refused for that. */
  #complain(request: Request, message: string): boolean {
    this.violated({ of: "request", by: "schema", ...placeOf(request), message })
    return this.#options.refusesViolations ?? true
  }
}

const placeOf = ({ method, path }: Request) => ({ method, path })

const routeOf = (request: Request): Route | undefined =>
  routes.find(({ method, path }) => method === request.method && path.test(request.path))

const machineOf = (vm: Vm, now: number): Machine => {
  const state = vm.truth.at(now)
  const status = shared[state?.status ?? "pending"]
  return {
    id: vm.id,
    name: vm.displayName ?? vm.name,
    tags: [],
    status,
    type: `${vm.profile.profile}.${vm.count}x`,
    market: vm.market,
    publicKey: vm.publicKey,
    region: "lyceum",
    account: vm.account.orgId,
    publicIp: state?.hasAddress === true ? vm.host : undefined,
    createdAt: vm.createdAt,
    billedFrom: vm.billedFrom ?? vm.createdAt,
    ...(vm.billedUntil === undefined ? {} : { billedUntil: vm.billedUntil }),
    billedSeconds: secondsOf(vm, now),
    usd: usdOf(vm, now),
    usdPerHour: vm.usdPerHour,
    touched: vm.touched,
    planted: vm.planted
  }
}
