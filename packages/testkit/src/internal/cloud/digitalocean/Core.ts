import type * as Clouds from "../CloudCore.ts"
import type { Plan } from "../Faults.ts"
import { type Dialect, FaultScript } from "../FaultScript.ts"
import type { Answer, Request, Violation } from "../http.ts"
import { isBilling, secondsOf, usdOf } from "./billing.ts"
import { addDroplet } from "./create.ts"
import { type CloudOptions, DigitalOcean } from "./DigitalOcean.ts"
import { capacityMessages, failed, unprocessable } from "./errors.ts"
import { addKey } from "./keys.ts"
import type { Account, Droplet } from "./model.ts"

/** A machine that is or was there; its size is its type. */
export interface Machine extends Clouds.Machine {
  readonly id: number
  readonly size: string
}

/** A public key that is registered. */
export interface RegisteredKey {
  readonly id: number
  readonly name: string
  readonly publicKey: string
  readonly fingerprint: string
  readonly account: string
}

/** A machine that somebody else has rented. */
export interface Stranger extends Clouds.Stranger {
  /** The same as its type. */
  readonly size?: string
  readonly account?: Account
}

const dialect: Dialect = {
  create: { method: "POST", path: /^\/v2\/droplets$/ },
  action: { method: "POST", path: /\/actions$/ },
  delete: { method: "DELETE" },
  capacity: capacityMessages[0],
  typeOf: (body) => (typeof body === "object" && body !== null && "size" in body ? body.size : undefined),
  failure: failed
}

/** One cloud, its first account and what a test may ask of them. It has no clock: every call says what time it is. */
export class Core implements Clouds.CloudCore {
  readonly title = "DigitalOcean"
  readonly description = { name: "digitalocean" }
  readonly cloud: DigitalOcean
  readonly faults: FaultScript
  readonly account: Account
  /** May do everything. */
  readonly token: string

  constructor(options: CloudOptions, dropletLimit: number) {
    this.cloud = new DigitalOcean(options)
    this.faults = new FaultScript(this.cloud.faults, dialect)
    this.account = this.addAccount({ dropletLimit })
    this.token = this.addToken()
  }

  /** What the cloud does, and answers. */
  handle(request: Request, nowMillis: number): Answer {
    return this.cloud.handle(request, nowMillis)
  }

  /** What is to happen to the next request on its way; asked once for each. */
  plan(request: Request): Plan {
    return this.cloud.planFor(request)
  }

  complaint(request: Request, answer: Answer): string | undefined {
    return this.cloud.complaint(request, answer)
  }

  violated(violation: Violation): void {
    this.cloud.violated(violation)
  }

  refused(message: string): Answer {
    return unprocessable(message)
  }

  accountOf({ token = "" }: Request): string | undefined {
    return this.cloud.world.tokens.get(token)?.account.uuid
  }

  environment(url: string): Readonly<Record<string, string>> {
    return { RUNCTL_DIGITALOCEAN_ENDPOINT: url, DIGITALOCEAN_TOKEN: this.token }
  }

  employ(hands: Clouds.Hands): void {
    this.cloud.world.hands = hands
  }

  /** It has switched itself off, and costs as much as before. */
  ended(id: string | number, _how: Clouds.SelfEnd, nowMillis: number): void {
    const droplet = this.cloud.world.droplets.get(Number(id))
    if (droplet !== undefined) this.cloud.world.switchedOff(droplet, nowMillis)
  }

  get violations(): ReadonlyArray<Violation> {
    return this.cloud.violations
  }

  /** Everything there ever was, in the order in which it came. */
  machines(nowMillis: number): ReadonlyArray<Machine> {
    return [...this.cloud.world.droplets.values()].map((droplet) => machineOf(droplet, nowMillis))
  }

  /** Those that cost money now. */
  billing(nowMillis: number): ReadonlyArray<Machine> {
    return [...this.cloud.world.droplets.values()]
      .filter((droplet) => isBilling(droplet, nowMillis))
      .map((droplet) => machineOf(droplet, nowMillis))
  }

  /** The keys that are registered now. */
  sshKeys(nowMillis: number): ReadonlyArray<RegisteredKey> {
    return [...this.cloud.world.keys.values()].flatMap(({ account, fingerprint, id, publicKey, truth }) => {
      const state = truth.at(nowMillis)
      return state === undefined ? [] : [{ id, name: state.name, publicKey, fingerprint, account: account.uuid }]
    })
  }

