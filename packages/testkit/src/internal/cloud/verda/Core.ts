import type * as Clouds from "../CloudCore.ts"
import type { Plan } from "../Faults.ts"
import { type Dialect, FaultScript } from "../FaultScript.ts"
import type { Answer, Request, Violation } from "../http.ts"
import { addKey } from "./belongings.ts"
import { volumeHourly } from "./catalogue.ts"
import { addInstance, newTags } from "./create.ts"
import { failed, invalid, noCapacity } from "./errors.ts"
import type { Account, Instance, InstanceState, Volume } from "./model.ts"
import { type CloudSettings, Verda } from "./Verda.ts"

/** Something beside machines that is there: a volume, a start-up script or a key. */
export interface Belonging {
  readonly kind: "volume" | "script" | "ssh-key"
  readonly id: string
  readonly name: string
  /** Of a volume: whether it is attached, and what is in the trash. */
  readonly status?: "attached" | "detached" | "trash"
}

const actionOf = (body: unknown): unknown =>
  typeof body === "object" && body !== null && "action" in body ? body.action : undefined

const dialect: Dialect = {
  create: { method: "POST", path: /^\/v1\/instances$/ },
  action: { method: "PUT", path: /^\/v1\/instances$/, body: (body) => actionOf(body) !== "delete" },
  delete: { method: "PUT", path: /^\/v1\/instances$/, body: (body) => actionOf(body) === "delete" },
  capacity: noCapacity,
  typeOf: (body) =>
    typeof body === "object" && body !== null && "instance_type" in body ? body.instance_type : undefined,
  failure: failed
}

/** What a minute has: the step in which machines are charged is assumed to be ten of them. */
const step = 600

const secondsOf = ({ billedUntil, createdAt }: Instance | Volume, now: number): number =>
  Math.max(0, Math.min(billedUntil ?? now, now) - createdAt) / 1000

const usdOf = (instance: Instance, now: number): number =>
  (Math.ceil(secondsOf(instance, now) / step) * step * instance.usdPerHour) / 3600

const usdOfVolume = (volume: Volume, now: number): number =>
  (secondsOf(volume, now) * volumeHourly(volume.gigabytes)) / 3600

const shared: Readonly<Record<string, Clouds.Machine["status"]>> = {
  provisioning: "new",
  running: "active",
  offline: "off",
  deleting: "active",
  discontinued: "gone"
}

/** One Verda, its first project and what a test may ask of them. It has no clock: every call says what time it is. */
export class Core implements Clouds.CloudCore {
  readonly title = "Verda"
  readonly cloud: Verda
  readonly faults: FaultScript
  readonly account: Account
  readonly repeatable = ["tag"]
  readonly description: Clouds.Description = {
    name: "verda",
    excuses: (complaint) =>
      // The edge adds these, nobody sends them.
      /^header (?:cf-connecting-ip|user-agent) is missing$/.test(complaint) ||
      // Only successes are described, and ids without a form.
      /^status (?:204|[45]\d\d) is not described$/.test(complaint) ||
      /^status (?:20[012]|4\d\d) has no body$/.test(complaint) ||
      // May be null, which the description forgets.
      /\/(?:p2p|display_name|deploy_warning|startup_script_id|os_volume_id|jupyter_token): must be/.test(complaint) ||
      // Came more than once, which a list may.
      complaint.startsWith("query/tag")
  }

  constructor(options: CloudSettings, around: Clouds.Surroundings) {
    this.cloud = new Verda(options, around)
    this.faults = new FaultScript(this.cloud.faults, dialect)
    this.account = this.addAccount()
  }

  /** The secret of the first client. */
  get token(): string {
    return this.account.clientSecret
  }

  environment(url: string): Readonly<Record<string, string>> {
    const { clientId, clientSecret } = this.account
    return { RUNCTL_VERDA_ENDPOINT: url, VERDA_CLIENT_ID: clientId, VERDA_CLIENT_SECRET: clientSecret }
  }

  handle(request: Request, nowMillis: number): Answer {
    return this.cloud.handle(request, nowMillis)
  }

  plan(request: Request): Plan {
    return this.cloud.planFor(request)
  }

  complaint(request: Request, answer: Answer): string | undefined {
    return this.cloud.complaint(request, answer)
  }

  get violations(): ReadonlyArray<Violation> {
    return this.cloud.violations
  }

  violated(violation: Violation): void {
    this.cloud.violations.push(violation)
  }

  refused(message: string): Answer {
    return invalid(message)
  }

  accountOf({ token = "" }: Request): string | undefined {
    return this.cloud.world.tokens.get(token)?.account.id
  }

  addAccount(): Account {
    const { world } = this.cloud
    const account: Account = {
      id: world.uuid(),
      clientId: world.hex(24),
      clientSecret: world.hex(40),
      balance: 1000,
      instanceLimit: 50,
      scriptLimit: 100
    }
    world.accounts.push(account)
    return account
  }

  /** A token that is good until a time, for everything or for nothing. */
  issueToken(untilMillis: number, scopes: "all" | "none" = "all"): string {
    return this.cloud.issue(this.account, scopes, untilMillis)
  }

  /** No token that was given out is good any more. */
  revokeTokens(): void {
    this.cloud.world.tokens.clear()
  }

  machines(nowMillis: number): ReadonlyArray<Clouds.Machine> {
    return [...this.cloud.world.instances.values()].map((instance) => machineOf(instance, nowMillis))
  }

