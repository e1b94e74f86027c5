import { random } from "../../proxy/rate.ts"
import type { Deed, Hands, Surroundings } from "../CloudCore.ts"
import type { FaultPlan } from "../Faults.ts"
import { Timeline } from "../Timeline.ts"
import { regions, type Type, types } from "./catalogue.ts"
import { Refusal } from "./wire.ts"

export type Tags = Readonly<Record<string, string>>

export type InstanceState = "pending" | "running" | "shutting-down" | "terminated" | "stopping" | "stopped"

export interface Instance {
  readonly id: string
  readonly region: string
  readonly zone: string
  readonly type: Type
  readonly imageId: string
  readonly keyName: string | undefined
  readonly subnetId: string
  readonly vpcId: string
  readonly groups: ReadonlyArray<string>
  readonly userData: string
  readonly clientToken: string | undefined
  readonly isSpot: boolean
  readonly request: string | undefined
  readonly diskGiB: number
  readonly diskType: string
  readonly terminatesOnShutdown: boolean
  readonly requiresToken: boolean
  readonly tags: Tags
  readonly usdPerHour: number
  readonly createdAt: number
  readonly address: string
  readonly planted: boolean
  readonly state: Timeline<InstanceState>
  reason: { readonly code: string; readonly message: string } | undefined
  /** When AWS is to take it back, once it has said so. */
  takenAt: number | undefined
  rebalance: boolean
  /** When it began and ceased to run, again and again. */
  readonly runs: Array<{ readonly from: number; until: number | undefined }>
  endedAt: number | undefined
  touched: boolean
}

/** Whatever has only an id, a kind and tags, beside what it is. */
export interface Tagged {
  readonly id: string
  readonly kind: string
  readonly region: string
  readonly tags: Tags
}

export interface SpotRequest extends Tagged {
  readonly instance: string
  state: "open" | "active" | "closed" | "cancelled"
  status: string
}

export interface Rule {
  readonly protocol: string
  readonly from: number
  readonly to: number
  readonly cidr: string
  readonly description: string
}

export interface Group extends Tagged {
  readonly name: string
  readonly vpcId: string
  rules: ReadonlyArray<Rule>
}

export interface Vpc extends Tagged {
  readonly cidr: string
  readonly isDefault: boolean
}

export interface Subnet extends Tagged {
  readonly vpcId: string
  readonly zone: string
  readonly cidr: string
  readonly isDefault: boolean
}

export interface Table extends Tagged {
  readonly vpcId: string
  readonly isMain: boolean
  routes: ReadonlyArray<{ readonly to: string; readonly gateway: string }>
  associations: ReadonlyArray<{ readonly id: string; readonly subnetId: string | undefined }>
}

export interface Gateway extends Tagged {
  vpcId: string | undefined
}

export interface KeyPair extends Tagged {
  readonly name: string
  readonly publicKey: string
}

/** Something that comes and goes with an instance. */
export interface Part extends Tagged {
  readonly instance: string
  readonly vpcId: string
  readonly subnetId: string
}

export interface WorldOptions {
  readonly seed: number
  readonly bootSeconds: number
  readonly powerSeconds: number
  readonly deleteSeconds: number
  /** For so long nobody sees an instance that is new. */
  readonly visibleSeconds: number
  readonly staleSeconds: number
  /** For so long a card holds on to its group after its machine has ended. */
  readonly drainSeconds: number
  readonly hasDefaultVpc: boolean
}

/** Rows of what has ended are shown for an hour. */
const shownFor = 3_600_000

/** Everything there is in all regions of one account. */
export class World {
  readonly options: WorldOptions
  readonly around: Surroundings
  readonly faults: FaultPlan
  readonly instances = new Map<string, Instance>()
  readonly requests = new Map<string, SpotRequest>()
  readonly groups = new Map<string, Group>()
  readonly vpcs = new Map<string, Vpc>()
  readonly subnets = new Map<string, Subnet>()
  readonly tables = new Map<string, Table>()
  readonly gateways = new Map<string, Gateway>()
  readonly keys = new Map<string, KeyPair>()
  readonly parts = new Map<string, Part>()
  /** By region and token, with what was asked. */
  readonly tokens = new Map<string, { readonly text: string; readonly id: string }>()
  readonly prices = new Map<string, number>()
  readonly quotas = new Map<string, number>()
  /** What there is none of. */
  lacks: ReadonlyArray<{ readonly type?: string; readonly zone?: string; readonly market?: "spot" | "on-demand" }> = []
  hands: Hands | undefined
  readonly draw: () => number
  #count = 0

  constructor(options: WorldOptions, around: Surroundings, faults: FaultPlan) {
    this.options = options
    this.around = around
    this.faults = faults
    this.draw = random(options.seed)
    if (options.hasDefaultVpc) for (const region of Object.keys(regions)) this.#makeDefault(region)
  }

  /** An id that looks like one of EC2's. */
  id(prefix: string): string {
    this.#count++
    return `${prefix}-${this.#count.toString(16).padStart(17, "0")}`
  }

  /** Addresses are numbered as the machines are. */
  get nextAddress(): string {
    return this.around.address(this.instances.size + 1)
  }

