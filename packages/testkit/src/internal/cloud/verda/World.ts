import { random } from "../../proxy/rate.ts"
import type { Deed, Hands, MachineDescription, Surroundings } from "../CloudCore.ts"
import type { FaultPlan } from "../Faults.ts"
import { Timeline } from "../Timeline.ts"
import { type InstanceType, stock, types } from "./catalogue.ts"
import type { Account, Event, Instance, InstanceState, Script, SshKey, Status, Token, Volume } from "./model.ts"

/** How the cloud behaves. In emulated seconds. */
export interface WorldOptions {
  readonly seed: number
  /** From the create until it is running. */
  readonly bootSeconds: number
  /** Running, and without an address yet. */
  readonly addressSeconds: number
  readonly powerSeconds: number
  /** From the delete until it is discontinued. */
  readonly deleteSeconds: number
  readonly visibleSeconds: number
  readonly staleSeconds: number
  readonly tokenSeconds: number
  /** In which form the bare id of something new comes. */
  readonly idsAs: "text" | "json" | "object"
  /** Whether tags in a create are refused, as by servers before September 2026. */
  readonly refusesTags: boolean
  /** Whether one key is answered as a list of one, as some servers do. */
  readonly listsOneKey: boolean
}

const after: Readonly<Record<"create" | "powerOn" | "powerOff", Status>> = {
  create: "running",
  powerOn: "running",
  powerOff: "offline"
}

const gpusOf = ({ gpuMemory, gpuName, gpus, manufacturer }: InstanceType): MachineDescription["gpus"] =>
  gpus === 0 || manufacturer !== "NVIDIA"
    ? undefined
    : { name: `NVIDIA ${gpuName}`, count: gpus, memoryMiB: gpuMemory * 1024 }

/** Everything there is in this cloud, and what can be done to it. */
export class World {
  readonly options: WorldOptions
  readonly faults: FaultPlan
  readonly around: Surroundings
  readonly accounts: Array<Account> = []
  readonly tokens = new Map<string, Token>()
  readonly refreshes = new Map<string, Account>()
  readonly instances = new Map<string, Instance>()
  readonly volumes = new Map<string, Volume>()
  readonly keys = new Map<string, SshKey>()
  readonly scripts = new Map<string, Script>()
  readonly journal: Array<Event> = []
  readonly types = new Map<string, InstanceType>(types.map((type) => [type.name, type]))
  readonly stock: Record<"demand" | "spot", Record<string, ReadonlyArray<string>>> = {
    demand: { ...stock.demand },
    spot: { ...stock.spot }
  }
  readonly draw: () => number
  hands: Hands | undefined
  #count = 0

  constructor(options: WorldOptions, faults: FaultPlan, around: Surroundings) {
    this.options = options
    this.faults = faults
    this.around = around
    this.draw = random(options.seed)
  }

  next(): number {
    return ++this.#count
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.draw() * 16).toString(16)).join("")
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`
  }

  tagId(): string {
    return `tag_${this.hex(22)}`
  }

  /** What a reader sees of it. */
  seen(instance: Instance, readAt: number): InstanceState | undefined {
    return readAt < instance.visibleFrom ? undefined : instance.truth.at(readAt)
  }

  note(instance: Instance, action: string, at: number, more: Partial<Event> = {}): void {
    const actor = "actor" in more ? more.actor : instance.account.id
    this.journal.push({ id: this.uuid(), instance, action, at, reason: undefined, error: undefined, ...more, actor })
  }

  /** Leaves it to the clock, or to whoever has the machines. */
  act(instance: Instance, kind: "create" | "powerOn" | "powerOff", now: number): void {
    const { addressSeconds, bootSeconds, powerSeconds } = this.options
    const seconds = kind === "create" ? bootSeconds : powerSeconds
    instance.isBusy = true
    const done = (at: number) => {
      instance.isBusy = false
      const state = instance.truth.at(at)
      if (state === undefined || instance.billedUntil !== undefined) return
      const status = after[kind]
      const isLate = kind === "create" && addressSeconds > 0
      instance.truth.set(at, { ...state, status, hasAddress: !isLate && status === "running" })
      if (isLate) instance.truth.set(at + addressSeconds * 1000, { ...state, status, hasAddress: true })
    }
    if (this.hands === undefined || instance.planted) return done(now + seconds * 1000)
    const isWanted = () => instance.billedUntil === undefined
    const machine = kind === "create" ? { machine: this.#description(instance) } : {}
    this.hands({ kind, id: instance.id, seconds, isWanted, done, ...machine })
  }

  /** It will be gone, and is not until then. Volumes that are not named are only detached. */
  end(instance: Instance, now: number, volumes: ReadonlyMap<Volume, "trash" | "deleted">): void {
    const gone = now + this.options.deleteSeconds * 1000
    this.#finish(instance, now, gone, (volume) => volumes.get(volume) ?? "detached")
    this.hands?.({ kind: "destroy", id: instance.id, seconds: this.options.deleteSeconds })
  }

  /** Taken back by the vendor, without a word before. */
  evict(instance: Instance, now: number): void {
    const fates = { keep_detached: "detached", move_to_trash: "trash", delete_permanently: "deleted" } as const
    this.#finish(instance, now, now, ({ onDiscontinue }) => fates[onDiscontinue])
    this.note(instance, "delete", now, { actor: undefined, reason: "evicted_by_on_demand" })
    const deed: Deed = { kind: "destroy", id: instance.id, seconds: 0 }
    this.hands?.(deed)
  }

  /** It comes to nothing. */
  fail(instance: Instance, status: Status, at: number, message: string): void {
    const state = instance.truth.at(instance.createdAt)
    if (state !== undefined) instance.truth.set(at, { ...state, status })
    this.note(instance, "error", at, { error: message })
  }

  /** It has switched itself off, and costs as much as before. */
  switchedOff(instance: Instance, now: number): void {
    if (instance.billedUntil !== undefined) return
    instance.truth.map(now, (state) => ({ ...state, status: "offline", hasAddress: false }))
  }

  #finish(
    instance: Instance,
    now: number,
    gone: number,
    fateOf: (volume: Volume) => "detached" | "trash" | "deleted"
  ): void {
    const state = instance.truth.at(now)
    if (state === undefined || instance.billedUntil !== undefined) return
    instance.billedUntil = gone
    instance.truth.set(now, { ...state, status: "deleting" })
    instance.truth.set(gone, { ...state, status: "discontinued", hasAddress: false })
    for (const volume of this.volumes.values()) {
      if (volume.truth.at(now)?.instance !== instance.id) continue
      const status = fateOf(volume)
      volume.truth.set(gone, { status, instance: undefined })
      if (status !== "detached") volume.billedUntil = gone
    }
  }

  newVolume(volume: Omit<Volume, "id" | "truth" | "billedUntil">, instance: string | undefined): Volume {
    const status = instance === undefined ? "detached" : "attached"
    const made: Volume = {
      ...volume,
      id: this.uuid(),
      truth: new Timeline(volume.createdAt, { status, instance }),
      billedUntil: undefined
    }
    this.volumes.set(made.id, made)
    return made
  }

  #description({ address, hostname, id, keys, script, type }: Instance): MachineDescription {
    return {
      id,
      name: hostname,
      address,
      port: this.around.port,
      boot: { kind: "script", text: script?.text ?? "#!/bin/sh\n" },
      publicKeys: keys.map(({ publicKey }) => publicKey),
      gpus: gpusOf(type)
    }
  }
}
