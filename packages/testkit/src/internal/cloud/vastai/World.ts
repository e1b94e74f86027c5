import { random } from "../../proxy/rate.ts"
import type { Hands, MachineDescription, Surroundings } from "../CloudCore.ts"
import type { FaultPlan } from "../Faults.ts"
import { type Host, hosts } from "./catalogue.ts"
import type { Account, Ask, Instance, InstanceState, Token } from "./model.ts"

/** Emulated seconds that things take, and how the cloud looks from outside. */
export interface WorldOptions extends Pick<Surroundings, "hasHands" | "mapped"> {
  readonly seed: number
  readonly bootSeconds: number
  readonly powerSeconds: number
  readonly deleteSeconds: number
  readonly visibleSeconds: number
  readonly staleSeconds: number
}

const running = { actual: "running", current: "running", next: "running", intended: "running" } as const
const stopped = { actual: "exited", current: "stopped", next: "stopped", intended: "stopped" } as const

/** How many GPUs are offered together. */
const portions = [1, 2, 4, 8, 16]

/** Everything there is in this market, and what can be done to it. */
export class World {
  readonly options: WorldOptions
  readonly faults: FaultPlan
  readonly hosts = new Map<number, Host>(hosts.map((host) => [host.machineId, { ...host }]))
  readonly instances = new Map<number, Instance>()
  readonly tokens = new Map<string, Token>()
  readonly asks = new Map<number, Ask>()
  readonly draw: () => number
  /** Rents on demand whoever bids, as a wrong search once made it. */
  ignoresBids = false
  hands: Hands | undefined
  #visible: Array<Instance> = []
  #ids = 0

  constructor(options: WorldOptions, faults: FaultPlan) {
    this.options = options
    this.faults = faults
    this.draw = random(options.seed)
    for (const host of this.hosts.values()) this.#offer(host, 0)
  }

