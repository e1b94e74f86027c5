/**
 * Everything that is or was rented in the emulated cloud, and what it has cost. What a server is at a time is a line of
 * states, past and planned: nothing ticks.
 */
import * as Emulator from "@runctl/testkit/Emulator"
import { type Plan, plans } from "./plans.ts"

type State = "building" | "on" | "removing"

interface Wanted {
  readonly name: string
  readonly plan: Plan
  readonly site: string
  readonly keys: ReadonlyArray<string>
  readonly userData: string
}

interface Server extends Wanted {
  readonly id: string
  readonly address: string
  readonly from: number
  readonly planted: boolean
  readonly truth: Emulator.Timeline<State>
  until: number | undefined
  touched: boolean
}

const pageSize = 20

const statuses = { building: "new", on: "active", removing: "off" } as const

export class Servers {
  /** What is to go wrong, as the test has said. */
  protected readonly planned = new Emulator.FaultPlan({
    status: 500,
    headers: {},
    body: { error: { code: "internal", message: "something went wrong on our side" } }
  })
  readonly #servers: Array<Server> = []
  readonly #options: Emulator.CloudOptions
  readonly #around: Emulator.Surroundings
  #hands: ((deed: Emulator.Deed) => void) | undefined

  constructor(options: Emulator.CloudOptions, around: Emulator.Surroundings) {
    this.#options = options
    this.#around = around
  }

  /** The answer to a list: a page, and where the next one begins. */
  protected page({ name, page = "0" }: Readonly<Record<string, string>>, now: number) {
    const first = Number(page)
    const all = this.#alive(now).filter((server) => name === undefined || server.name === name)
    const next = first + pageSize < all.length ? String(first + pageSize) : null
    return { servers: all.slice(first, first + pageSize).map((server) => this.view(server, now)), next }
  }

  protected find(id: string, now: number): Server | undefined {
    return this.#alive(now).find((server) => server.id === id)
  }

  protected isNamed(name: string, now: number): boolean {
    return this.#alive(now).some((server) => server.name === name)
  }

  /** What the API says of a server. */
  protected view(server: Server, now: number) {
    const state = server.truth.at(now) ?? "removing"
    return {
      id: server.id,
      name: server.name,
      state,
      plan: server.plan.id,
      site: server.site,
      address: state === "building" ? null : server.address,
      created_at: new Date(server.from).toISOString(),
      usd_per_hour: server.plan.usd_per_hour
    }
  }

  protected add(wanted: Wanted, now: number, planted = false): Server {
    const index = this.#servers.length + 1
    const server: Server = {
      ...wanted,
      id: `srv-${index.toString(36).padStart(6, "0")}`,
      address: this.#around.address(index),
      from: now,
      planted,
      truth: new Emulator.Timeline<State>(now, planted ? "on" : "building"),
      until: undefined,
      touched: false
    }
    this.#servers.push(server)
    if (!planted) this.#boot(server, now)
    return server
  }

  /** A server that is being built comes up, behind an sshd where machines are real. */
  #boot(server: Server, now: number): void {
    const { bootSeconds = 0 } = this.#options
    const done = (at: number) => server.truth.set(at, "on")
    if (this.#hands === undefined) return done(now + bootSeconds * 1000)
    const { address, id, keys, name, plan, userData } = server
    this.#hands({
      kind: "create",
      id,
      seconds: bootSeconds,
      isWanted: () => server.until === undefined,
      done,
      machine: {
        id,
        name,
        address,
        port: this.#around.port,
        publicKeys: keys,
        boot: { kind: "userData", text: userData },
        gpus:
          plan.gpu === null
            ? undefined
            : { name: plan.gpu.model, count: plan.gpu.count, memoryMiB: plan.gpu.memory_mib }
      }
    })
  }

  protected remove(server: Server, now: number): void {
    if (server.until !== undefined) return
    const { deleteSeconds = 0 } = this.#options
    server.until = now + deleteSeconds * 1000
    server.truth.set(now, "removing")
    server.truth.set(server.until, undefined)
    if (!server.planted) this.#hands?.({ kind: "destroy", id: server.id, seconds: deleteSeconds })
  }

  #alive(now: number): ReadonlyArray<Server> {
    return this.#servers.filter(({ truth }) => truth.at(now) !== undefined)
  }

  employ(hands: (deed: Emulator.Deed) => void): void {
    this.#hands = hands
  }

  /** A server that switches itself off is removed: that is this cloud's promise. */
  ended(id: string | number, _how: "off" | "exit", now: number): void {
    for (const server of this.#servers) if (server.id === id) this.remove(server, now)
  }

  machines(now: number): ReadonlyArray<Emulator.Machine> {
    return this.#servers.map((server) => {
      const { from, plan, truth, until } = server
      const seconds = Math.max(0, Math.min(until ?? now, now) - from) / 1000
      const state = truth.at(now)
      return {
        id: server.id,
        name: server.name,
        tags: [],
        status: state === undefined ? "gone" : statuses[state],
        type: plan.id,
        region: server.site,
        account: "somebody",
        publicIp: server.address,
        createdAt: from,
        billedFrom: from,
        ...(until === undefined ? {} : { billedUntil: until }),
        billedSeconds: seconds,
        usd: (seconds * plan.usd_per_hour) / 3600,
        usdPerHour: plan.usd_per_hour,
        touched: server.touched,
        planted: server.planted
      }
    })
  }

  billing(now: number): ReadonlyArray<Emulator.Machine> {
    return this.machines(now).filter(({ billedUntil = Infinity }) => billedUntil > now)
  }

  usd(now: number): number {
    return this.#ours(now).reduce((sum, { usd }) => sum + usd, 0)
  }

  machineSeconds(now: number): number {
    return this.#ours(now).reduce((sum, { billedSeconds }) => sum + billedSeconds, 0)
  }

  #ours(now: number): ReadonlyArray<Emulator.Machine> {
    return this.machines(now).filter(({ planted }) => !planted)
  }

  /** Somebody else's server in the same account: what a plugin must never touch. */
  plant({ ageSeconds = 0, name, region = "north", type }: Emulator.Stranger, now: number): Emulator.Machine {
    const plan = plans.find(({ id }) => id === type) ?? plans[0]
    const { id } = this.add({ name, plan, site: region, keys: [], userData: "" }, now - ageSeconds * 1000, true)
    const planted = this.machines(now).find((machine) => machine.id === id)
    if (planted === undefined) throw new Error(`${id} is not there`)
    return planted
  }
}
