import { random } from "../../proxy/rate.ts"
import type { Deed, Hands, MachineDescription } from "../CloudCore.ts"
import type { FaultPlan } from "../Faults.ts"
import { Timeline } from "../Timeline.ts"
import { type Image, images, type Region, regions, type Size, sizes } from "./catalogue.ts"
import type { Account, Action, ActionState, Droplet, DropletState, SshKey, Volume } from "./model.ts"

/** Emulated seconds that things take, and how the cloud looks from outside. */
export interface WorldOptions {
  readonly seed: number
  /** From the create until a machine is active. */
  readonly bootSeconds: number
  /** Until a power action has its effect. */
  readonly powerSeconds: number
  /** From the delete until a machine is gone. */
  readonly deleteSeconds: number
  /** For so long nobody sees what is new. */
  readonly visibleSeconds: number
  /** A read answers from up to so long ago. */
  readonly staleSeconds: number
  /** Whether a list by tag has GPU machines too: the vendor does not say. */
  readonly listsGpusByTag: boolean
  /** Where links lead. */
  readonly origin: () => string
  /** Says of a public key what the vendor calls its fingerprint; nothing for one that is none. */
  readonly fingerprint: (publicKey: string) => string | undefined
  /** The address of the next machine. */
  readonly address: (index: number) => string
  /** At which sshd listens there. */
  readonly port: number
}

export interface Token {
  readonly account: Account
  readonly scopes: ReadonlySet<string> | undefined
}

const after: Readonly<Record<string, DropletState["status"]>> = {
  create: "active",
  power_off: "off",
  shutdown: "off",
  power_on: "active",
  reboot: "active",
  power_cycle: "active"
}

const deeds: Readonly<Record<string, Exclude<Deed["kind"], "destroy" | "preempt">>> = {
  create: "create",
  power_off: "powerOff",
  shutdown: "powerOff",
  power_on: "powerOn",
  reboot: "reboot",
  power_cycle: "reboot"
}

const gpuNameOf = (model: string): string =>
  `NVIDIA ${model
    .replace(/^[a-z]+_/, "")
    .replaceAll("_", " ")
    .toUpperCase()}`

const gpusOf = ({ gpu_info: gpu }: Size): MachineDescription["gpus"] =>
  gpu === undefined || !gpu.model.startsWith("nvidia_")
    ? undefined
    : { name: gpuNameOf(gpu.model), count: gpu.count, memoryMiB: Math.floor(gpu.vram.amount / gpu.count) * 1024 }

const descriptionOf = ({ addresses, id, name, size, sshKeys, userData }: Droplet, port: number) => ({
  id,
  name,
  address: addresses.public ?? "127.0.0.1",
  port,
  boot: { kind: "userData", text: userData ?? "" } as const,
  publicKeys: sshKeys.map(({ publicKey }) => publicKey),
  gpus: gpusOf(size)
})

/** Everything there is in this cloud, and what can be done to it. */
export class World {
  readonly options: WorldOptions
  readonly faults: FaultPlan
  readonly droplets = new Map<number, Droplet>()
  readonly actions = new Map<number, Action>()
  readonly keys = new Map<number, SshKey>()
  readonly volumes = new Map<string, Volume>()
  readonly accounts: Array<Account> = []
  readonly tokens = new Map<string, Token>()
  readonly sizes = new Map<string, Size>(sizes.map((size) => [size.slug, size]))
  readonly regions = new Map<string, Region>(regions.map((region) => [region.slug, region]))
  readonly images: ReadonlyArray<Image> = images
  readonly draw: () => number
  hands: Hands | undefined
  readonly #open = new Map<number, Action>()
  #visible: Array<Droplet> = []
  #ids = 0

  constructor(options: WorldOptions, faults: FaultPlan) {
    this.options = options
    this.faults = faults
    this.draw = random(options.seed)
  }