  zonesOf(region: string): ReadonlyArray<string> {
    return ["a", "b", "c"].map((letter) => `${region}${letter}`)
  }

  typeNamed(name: string): Type {
    const found = types.find((type) => type.name === name)
    if (found === undefined) {
      throw new Refusal("InvalidParameterValue", `Invalid value '${name}' for InstanceType.`)
    }
    return found
  }

  /** What of all that is tagged is in a region. */
  tagged(region: string): ReadonlyArray<Tagged> {
    const all = [
      this.groups,
      this.vpcs,
      this.subnets,
      this.tables,
      this.gateways,
      this.keys,
      this.parts,
      this.requests
    ].flatMap((map): ReadonlyArray<Tagged> => [...map.values()])
    return all.filter((each) => each.region === region)
  }

  /** Whether anybody can see an instance. */
  isSeen(instance: Instance, now: number): boolean {
    if (now < instance.createdAt + (instance.planted ? 0 : this.options.visibleSeconds * 1000)) return false
    return instance.endedAt === undefined || now < instance.endedAt + shownFor
  }

  /** The state that a read shows, which may be an old one. */
  shown(instance: Instance, now: number): InstanceState {
    const { staleSeconds } = this.options
    const at = staleSeconds === 0 ? now : now - Math.floor(this.draw() * staleSeconds * 1000)
    return instance.state.at(Math.max(at, instance.createdAt)) ?? "terminated"
  }

  stateOf(instance: Instance, now: number): InstanceState {
    this.#takeBack(instance, now)
    return instance.state.at(now) ?? "terminated"
  }

  /** What was announced comes to pass when its time has come. */
  #takeBack(instance: Instance, now: number): void {
    if (instance.takenAt === undefined || now < instance.takenAt || instance.endedAt !== undefined) return
    this.end(instance, instance.takenAt, {
      code: "Server.SpotInstanceTermination",
      message: "Server.SpotInstanceTermination: Spot instance termination"
    })
  }

  /** The machine of an instance is told to do something, where there are machines. */
  tell(deed: Omit<Deed, "id">, instance: Instance): void {
    this.hands?.({ ...deed, id: instance.id })
  }

  /** From then on it runs, which costs money. */
  runsFrom(instance: Instance, at: number): void {
    if (instance.endedAt !== undefined) return
    instance.state.set(at, "running")
    instance.runs.push({ from: at, until: undefined })
  }

  ceases(instance: Instance, at: number): void {
    const last = instance.runs.at(-1)
    if (last !== undefined && last.until === undefined) last.until = Math.max(last.from, at)
  }

  /** Ends an instance, and what comes and goes with it. */
  end(instance: Instance, now: number, reason: NonNullable<Instance["reason"]>): void {
    if (instance.endedAt !== undefined) return
    const at = now + this.options.deleteSeconds * 1000
    instance.reason = reason
    instance.state.set(now, "shutting-down")
    instance.state.set(at, "terminated")
    instance.endedAt = at
    this.ceases(instance, now)
    const request = instance.request === undefined ? undefined : this.requests.get(instance.request)
    if (request !== undefined) {
      if (request.state === "active" || request.state === "open") request.state = "closed"
      request.status = reason.code.startsWith("Server.Spot")
        ? "instance-terminated-no-capacity"
        : "instance-terminated-by-user"
    }
    for (const [id, part] of this.parts) if (part.instance === instance.id) this.parts.delete(id)
    this.tell({ kind: "destroy", seconds: this.options.deleteSeconds }, instance)
  }

  /** Whether anything still stands on a group, a subnet or a network. */
  holds(instance: Instance, now: number): boolean {
    return instance.endedAt === undefined || now < instance.endedAt + this.options.drainSeconds * 1000
  }

  #makeDefault(region: string): void {
    const vpc: Vpc = { id: this.id("vpc"), kind: "vpc", region, tags: {}, cidr: "172.31.0.0/16", isDefault: true }
    this.vpcs.set(vpc.id, vpc)
    const gateway: Gateway = { id: this.id("igw"), kind: "internet-gateway", region, tags: {}, vpcId: vpc.id }
    this.gateways.set(gateway.id, gateway)
    const table = this.makeMainTable(region, vpc.id)
    table.routes = [{ to: "0.0.0.0/0", gateway: gateway.id }]
    for (const [index, zone] of this.zonesOf(region).entries()) {
      const id = this.id("subnet")
      const cidr = `172.31.${index * 16}.0/20`
      this.subnets.set(id, { id, kind: "subnet", region, tags: {}, vpcId: vpc.id, zone, cidr, isDefault: true })
    }
  }

  makeMainTable(region: string, vpcId: string): Table {
    const id = this.id("rtb")
    const associations = [{ id: this.id("rtbassoc"), subnetId: undefined }]
    const table: Table = { id, kind: "route-table", region, tags: {}, vpcId, isMain: true, routes: [], associations }
    this.tables.set(id, table)
    return table
  }
}

/** A state that lasts from then on. */
export const stateFrom = (at: number, state: InstanceState): Timeline<InstanceState> => new Timeline(at, state)