  /** What all of them that were not planted have cost so far. */
  usd(nowMillis: number): number {
    return this.#ours().reduce((sum, droplet) => sum + usdOf(droplet, nowMillis), 0)
  }

  machineSeconds(nowMillis: number): number {
    return this.#ours().reduce((sum, droplet) => sum + secondsOf(droplet, nowMillis), 0)
  }

  addAccount(
    settings: { readonly email?: string; readonly name?: string; readonly dropletLimit?: number } = {}
  ): Account {
    const { dropletLimit = 25, email = "owner@example.com", name = "Example Owner" } = settings
    return this.cloud.addAccount({ email, name, dropletLimit })
  }

  /** For an account, the first one without any; without scopes it may do everything. */
  addToken(settings: { readonly account?: Account; readonly scopes?: ReadonlyArray<string> } = {}): string {
    return this.cloud.addToken(settings.account ?? this.account, settings.scopes)
  }

  addSshKey(name: string, publicKey: string, nowMillis: number, account: Account = this.account): void {
    const { status } = addKey(this.cloud.world, account, name, publicKey, nowMillis)
    if (status !== 201) throw new Error(`the key ${name} is none, or there already`)
  }

  /** Puts a stranger's machine there, active and billed; its tags and name may look like anything. */
  plant(stranger: Stranger, nowMillis: number): Machine {
    const { world } = this.cloud
    const size = world.sizes.get(stranger.size ?? stranger.type ?? "s-1vcpu-1gb")
    const region = world.regions.get(stranger.region ?? size?.regions[0] ?? "")
    const [image] = world.images
    if (size === undefined || region === undefined || image === undefined) {
      throw new Error(`there is no size ${stranger.size} or no region ${stranger.region}`)
    }
    const { account = this.account, name, status = "active", tags = [] } = stranger
    const planned = { size, region, image, sshKeys: [], name, tags, userData: undefined, hasPublicAddress: true }
    const at = nowMillis - (stranger.ageSeconds ?? 0) * 1000
    const state = { status, locked: false, tags, hasAddress: true }
    return machineOf(addDroplet(world, account, { ...planned, planted: true }, state, at), nowMillis)
  }

  /** What is rented from now on costs so much; what is rented already does not change. */
  setPrice(size: string, usdPerHour: number): void {
    const known = this.cloud.world.sizes.get(size)
    if (known === undefined) throw new Error(`there is no size ${size}`)
    const monthly = Math.round(usdPerHour * 672 * 100) / 100
    this.cloud.world.sizes.set(size, { ...known, price_hourly: usdPerHour, price_monthly: monthly })
  }

  /** Whether the catalogue says that it can be had, which is no promise. */
  setAvailable(size: string, available: boolean): void {
    const known = this.cloud.world.sizes.get(size)
    if (known === undefined) throw new Error(`there is no size ${size}`)
    this.cloud.world.sizes.set(size, { ...known, available })
  }

  setDropletLimit(limit: number, account: Account = this.account): void {
    account.dropletLimit = limit
  }

  #ours(): ReadonlyArray<Droplet> {
    return [...this.cloud.world.droplets.values()].filter(({ planted }) => !planted)
  }
}

const machineOf = (droplet: Droplet, now: number): Machine => {
  const state = droplet.truth.at(now)
  return {
    id: droplet.id,
    name: droplet.name,
    tags: state?.tags ?? droplet.truth.at(droplet.createdAt)?.tags ?? [],
    status: state?.status ?? "gone",
    type: droplet.size.slug,
    size: droplet.size.slug,
    region: droplet.region.slug,
    account: droplet.account.uuid,
    publicIp: droplet.addresses.public,
    createdAt: droplet.createdAt,
    billedFrom: droplet.createdAt,
    ...(droplet.billedUntil === undefined ? {} : { billedUntil: droplet.billedUntil }),
    billedSeconds: secondsOf(droplet, now),
    usd: usdOf(droplet, now),
    usdPerHour: droplet.usdPerHour,
    touched: droplet.touched,
    planted: droplet.planted
  }
}