  nextId(): number {
    return ++this.#ids
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.draw() * 16).toString(16)).join("")
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`
  }

  addDroplet(droplet: Droplet): void {
    this.droplets.set(droplet.id, droplet)
    this.#visible.push(droplet)
    for (const tag of droplet.truth.at(droplet.createdAt)?.tags ?? [])
      this.addTag(droplet.account, tag, droplet.createdAt)
  }

  addTag(account: Account, tag: string, now: number): void {
    const known = account.tags.get(tag)
    if (known === undefined) account.tags.set(tag, new Timeline(now, true))
    else if (known.at(now) === undefined) known.set(now, true)
  }

  /** What a reader sees of it. */
  seen(droplet: Droplet, readAt: number): DropletState | undefined {
    return readAt < droplet.visibleFrom ? undefined : droplet.truth.at(readAt)
  }

  /** All that a reader may see now or a little while ago. */
  candidates(now: number): ReadonlyArray<Droplet> {
    const forgotten = now - this.options.staleSeconds * 1000
    if (this.#visible.some(({ truth }) => truth.isOver(forgotten))) {
      this.#visible = this.#visible.filter(({ truth }) => !truth.isOver(forgotten))
    }
    return this.#visible
  }

  alive(account: Account, now: number): number {
    return this.candidates(now).filter((droplet) => droplet.account === account && droplet.truth.at(now) !== undefined)
      .length
  }

  begin(droplet: Droplet, type: string, now: number): Action {
    const action: Action = {
      id: 2_000_000_000 + this.nextId(),
      type,
      account: droplet.account,
      resource: { type: "droplet", id: droplet.id },
      region: droplet.region,
      startedAt: now,
      truth: new Timeline<ActionState>(now, { status: "in-progress", completedAt: undefined })
    }
    this.actions.set(action.id, action)
    droplet.actions.push(action)
    this.#open.set(droplet.id, action)
    if (type !== "create") droplet.truth.map(now, (state) => ({ ...state, locked: true }))
    return action
  }

  /** Leaves it to the clock, or to whoever has the machine, when the action has its effect. */
  carryOut(droplet: Droplet, action: Action, now: number): void {
    const kind = deeds[action.type]
    const seconds = action.type === "create" ? this.options.bootSeconds : this.options.powerSeconds
    if (this.hands === undefined || kind === undefined || droplet.planted) {
      return this.settle(action, now + seconds * 1000, true)
    }
    this.hands({
      kind,
      id: droplet.id,
      machine: descriptionOf(droplet, this.options.port),
      seconds,
      isWanted: () => !this.isEnding(droplet),
      done: (at) => this.settle(action, at, true)
    })
  }

  /** The action ends at that time, well or badly; a failed create leaves nothing. */
  settle(action: Action, at: number, isDone: boolean): void {
    const droplet = action.resource.type === "droplet" ? this.droplets.get(action.resource.id) : undefined
    if (droplet === undefined || this.#open.get(droplet.id) !== action) return
    this.#open.delete(droplet.id)
    action.truth.set(at, { status: isDone ? "completed" : "errored", completedAt: at })
    const state = droplet.truth.at(at)
    if (state === undefined) return
    if (isDone) {
      const status = after[action.type] ?? state.status
      droplet.truth.set(at, { ...state, status, locked: false, hasAddress: true })
    } else if (action.type === "create") {
      droplet.truth.set(at, undefined)
      droplet.billedUntil ??= at
    } else droplet.truth.set(at, { ...state, locked: false })
  }

  /** It has done so itself. */
  switchedOff(droplet: Droplet, now: number): void {
    if (!this.isEnding(droplet)) droplet.truth.map(now, (state) => ({ ...state, status: "off" }))
  }

  destroy(droplet: Droplet, now: number): void {
    const state = droplet.truth.at(now)
    if (state === undefined || this.isEnding(droplet)) return
    this.#abort(droplet, now)
    const gone = now + this.options.deleteSeconds * 1000
    droplet.truth.set(now, { ...state, locked: true })
    droplet.truth.set(gone, undefined)
    droplet.billedUntil = gone
    for (const volume of this.volumes.values()) {
      volume.truth.map(gone, (each) => ({ ...each, dropletIds: each.dropletIds.filter((id) => id !== droplet.id) }))
    }
    this.hands?.({ kind: "destroy", id: droplet.id, seconds: this.options.deleteSeconds })
  }

  /** What was begun and has not ended by now does not come about. */
  #abort(droplet: Droplet, now: number): void {
    this.#open.delete(droplet.id)
    for (const action of droplet.actions) {
      if (action.truth.at(now)?.status !== "in-progress") continue
      action.truth.set(now, { status: "errored", completedAt: now })
    }
  }

  /** Somebody has asked for its end, and it was heard. */
  isEnding(droplet: Droplet): boolean {
    return droplet.billedUntil !== undefined
  }
}