  billing(nowMillis: number): ReadonlyArray<Clouds.Machine> {
    return this.machines(nowMillis).filter(
      ({ billedFrom, billedUntil = Infinity }) => billedFrom <= nowMillis && billedUntil > nowMillis
    )
  }

  /** Volumes too: they cost until they are gone, whatever has become of their machine. */
  usd(nowMillis: number): number {
    const { instances, volumes } = this.cloud.world
    const [machines, disks] = [[...instances.values()], [...volumes.values()]]
    return (
      machines.reduce((sum, each) => sum + (each.planted ? 0 : usdOf(each, nowMillis)), 0) +
      disks.reduce((sum, each) => sum + (each.planted ? 0 : usdOfVolume(each, nowMillis)), 0)
    )
  }

  machineSeconds(nowMillis: number): number {
    const all = [...this.cloud.world.instances.values()]
    return all.reduce((sum, each) => sum + (each.planted ? 0 : secondsOf(each, nowMillis)), 0)
  }

  /** All that is there beside machines and was not planted. */
  belongings(nowMillis: number): ReadonlyArray<Belonging> {
    const { keys, scripts, volumes } = this.cloud.world
    return [
      ...[...volumes.values()].flatMap(({ id, name, planted, truth }): ReadonlyArray<Belonging> => {
        const status = truth.at(nowMillis)?.status ?? "deleted"
        return planted || status === "deleted" ? [] : [{ kind: "volume", id, name, status }]
      }),
      ...[...scripts.values()].flatMap(({ id, name, truth }): ReadonlyArray<Belonging> =>
        truth.at(nowMillis) === undefined ? [] : [{ kind: "script", id, name }]
      ),
      ...[...keys.values()].flatMap(({ id, name, truth }): ReadonlyArray<Belonging> =>
        truth.at(nowMillis) === undefined ? [] : [{ kind: "ssh-key", id, name }]
      )
    ]
  }

  plant(
    { ageSeconds = 0, name, region, status = "active", tags = [], type }: Clouds.Stranger,
    nowMillis: number
  ): Clouds.Machine {
    const { world } = this.cloud
    const found = world.types.get(type ?? "CPU.4V.16G")
    if (found === undefined) throw new Error(`there is no type ${type}`)
    const split = tags.map((tag) => ({ key: tag.split("=")[0] ?? "", value: tag.split("=").slice(1).join("=") }))
    const planned = {
      account: this.account,
      type: found,
      location: region ?? "FIN-01",
      hostname: name,
      isSpot: false,
      tags: newTags(world, split),
      image: "ubuntu-24.04",
      keys: [],
      body: {},
      volume: undefined,
      planted: true
    }
    const at = nowMillis - ageSeconds * 1000
    return machineOf(addInstance(world, planned, status === "off" ? "offline" : "running", at), nowMillis)
  }

  preempt(id: string | number, nowMillis: number): void {
    const instance = this.cloud.world.instances.get(String(id))
    if (instance?.isSpot !== true) throw new Error(`${id} is no spot instance`)
    this.cloud.world.evict(instance, nowMillis)
  }

  employ(hands: Clouds.Hands): void {
    this.cloud.world.hands = hands
  }

  ended(id: string | number, _how: Clouds.SelfEnd, nowMillis: number): void {
    const instance = this.cloud.world.instances.get(String(id))
    if (instance !== undefined) this.cloud.world.switchedOff(instance, nowMillis)
  }

  addSshKey(name: string, publicKey: string, nowMillis: number): void {
    if (addKey(this.cloud.world, this.account, name, publicKey, nowMillis) === undefined) {
      throw new Error(`the key ${name} is none`)
    }
  }

  /** Puts a state on an instance that nothing else leads to, in any words. */
  setStatus(id: string, status: string, nowMillis: number): void {
    const instance = this.cloud.world.instances.get(id)
    // oxlint-disable-next-line typescript/consistent-type-assertions, typescript/no-unsafe-type-assertion -- words that nobody knows are what it is for
    const word = status as InstanceState["status"]
    instance?.truth.map(nowMillis, (state) => ({ ...state, status: word }))
  }

  /** What is rented from now on costs so much, in words as the vendor has them. */
  setPrice(type: string, price: string, spotPrice: string): void {
    const known = this.cloud.world.types.get(type)
    if (known === undefined) throw new Error(`there is no type ${type}`)
    this.cloud.world.types.set(type, { ...known, price, spotPrice })
  }

  /** Which types can be had at a location, in one market. */
  setStock(market: "demand" | "spot", location: string, types: ReadonlyArray<string>): void {
    this.cloud.world.stock[market][location] = types
  }
}

const machineOf = (instance: Instance, now: number): Clouds.Machine => {
  const state = instance.truth.at(now)
  return {
    id: instance.id,
    name: instance.hostname,
    tags: (state?.tags ?? []).map(({ key, value }) => (value === "" ? key : `${key}=${value}`)),
    status: state === undefined ? "gone" : (shared[state.status] ?? "broken"),
    type: instance.type.name,
    region: instance.location,
    account: instance.account.id,
    publicIp: state?.hasAddress === true ? instance.address : undefined,
    createdAt: instance.createdAt,
    billedFrom: instance.createdAt,
    ...(instance.billedUntil === undefined ? {} : { billedUntil: instance.billedUntil }),
    billedSeconds: secondsOf(instance, now),
    usd: usdOf(instance, now),
    usdPerHour: instance.usdPerHour,
    touched: instance.touched,
    planted: instance.planted
  }
}
