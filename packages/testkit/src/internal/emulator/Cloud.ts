import type { Core, Machine, RegisteredKey, Stranger } from "../cloud/digitalocean/Core.ts"
import type { Account } from "../cloud/digitalocean/model.ts"
import type { FaultScript } from "../cloud/FaultScript.ts"
import type { Violation } from "../cloud/http.ts"
import type { Clock } from "./Clock.ts"
import type { Hold, HoldPoint, Holds } from "./Holds.ts"
import type { DropletMachine } from "./machines/DropletMachine.ts"
import type { Host } from "./machines/Host.ts"
import type { Recorded } from "./record.ts"
import type { Server } from "./Server.ts"
import { stateOf } from "./statePage.ts"

export interface Parts {
  readonly core: Core
  readonly clock: Clock
  readonly holds: Holds
  readonly host: Host | undefined
  readonly server: Server
  readonly url: string
  readonly unproven: ReadonlyArray<string>
}

/** A cloud that answers over HTTP until it is closed, by `close` or `await using`. */
export class Cloud {
  /** Without a slash at its end. */
  readonly url: string
  readonly clock: Clock
  readonly core: Core
  /** What this cloud and its machines cannot prove, in words. */
  readonly unproven: ReadonlyArray<string>
  readonly #parts: Parts

  constructor(parts: Parts) {
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

  get account(): Account {
    return this.core.account
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
  machine(id: number): DropletMachine | undefined {
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

  /** Stops a request of this kind on one side of its effect. */
  hold(point: HoldPoint): Hold {
    return this.#parts.holds.add(point)
  }

  /** What is rented from now on costs so much. */
  setPrice(size: string, usdPerHour: number): void {
    this.core.setPrice(size, usdPerHour)
  }

  /** Whether the catalogue says that a size can be had, which is no promise. */
  setAvailable(size: string, isAvailable: boolean): void {
    this.core.setAvailable(size, isAvailable)
  }

  /** How many machines an account may have, the first one without any. */
  setDropletLimit(limit: number, account?: Account): void {
    this.core.setDropletLimit(limit, account)
  }

  /** The keys that are registered now. */
  sshKeys(): ReadonlyArray<RegisteredKey> {
    return this.core.sshKeys(this.clock.now())
  }

  /** Registers a key as somebody else would. */
  addSshKey(name: string, publicKey: string): void {
    this.core.addSshKey(name, publicKey, this.clock.now())
  }

  addAccount(settings?: Parameters<Core["addAccount"]>[0]): Account {
    return this.core.addAccount(settings)
  }

  addToken(settings?: Parameters<Core["addToken"]>[0]): string {
    return this.core.addToken(settings)
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
