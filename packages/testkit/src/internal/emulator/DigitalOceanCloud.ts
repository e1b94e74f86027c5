import type { Core, Machine, RegisteredKey, Stranger } from "../cloud/digitalocean/Core.ts"
import type { Account } from "../cloud/digitalocean/model.ts"
import { Emulated } from "./Emulated.ts"

/** A DigitalOcean that answers over HTTP until it is closed, with what a test may ask of it alone. */
export class DigitalOceanCloud extends Emulated<Core> {
  get account(): Account {
    return this.core.account
  }

  override machines(): ReadonlyArray<Machine> {
    return this.core.machines(this.clock.now())
  }

  override billing(): ReadonlyArray<Machine> {
    return this.core.billing(this.clock.now())
  }

  override plant(stranger: Stranger): Machine {
    return this.core.plant(stranger, this.clock.now())
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
}