  nextId(): number {
    return ++this.#ids
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.draw() * 16).toString(16)).join("")
  }

  addToken(account: Account, instance?: number): string {
    const token = this.hex(64)
    this.tokens.set(token, { account, instance })
    return token
  }

  /** GPUs of a host that nobody has; of those that a bid holds, whoever rents on demand takes them away. */
  free(host: Host, now: number, isBid: boolean): number {
    return this.#holders(host, now)
      .filter((instance) => isBid || !instance.isBid)
      .reduce((left, { gpus }) => left - gpus, host.gpus)
  }

  #holders(host: Host, now: number): ReadonlyArray<Instance> {
    return [...this.instances.values()].filter(
      (instance) =>
        instance.host === host &&
        // Strangers have GPUs of their own.
        !instance.planted &&
        instance.billedUntil === undefined &&
        instance.truth.at(now)?.intended === "running"
    )
  }

  /** What a host offers has new ids whenever any of its GPUs are taken or given back. */
  #offer(host: Host, now: number): void {
    for (const [id, ask] of this.asks) if (ask.host === host) this.asks.delete(id)
    const most = this.free(host, now, false)
    for (const gpus of portions.filter((each) => each <= most)) {
      const id = 20_000_000 + this.nextId()
      this.asks.set(id, { id, host, gpus })
    }
  }

  /** Whoever rents on demand takes what bids hold, the lowest first. */
  #displace({ gpus, host, id }: Instance, now: number): void {
    const bids = this.#holders(host, now)
      .filter((instance) => instance.isBid && instance.id !== id)
      .toSorted((left, right) => left.gpuUsdPerHour / left.gpus - right.gpuUsdPerHour / right.gpus)
    for (const bid of bids) {
      if (this.free(host, now, true) >= 0) return
      this.preempt(bid, now)
    }
    if (this.free(host, now, true) < 0) throw new Error(`the host ${host.machineId} has no ${gpus} GPUs`)
  }

  /** It is there from now on, and loads; or it does not run, and costs its disk all the same. */
  add(instance: Instance, now: number): void {
    this.instances.set(instance.id, instance)
    this.#visible.push(instance)
    const state = instance.truth.at(now)
    if (state?.intended !== "running") return
    this.#displace(instance, now)
    this.#offer(instance.host, now)
    if (state.actual === "loading") this.#carryOut(instance, "create", now)
  }

  #carryOut(instance: Instance, kind: "create" | "powerOn" | "powerOff", now: number): void {
    const seconds = kind === "create" ? this.options.bootSeconds : this.options.powerSeconds
    const to = kind === "powerOff" ? stopped : running
    if (this.hands === undefined || instance.planted) return this.#settle(instance, to, now + seconds * 1000)
    const isWanted = () => instance.billedUntil === undefined
    const machine = descriptionOf(instance, this.options.mapped(instance.index))
    this.hands({ kind, id: instance.id, machine, seconds, isWanted, done: (at) => this.#settle(instance, to, at) })
  }

  /** What was begun has its effect, unless something else was wanted meanwhile. */
  #settle(instance: Instance, to: typeof running | typeof stopped, at: number): void {
    const state = instance.truth.at(at)
    if (state === undefined || instance.billedUntil !== undefined || state.intended !== to.intended) return
    instance.truth.set(at, { ...state, ...to, message: to === running ? "success, running" : null })
    if (to === running) instance.runs.push({ from: at, until: undefined })
    else this.#halt(instance, at)
  }

  #halt({ runs }: Instance, at: number): void {
    for (const run of runs) run.until = Math.max(run.from, Math.min(run.until ?? at, at))
  }

  /** Somebody wants it to run, or not to. Its GPUs are given back at once, and had again only where there are any. */
  intend(instance: Instance, intended: "running" | "stopped", now: number): void {
    const state = instance.truth.at(now)
    if (state === undefined || instance.billedUntil !== undefined || state.intended === intended) return
    const isFree = this.free(instance.host, now, true) >= instance.gpus
    instance.truth.set(now, { ...state, intended, next: intended })
    this.#offer(instance.host, now)
    if (intended === "stopped") this.#carryOut(instance, "powerOff", now)
    else if (isFree) this.#carryOut(instance, "powerOn", now)
  }

  /** Outbid: it is stopped without a word, and keeps its disk. */
  preempt(instance: Instance, now: number): void {
    const state = instance.truth.at(now)
    if (state === undefined || instance.billedUntil !== undefined || !instance.isBid) return
    instance.truth.set(now, { ...state, ...stopped, message: null })
    this.#halt(instance, now)
    this.#offer(instance.host, now)
    if (!instance.planted) this.hands?.({ kind: "preempt", id: instance.id, seconds: 0 })
  }

  /** Its container has ended, which nobody wanted. */
  exited(instance: Instance, now: number): void {
    if (instance.billedUntil !== undefined) return
    instance.truth.map(now, (state) => ({ ...state, actual: "exited", message: "container ended" }))
  }

  destroy(instance: Instance, now: number): void {
    const state = instance.truth.at(now)
    if (state === undefined || instance.billedUntil !== undefined) return
    const gone = now + this.options.deleteSeconds * 1000
    instance.truth.set(now, state)
    instance.truth.set(gone, undefined)
    instance.billedUntil = gone
    this.#halt(instance, gone)
    this.tokens.delete(instance.key)
    this.#offer(instance.host, now)
    this.hands?.({ kind: "destroy", id: instance.id, seconds: this.options.deleteSeconds })
  }

  /** What a reader sees of it. */
  seen(instance: Instance, readAt: number): InstanceState | undefined {
    return readAt < instance.visibleFrom ? undefined : instance.truth.at(readAt)
  }

  /** All that a reader may see now or a little while ago. */
  candidates(now: number): ReadonlyArray<Instance> {
    const forgotten = now - this.options.staleSeconds * 1000
    this.#visible = this.#visible.filter(({ truth }) => !truth.isOver(forgotten))
    return this.#visible
  }
}

const descriptionOf = (
  { env, gpus, host, id, key, onstart, sshKeys }: Instance,
  { host: address, port }: { readonly host: string; readonly port: number }
): MachineDescription => ({
  id,
  name: `C.${id}`,
  address,
  port,
  boot: { kind: "script", text: onstart ?? "", everyBoot: true },
  publicKeys: sshKeys,
  environment: {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("-"))),
    CONTAINER_ID: String(id),
    CONTAINER_API_KEY: key,
    VAST_CONTAINERLABEL: `C.${id}`
  },
  gpus: { name: `NVIDIA GeForce ${host.gpuName}`, count: gpus, memoryMiB: host.gpuRamMib }
})
