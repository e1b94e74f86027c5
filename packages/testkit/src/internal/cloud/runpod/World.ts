import { random } from "../../proxy/rate.ts"
import type { Hands, MachineDescription, Surroundings } from "../CloudCore.ts"
import type { FaultPlan } from "../Faults.ts"
import { Timeline } from "../Timeline.ts"
import { type CpuType, cpuTypes, type GpuType, gpuTypes } from "./catalogue.ts"
import type { Pod, PodState } from "./model.ts"

/** How the cloud behaves. Times in emulated seconds. */
export interface WorldOptions {
  readonly seed: number
  readonly bootSeconds: number
  readonly powerSeconds: number
  readonly deleteSeconds: number
  readonly visibleSeconds: number
  readonly staleSeconds: number
  /** How many pods a page has at most; the vendor's thousand without it. */
  readonly pageLength: number
  /** Whether a pod's own key may end it by REST, and not by GraphQL alone. */
  readonly podKeysByRest: boolean
}

export interface Volume {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly dataCenter: string
  readonly type: "STANDARD" | "HIGH_PERFORMANCE"
}

export interface Template {
  readonly id: string
  readonly name: string
  readonly image: string
  readonly ports: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
}

const hoursOfMonth = 730

/** A GB of disk. **Units**  US dollars per hour @source https://docs.runpod.io/pods/pricing */
const disk = { running: 0.1 / hoursOfMonth, stopped: 0.2 / hoursOfMonth }

/** A thing of this cloud, and what is told of it now. */
export class World {
  readonly options: WorldOptions
  readonly around: Surroundings
  readonly faults: FaultPlan
  readonly pods = new Map<string, Pod>()
  readonly gpus = new Map<string, GpuType>(gpuTypes.map((gpu) => [gpu.id, gpu]))
  readonly cpus = new Map<string, CpuType>(cpuTypes.map((cpu) => [cpu.id, cpu]))
  readonly volumes: Array<Volume> = []
  readonly templates: Array<Template> = []
  hands: Hands | undefined
  /** What a host does when a stopped pod is to start there. */
  starts: "normal" | "refused" | "empty" = "normal"
  /** Whether pods come smaller than asked for, or dearer than the catalogue says. */
  isStingy = false
  surchargeUsdPerHour = 0
  hasMoney = true
  readonly #draw: () => number
  #count = 0

  constructor(options: WorldOptions, around: Surroundings, faults: FaultPlan) {
    this.options = options
    this.around = around
    this.faults = faults
    this.#draw = random(options.seed)
  }

  /** Letters and digits, as ids are here. */
  id(length = 14): string {
    const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return Array.from({ length }, () => letters[Math.floor(this.#draw() * letters.length)] ?? "a").join("")
  }

  nextNumber(): number {
    return ++this.#count
  }

  readAt(now: number): number {
    const { staleSeconds } = this.options
    return staleSeconds === 0 ? now : now - Math.floor(this.#draw() * staleSeconds * 1000)
  }

  /** What a reader sees of a pod then. */
  seen(pod: Pod, readAt: number): PodState | undefined {
    return readAt < pod.visibleFrom ? undefined : pod.truth.at(readAt)
  }

  /** Switches a pod on, for the first time or again. */
  boot(pod: Pod, now: number, machine?: MachineDescription): void {
    const seconds = machine === undefined ? this.options.powerSeconds : this.options.bootSeconds
    const done = (at: number) => {
      const state = pod.truth.at(at)
      if (state?.status === "PROVISIONING") {
        pod.truth.set(at, { ...state, status: "RUNNING", isReachable: true, startedAt: at })
      }
    }
    if (this.hands !== undefined && !pod.planted) {
      const kind = machine === undefined ? "powerOn" : "create"
      const isWanted = () => pod.billedUntil === undefined
      this.hands({ kind, id: pod.id, seconds, isWanted, done, ...(machine === undefined ? {} : { machine }) })
      return
    }
    // It runs before anybody can reach it.
    const state = pod.truth.at(now)
    if (state === undefined) return
    const running = { ...state, status: "RUNNING", startedAt: now + seconds * 500 } as const
    pod.truth.set(now + seconds * 500, running)
    pod.truth.set(now + seconds * 1000, { ...running, isReachable: true })
  }

  /** Stops it: its port is gone, its volume stays and costs more. */
  stop(pod: Pod, now: number): void {
    const { powerSeconds } = this.options
    const done = (at: number) => {
      const state = pod.truth.at(at)
      if (state === undefined || state.status === "EXITED") return
      pod.truth.set(at, { ...state, status: "EXITED", isReachable: false })
      pod.rates.push({ from: at, usdPerHour: (pod.mounts.persistent?.size ?? 0) * disk.stopped })
    }
    if (this.hands === undefined || pod.planted) {
      done(now + powerSeconds * 1000)
      return
    }
    this.hands({
      kind: "powerOff",
      id: pod.id,
      seconds: powerSeconds,
      isWanted: () => pod.billedUntil === undefined,
      done
    })
  }

  destroy(pod: Pod, now: number): void {
    if (pod.billedUntil !== undefined) return
    const { deleteSeconds } = this.options
    pod.billedUntil = now + deleteSeconds * 1000
    pod.truth.set(pod.billedUntil, undefined)
    if (!pod.planted) this.hands?.({ kind: "destroy", id: pod.id, seconds: deleteSeconds })
  }

  add(pod: Omit<Pod, "number" | "host" | "port" | "key" | "truth" | "rates" | "visibleFrom">, state: PodState): Pod {
    const number = this.nextNumber()
    const { host, port } = this.around.mapped(number)
    const disks = pod.disk + (pod.mounts.persistent?.size ?? 0)
    const added: Pod = {
      ...pod,
      number,
      host,
      port,
      key: `rpa_${this.id(40)}`,
      truth: new Timeline(pod.createdAt, state),
      rates: [{ from: pod.createdAt, usdPerHour: pod.usdPerHour + disks * disk.running }],
      visibleFrom: pod.planted ? pod.createdAt : pod.createdAt + this.options.visibleSeconds * 1000
    }
    this.pods.set(added.id, added)
    return added
  }
}

/** What a pod has cost until then. **Units**  US dollars */
export const usdOf = ({ billedUntil = Infinity, rates }: Pod, now: number): number => {
  const end = Math.min(billedUntil, now)
  return rates.reduce((sum, { from, usdPerHour }, index) => {
    const until = Math.min(end, rates[index + 1]?.from ?? end)
    return sum + (Math.max(0, until - from) / 3_600_000) * usdPerHour
  }, 0)
}

/** What it costs then. **Units**  US dollars per hour */
export const rateOf = ({ billedUntil = Infinity, rates }: Pod, now: number): number =>
  now >= billedUntil ? 0 : (rates.findLast(({ from }) => from <= now)?.usdPerHour ?? 0)
