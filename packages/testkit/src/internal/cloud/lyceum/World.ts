import { random } from "../../proxy/rate.ts"
import type { Hands, MachineDescription } from "../CloudCore.ts"
import type { FaultPlan } from "../Faults.ts"
import { Timeline } from "../Timeline.ts"
import { counts, type Market, markets, type Profile, profiles } from "./catalogue.ts"
import type { Account, Vm, VmState } from "./model.ts"

/** Emulated seconds that things take, and how the cloud looks from outside. */
export interface WorldOptions {
  readonly seed: number
  /** From the create until a machine is ready. */
  readonly bootSeconds: number
  /** From then until its address is told. */
  readonly addressSeconds: number
  /** From the delete until a machine is gone. */
  readonly deleteSeconds: number
  /** For so long nobody sees what is new. */
  readonly visibleSeconds: number
  /** A read answers from up to so long ago. */
  readonly staleSeconds: number
  /** The address of the nth machine, and the port at which sshd listens there. */
  readonly address: (index: number) => string
  readonly port: number
}

/** What is asked for. */
export interface Wanted {
  readonly profile: Profile
  readonly count: number
  readonly market: Market
  readonly displayName: string | undefined
  readonly publicKey: string
}

const stateOf = (status: VmState["status"], hasAddress = false): VmState => ({ status, hasAddress })

const usualPort = 22

/** Its user may do everything without a password; here, where there may be no sudo, what that is needed for is allowed. */
const sudo = '#!/bin/sh\n[ "$1" != -n ] || shift\nexec "$@"\n'

/** Everything there is in this cloud, and what can be done to it. */
export class World {
  readonly options: WorldOptions
  readonly faults: FaultPlan
  readonly vms = new Map<string, Vm>()
  readonly tokens = new Map<string, Account>()
  readonly prices = new Map<string, number>()
  readonly stock = new Map<string, ReadonlyArray<number>>()
  readonly draw: () => number
  hands: Hands | undefined
  #made = 0

  constructor(options: WorldOptions, faults: FaultPlan) {
    this.options = options
    this.faults = faults
    this.draw = random(options.seed)
    for (const { markets: there, profile, usdPerHour } of profiles) {
      for (const market of markets) this.prices.set(`${market}.${profile}`, usdPerHour[market])
      for (const market of there) this.stock.set(`${market}.${profile}`, counts)
    }
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => Math.floor(this.draw() * 16).toString(16)).join("")
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-a${this.hex(3)}-${this.hex(12)}`
  }

  priceOf(market: Market, profile: string): number {
    return this.prices.get(`${market}.${profile}`) ?? 0
  }

  /** How many GPUs there are machines with now; nothing where there are never any. */
  stockOf(market: Market, profile: string): ReadonlyArray<number> | undefined {
    return this.stock.get(`${market}.${profile}`)
  }

  /** A machine that is there from now on. */
  add(account: Account, wanted: Wanted, state: VmState, at: number, planted: boolean): Vm {
    const index = ++this.#made
    const { address, port, visibleSeconds } = this.options
    const host = address(index)
    // Both forms are seen, of the id as well.
    const isBare = port === usualPort && index % 2 === 1
    const vm: Vm = {
      id: index % 2 === 1 ? this.hex(32) : this.uuid(),
      name: `hyd-production-vm-${this.hex(20)}`,
      ...wanted,
      account,
      createdAt: at,
      usdPerHour: this.priceOf(wanted.market, wanted.profile.profile) * wanted.count,
      host,
      address: isBare ? host : `${host}:${port}`,
      planted,
      truth: new Timeline(at, state),
      visibleFrom: at + visibleSeconds * 1000,
      billedFrom: undefined,
      billedUntil: undefined,
      touched: false
    }
    this.vms.set(vm.id, vm)
    return vm
  }

  /** What a reader sees of it. */
  seen(vm: Vm, readAt: number): VmState | undefined {
    return readAt < vm.visibleFrom ? undefined : vm.truth.at(readAt)
  }

  create(account: Account, wanted: Wanted, isToFail: boolean, now: number): Vm {
    const vm = this.add(account, wanted, stateOf("pending"), now, false)
    const { bootSeconds } = this.options
    if (isToFail) {
      // Nobody says that it costs nothing, so that it does.
      vm.billedFrom = now + bootSeconds * 1000
      vm.truth.set(vm.billedFrom, stateOf("failed"))
    } else if (this.hands === undefined) this.#ready(vm, now + bootSeconds * 1000)
    else {
      this.hands({
        kind: "create",
        id: vm.id,
        machine: this.#descriptionOf(vm),
        seconds: bootSeconds,
        isWanted: () => vm.billedUntil === undefined,
        done: (at) => this.#ready(vm, at)
      })
    }
    return vm
  }

  /** It is ended, and costs nothing once it is. */
  end(vm: Vm, now: number): void {
    if (vm.billedUntil !== undefined) return
    const { deleteSeconds } = this.options
    const at = now + deleteSeconds * 1000
    const state = vm.truth.at(now)
    if (state !== undefined) vm.truth.set(now, state)
    vm.truth.set(at, stateOf("terminated"))
    vm.billedUntil = at
    this.hands?.({ kind: "destroy", id: vm.id, seconds: deleteSeconds })
  }

  /** It is taken away: at once, and nobody says why. */
  preempt(vm: Vm, now: number): void {
    if (vm.billedUntil !== undefined) return
    vm.truth.set(now, stateOf("terminated"))
    vm.billedUntil = now
    this.hands?.({ kind: "preempt", id: vm.id, seconds: 0 })
    this.hands?.({ kind: "destroy", id: vm.id, seconds: 0 })
  }

  /** It has switched itself off, and goes on costing: nobody can switch it on again. */
  switchedOff(vm: Vm, now: number): void {
    if (vm.billedUntil === undefined) vm.truth.set(now, stateOf("stopped"))
  }

  #ready(vm: Vm, at: number): void {
    if (vm.billedUntil !== undefined) return
    vm.billedFrom ??= at
    vm.truth.set(at, stateOf("ready"))
    vm.truth.set(at + this.options.addressSeconds * 1000, stateOf("ready", true))
  }

  #descriptionOf({ count, displayName, host, id, name, profile, publicKey }: Vm): MachineDescription {
    return {
      id,
      name: displayName ?? name,
      address: host,
      port: this.options.port,
      boot: { kind: "script", text: "chmod 666 /run/power", everyBoot: true },
      publicKeys: [publicKey],
      user: "lyceum",
      programs: { sudo },
      gpus: { name: profile.model, count, memoryMiB: profile.memoryMiB }
    }
  }
}
