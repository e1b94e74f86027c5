import type { Core } from "../../cloud/digitalocean/Core.ts"
import type { Deed } from "../../cloud/digitalocean/World.ts"
import type { Droplet } from "../../cloud/digitalocean/model.ts"
import type { Clock } from "../Clock.ts"
import { DropletMachine, type Runner } from "./DropletMachine.ts"

export interface HostOptions {
  readonly core: Core
  readonly clock: Clock
  readonly port: number
  readonly runner: Runner
  readonly bootSeconds: number
  readonly powerSeconds: number
  readonly deleteSeconds: number
}

/** Has a machine for each that is rented, and does to it what the cloud was asked to do. */
export class Host {
  readonly #options: HostOptions
  readonly #machines = new Map<number, DropletMachine>()
  /** What is done to one machine is done one after the other. */
  readonly #queues = new Map<number, Promise<void>>()
  #isClosed = false

  constructor(options: HostOptions) {
    this.#options = options
    options.core.cloud.world.onDeed = (deed) => this.#enqueue(deed.droplet, () => this.#perform(deed))
  }

  /** The machine of this id, once it has begun to boot and until it is gone. */
  machine(id: number): DropletMachine | undefined {
    return this.#machines.get(id)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#queues.values())
    await Promise.all([...this.#machines.values()].map((machine) => machine.close()))
    this.#machines.clear()
  }

  #enqueue(droplet: Droplet, perform: () => Promise<void>): void {
    const before = this.#queues.get(droplet.id) ?? Promise.resolve()
    const next = before.then(perform).catch((error: unknown) => this.#problem(droplet, String(error)))
    this.#queues.set(droplet.id, next)
  }

  #problem(droplet: Droplet, message: string): void {
    const path = `/v2/droplets/${droplet.id}`
    this.#options.core.cloud.violated({ of: "request", by: "userData", method: "POST", path, message })
  }

  async #perform({ action, droplet, kind }: Deed): Promise<void> {
    if (this.#isClosed) return
    const { clock, core } = this.#options
    if (kind === "destroy") return this.#destroy(droplet)
    const isWanted = () => !this.#isClosed && droplet.billedUntil === undefined
    if (!isWanted()) return
    await this.#act(kind, droplet)
    if (action !== undefined && isWanted()) core.cloud.world.settle(action, clock.now(), true)
  }

  async #act(kind: Exclude<Deed["kind"], "destroy">, droplet: Droplet): Promise<void> {
    const { bootSeconds, clock, powerSeconds } = this.#options
    if (kind === "create") {
      const machine = await DropletMachine.create(this.#settings(droplet))
      this.#machines.set(droplet.id, machine)
      await Promise.all([clock.sleep(bootSeconds), this.#boot(droplet, machine)])
      return
    }
    await clock.sleep(powerSeconds)
    const machine = this.#machines.get(droplet.id)
    if (machine === undefined) return
    if (kind !== "powerOn") await machine.powerOff()
    if (kind !== "powerOff") await this.#boot(droplet, machine)
  }

  async #boot(droplet: Droplet, machine: DropletMachine): Promise<void> {
    await machine.boot()
    void machine.ended().then((how) => this.#endedItself(droplet, machine, how))
  }

  /** A machine may switch itself off, which costs as much as before. */
  #endedItself(droplet: Droplet, machine: DropletMachine, how: "off" | "reboot"): void {
    const { clock, core } = this.#options
    if (this.#isClosed || !machine.isOn) return
    this.#enqueue(droplet, async () => {
      if (this.#isClosed || !machine.isOn) return
      await machine.powerOff()
      if (how === "reboot") return this.#boot(droplet, machine)
      core.cloud.world.switchedOff(droplet, clock.now())
    })
  }

  async #destroy(droplet: Droplet): Promise<void> {
    await this.#options.clock.sleep(this.#options.deleteSeconds)
    const machine = this.#machines.get(droplet.id)
    this.#machines.delete(droplet.id)
    await machine?.close()
  }

  #settings(droplet: Droplet) {
    const { id, name, size, sshKeys, userData = "" } = droplet
    const { port, runner } = this.#options
    return {
      id,
      name,
      size,
      address: droplet.addresses.public ?? "127.0.0.1",
      port,
      userData,
      publicKeys: sshKeys.map(({ publicKey }) => publicKey),
      runner,
      onProblem: (message: string) => this.#problem(droplet, message)
    }
  }
}
