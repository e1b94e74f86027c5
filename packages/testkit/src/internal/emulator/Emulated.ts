import type { CloudCore, Machine, Stranger } from "../cloud/CloudCore.ts"
import type { FaultScript } from "../cloud/FaultScript.ts"
import type { Violation } from "../cloud/http.ts"
import type { Clock } from "./Clock.ts"
import type { Hold, HoldPoint, Holds } from "./Holds.ts"
import type { Host } from "./machines/Host.ts"
import type { RentedMachine } from "./machines/RentedMachine.ts"
import type { Recorded } from "./record.ts"
import type { Server } from "./Server.ts"
import { stateOf } from "./statePage.ts"

export interface Parts<C extends CloudCore> {
  readonly core: C
  readonly clock: Clock
  readonly holds: Holds
  readonly host: Host | undefined
  readonly server: Server
  readonly url: string
  readonly unproven: ReadonlyArray<string>
}

/** A cloud that answers over HTTP until it is closed, by `close` or `await using`. */
export class Emulated<C extends CloudCore = CloudCore> {
  /** Without a slash at its end. */
  readonly url: string
  readonly clock: Clock
  readonly core: C
  /** What this cloud and its machines cannot prove, in words. */
  readonly unproven: ReadonlyArray<string>
  readonly #parts: Parts<C>

  constructor(parts: Parts<C>) {
    this.#parts = parts
    this.url = parts.url
    this.clock = parts.clock
    this.core = parts.core
    this.unproven = parts.unproven
  }

  /** Of the first account; it may do everything. */
  get token(): string {
    return this.core.token
  }

  /** What a user sets to reach it. */
  get environment(): Readonly<Record<string, string>> {
    return this.core.environment(this.url)
  }

  get faults(): FaultScript {
    return this.core.faults
  }

  /** Every request so far, in the order in which they came. */
  get requests(): ReadonlyArray<Recorded> {
    return this.#parts.server.requests
  }

  /** What was sent or answered and is not allowed: to be empty at the end of a test. */
  get violations(): ReadonlyArray<Violation> {
    return this.core.violations
  }

  /** Every machine that there ever was. */
  machines(): ReadonlyArray<Machine> {
    return this.core.machines(this.clock.now())
  }

  /** The machine behind its sshd, where there is one: from when it boots until it is gone. */
  machine(id: string | number): RentedMachine | undefined {
    return this.#parts.host?.machine(id)
  }

  /** Those that cost money now, strangers' included. */
  billing(): ReadonlyArray<Machine> {
    return this.core.billing(this.clock.now())
  }

  /** What has been charged so far for machines that were not planted. */
  usd(): number {
    return this.core.usd(this.clock.now())
  }

  /** For how long in all those have cost money. */
  machineSeconds(): number {
    return this.core.machineSeconds(this.clock.now())
  }

  /** Puts a stranger's machine there, active and billed. */
  plant(stranger: Stranger): Machine {
    return this.core.plant(stranger, this.clock.now())
  }

  /** Takes a machine away, as the vendor does it to those that may be taken. */
  preempt(id: string | number): void {
    if (this.core.preempt === undefined) throw new Error(`${this.core.title} takes no machine away`)
    this.core.preempt(id, this.clock.now())
  }

  /** Stops a request of this kind on one side of its effect. */
  hold(point: HoldPoint): Hold {
    return this.#parts.holds.add(point)
  }

  /** What `/_emulator/state` shows. */
  state(): unknown {
    return stateOf({ core: this.core, now: this.clock.now(), requests: this.requests, unproven: this.unproven })
  }

  async close(): Promise<void> {
    this.#parts.holds.close()
    this.clock.stop()
    await this.#parts.server.close()
    await this.#parts.host?.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
