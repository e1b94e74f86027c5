import type * as Clouds from "../CloudCore.ts"
import type { Plan } from "../Faults.ts"
import { type Dialect, FaultScript } from "../FaultScript.ts"
import type { Answer, Request, Violation } from "../http.ts"
import { diskUsdPerHour, isBilling, secondsOf, usdOf } from "./billing.ts"
import type { Host } from "./catalogue.ts"
import { addInstance } from "./create.ts"
import { capacityWords, failed } from "./errors.ts"
import { Market, type MarketOptions } from "./Market.ts"
import type { Account, Instance } from "./model.ts"

/** A machine that is or was there; its type is its host and how many of its GPUs it has. */
export interface Machine extends Clouds.Machine {
  readonly id: number
  readonly isBid: boolean
}

const dialect: Dialect = {
  create: { method: "PUT", path: /^\/api\/v0\/asks\// },
  action: { method: "PUT", path: /^\/api\/v0\/instances\/\d+\/$/ },
  delete: { method: "DELETE", path: /^\/api\/v0\/instances\/\d+\/$/ },
  capacity: capacityWords,
  // What is rented is in the address, and good for one create.
  typeOf: () => undefined,
  failure: failed
}

/** One market, its first account and what a test may ask of them. It has no clock: every call says what time it is. */
export class Core implements Clouds.CloudCore {
  readonly title = "Vast.ai"
  readonly description = {
    name: "vastai",
    // It knows no key that may not do everything, takes the text of a 429 for JSON, and does not say what credit is left.
    excuses: (complaint: string) =>
      [
        "status 403 is not described",
        "body: must be object",
        "body: must NOT have unevaluated properties (credit)"
      ].includes(complaint)
  }
  readonly unproven: ReadonlyArray<string> = [
    "an instance that waits for GPUs is not started when they are given back",
    "both ways to a machine's sshd lead to the same address, so that no proxy is between"
  ]
  readonly market: Market
  readonly faults: FaultScript
  readonly account: Account
  readonly token: string

  constructor(options: MarketOptions) {
    this.market = new Market(options)
    this.faults = new FaultScript(this.market.faults, dialect)
    this.account = this.market.addAccount("owner@example.com", 100)
    this.token = this.market.world.addToken(this.account)
  }

  handle(request: Request, nowMillis: number): Answer {
    return this.market.handle(request, nowMillis)
  }

  plan(request: Request): Plan {
    return this.market.planFor(request)
  }

  complaint(request: Request, answer: Answer): string | undefined {
    return this.market.complaint(request, answer)
  }

  violated(violation: Violation): void {
    this.market.violated(violation)
  }

  refused(message: string): Answer {
    return this.market.refused(message)
  }

  accountOf({ token = "" }: Request): string | undefined {
    const account = this.market.world.tokens.get(token)?.account
    return account === undefined ? undefined : String(account.id)
  }

  environment(url: string): Readonly<Record<string, string>> {
    return { RUNCTL_VASTAI_ENDPOINT: url, VAST_API_KEY: this.token }
  }

  employ(hands: Clouds.Hands): void {
    this.market.world.hands = hands
  }

  /** Its container has ended, or was switched off: it is not started again, and costs as much as before. */
  ended(id: string | number, _how: Clouds.SelfEnd, nowMillis: number): void {
    const instance = this.market.world.instances.get(Number(id))
    if (instance !== undefined) this.market.world.exited(instance, nowMillis)
  }

  /** Another bid is higher: only what lives by a bid is taken away. */
  preempt(id: string | number, nowMillis: number): void {
    const instance = this.market.world.instances.get(Number(id))
    if (instance === undefined || !instance.isBid) throw new Error(`${id} does not live by a bid`)
    this.market.world.preempt(instance, nowMillis)
  }

  get violations(): ReadonlyArray<Violation> {
    return this.market.violations
  }

  machines(nowMillis: number): ReadonlyArray<Machine> {
    return [...this.market.world.instances.values()].map((instance) => machineOf(instance, nowMillis))
  }

  billing(nowMillis: number): ReadonlyArray<Machine> {
    return [...this.market.world.instances.values()]
      .filter((instance) => isBilling(instance, nowMillis))
      .map((instance) => machineOf(instance, nowMillis))
  }

  usd(nowMillis: number): number {
    return this.#ours().reduce((sum, instance) => sum + usdOf(instance, nowMillis), 0)
  }

  machineSeconds(nowMillis: number): number {
    return this.#ours().reduce((sum, instance) => sum + secondsOf(instance, nowMillis), 0)
  }

  plant({ ageSeconds = 0, name, status = "active", type }: Clouds.Stranger, nowMillis: number): Machine {
    const { world } = this.market
    const host = type === undefined ? [...world.hosts.values()][0] : this.#host(type)
    if (host === undefined) throw new Error(`there is no host of ${type}`)
    const body = { image: "ubuntu:22.04", label: name, disk: 10, runtype: "ssh_direct" } as const
    const state =
      status === "active"
        ? ({ actual: "running", current: "running", next: "running", intended: "running" } as const)
        : ({ actual: "exited", current: "stopped", next: "stopped", intended: "stopped" } as const)
    const planned = { ask: { host, gpus: 1 }, account: this.account, body, planted: true }
    const at = nowMillis - ageSeconds * 1000
    return machineOf(addInstance(world, planned, { ...state, message: null, label: name }, at), nowMillis)
  }

  /** What one GPU of a host costs in an hour from now on; what is rented already does not change. */
  setPrice(machine: number, usdPerGpuHour: number): void {
    this.#machine(machine).gpuUsd = usdPerGpuHour
  }

  /** The lowest that is taken for one GPU of a host in an hour. */
  setLowestBid(machine: number, usdPerGpuHour: number): void {
    this.#machine(machine).lowestBid = usdPerGpuHour
  }

  /** Whoever bids is rented to on demand, which the answer to a create does not say. */
  ignoreBids(): void {
    this.market.world.ignoresBids = true
  }

  /** In US dollars; without any nothing is rented. */
  setCredit(credit: number): void {
    this.account.credit = credit
  }

  #machine(machineId: number): Host {
    const host = this.market.world.hosts.get(machineId)
    if (host === undefined) throw new Error(`there is no host ${machineId}`)
    return host
  }

  /** The host in a type like `m1101-1x-rtx-3060`. */
  #host(type: string): Host {
    return this.#machine(Number(/^m(\d+)-/.exec(type)?.[1]))
  }

  #ours(): ReadonlyArray<Instance> {
    return [...this.market.world.instances.values()].filter(({ planted }) => !planted)
  }
}

const statusOf = (actual: string | null | undefined, isOver: boolean): Machine["status"] => {
  if (isOver) return "gone"
  if (actual === "running") return "active"
  return actual === "exited" || actual === null ? "off" : actual === "created" ? "broken" : "new"
}

const machineOf = (instance: Instance, now: number): Machine => {
  const { account, createdAt, gpus, gpuUsdPerHour, host, id, isBid, planted, touched, truth } = instance
  const state = truth.at(now)
  return {
    id,
    name: state?.label ?? truth.at(createdAt)?.label ?? "",
    tags: [],
    status: statusOf(state?.actual, state === undefined),
    type: `m${host.machineId}-${gpus}x`,
    region: host.country,
    account: String(account.id),
    publicIp: undefined,
    createdAt,
    billedFrom: createdAt,
    ...(instance.billedUntil === undefined ? {} : { billedUntil: instance.billedUntil }),
    billedSeconds: secondsOf(instance, now),
    usd: usdOf(instance, now),
    usdPerHour: gpuUsdPerHour + diskUsdPerHour(instance),
    touched,
    planted,
    isBid
  }
}
