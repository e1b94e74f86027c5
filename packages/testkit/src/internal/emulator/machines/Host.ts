import type { CloudCore, Deed, MachineDescription } from "../../cloud/CloudCore.ts"
import type { Clock } from "../Clock.ts"
import type { Runner } from "./MachineSettings.ts"
import { type Ending, RentedMachine } from "./RentedMachine.ts"

export interface HostOptions {
  readonly core: CloudCore
  readonly clock: Clock
  readonly runner: Runner
}

type Id = string | number

/** Has a machine for each that is rented, and does to it what the cloud was asked to do. */
export class Host {
  readonly #options: HostOptions
  readonly #machines = new Map<Id, RentedMachine>()
  /** What is done to one machine is done one after the other. */
  readonly #queues = new Map<Id, Promise<void>>()
  #isClosed = false

  constructor(options: HostOptions) {
    this.#options = options
    options.core.employ((deed) => this.#enqueue(deed.id, () => this.#perform(deed)))
  }

  /** The machine of this id, once it has begun to boot and until it is gone. */
  machine(id: Id): RentedMachine | undefined {
    return this.#machines.get(id)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#queues.values())
    await Promise.all([...this.#machines.values()].map((machine) => machine.close()))
    this.#machines.clear()
  }

  #enqueue(id: Id, perform: () => Promise<void>): void {
    const before = this.#queues.get(id) ?? Promise.resolve()
    const next = before.then(perform).catch((error: unknown) => this.#problem(id, String(error)))
    this.#queues.set(id, next)
  }

  #problem(id: Id, message: string): void {
    this.#options.core.violated({ of: "request", by: "userData", method: "POST", path: `machine ${id}`, message })
  }

  async #perform(deed: Deed): Promise<void> {
    const { clock } = this.#options
    const isWanted = () => !this.#isClosed && deed.isWanted?.() !== false
    if (!isWanted()) return
    await this.#act(deed)
    if (isWanted()) deed.done?.(clock.now())
  }

  async #act({ id, kind, machine, seconds }: Deed): Promise<void> {
    const { clock } = this.#options
    if (kind === "create") {
      if (machine === undefined) throw new Error("nothing says what is to be created")
      await Promise.all([clock.sleep(seconds), this.#create(machine)])
      return
    }
    await clock.sleep(seconds)
    const known = this.#machines.get(id)
    if (known === undefined) return
    if (kind === "destroy") {
      this.#machines.delete(id)
      return known.close()
    }
    if (kind !== "powerOn") await known.powerOff()
    if (kind === "powerOn" || kind === "reboot") await this.#boot(id, known)
  }

  async #create(description: MachineDescription): Promise<void> {
    const { id } = description
    const onProblem = (message: string) => this.#problem(id, message)
    const machine = await RentedMachine.create({ machine: description, runner: this.#options.runner, onProblem })
    this.#machines.set(id, machine)
    await this.#boot(id, machine)
  }

  async #boot(id: Id, machine: RentedMachine): Promise<void> {
    await machine.boot()
    const { boots } = machine
    const isStillOn = () => !this.#isClosed && machine.isOn && machine.boots === boots
    void machine.ended().then((how) => this.#endedItself(id, machine, how, isStillOn))
  }

  #endedItself(id: Id, machine: RentedMachine, how: Ending, isStillOn: () => boolean): void {
    const { clock, core } = this.#options
    if (!isStillOn()) return
    this.#enqueue(id, async () => {
      if (!isStillOn()) return
      await machine.powerOff()
      if (how === "reboot") return this.#boot(id, machine)
      core.ended(id, how, clock.now())
    })
  }
}
