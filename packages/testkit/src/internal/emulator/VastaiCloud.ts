import type { Core, Machine } from "../cloud/vastai/Core.ts"
import { Emulated } from "./Emulated.ts"

/** A Vast.ai that answers over HTTP until it is closed, with what a test may ask of it alone. */
export class VastaiCloud extends Emulated<Core> {
  override machines(): ReadonlyArray<Machine> {
    return this.core.machines(this.clock.now())
  }

  override billing(): ReadonlyArray<Machine> {
    return this.core.billing(this.clock.now())
  }

  /** What one GPU of a host costs in an hour from now on. */
  setPrice(machine: number, usdPerGpuHour: number): void {
    this.core.setPrice(machine, usdPerGpuHour)
  }

  /** The lowest that is taken for one GPU of a host in an hour. */
  setLowestBid(machine: number, usdPerGpuHour: number): void {
    this.core.setLowestBid(machine, usdPerGpuHour)
  }

  /** What is left of the account's money. */
  setCredit(credit: number): void {
    this.core.setCredit(credit)
  }
}
