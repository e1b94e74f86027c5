import type * as Clouds from "../CloudCore.ts"
import { FaultPlan, type Plan } from "../Faults.ts"
import { FaultScript } from "../FaultScript.ts"
import type { Answer, Request, Violation } from "../http.ts"
import { Api, type ApiOptions, scope } from "./Api.ts"
import { onDemandUsd } from "./catalogue.ts"
import { dialect, failed, failures } from "./errors.ts"
import { machineOf, secondsOf, usdOf } from "./machines.ts"
import { Refusal } from "./wire.ts"
import { type Instance, stateFrom, World, type WorldOptions } from "./World.ts"

export interface CoreOptions extends WorldOptions, ApiOptions {}

const secret = "emulated/secret/access/key"
const accessKey = "AKIAEMULATED00000000"

const asPair = (tag: string): readonly [string, string] => {
  const at = tag.indexOf("=")
  return at < 0 ? [tag, ""] : [tag.slice(0, at), tag.slice(at + 1)]
}

/** EC2 and what it needs beside it, in all regions, for one account. It has no clock: every call says what time it is. */
export class Core implements Clouds.CloudCore {
  readonly title = "AWS"
  readonly token = accessKey
  readonly secret = secret
  readonly faults: FaultScript
  readonly violations: Array<Violation> = []
  readonly world: World
  readonly contentType = /^application\/(x-www-form-urlencoded|x-amz-json-1\.1)/
  readonly unproven = [
    "requests are not checked by their signature, and permissions are not asked: nothing is proven about IAM"
  ]
  readonly #api: Api
  readonly #plan = new FaultPlan(failed(500, failures.serverError))

  constructor(options: CoreOptions, around: Clouds.Surroundings) {
    this.faults = new FaultScript(this.#plan, dialect)
    this.world = new World(options, around, this.#plan)
    this.#api = new Api(accessKey, options, this.#plan, this.world, (violation) => this.violated(violation))
  }

  /** What an address service says. */
  get caller(): string {
    return this.#api.caller
  }

  set caller(address: string) {
    this.#api.caller = address
  }

  environment(url: string): Readonly<Record<string, string>> {
    return {
      RUNCTL_AWS_ENDPOINT: url,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_REGION: "us-east-1"
    }
  }

  plan(request: Request): Plan {
    return this.#plan.planFor(request)
  }

  complaint(): undefined {
    return undefined
  }

  violated(violation: Violation): void {
    this.violations.push(violation)
  }

  refused(message: string): Answer {
    return failed(400, new Refusal("UnknownParameter", message))
  }

  accountOf(request: Request): string | undefined {
    return scope.exec(request.headers?.["authorization"] ?? "")?.[1]
  }

  handle(request: Request, now: number): Answer {
    return this.#api.handle(request, now)
  }

  machines(now: number): ReadonlyArray<Clouds.Machine> {
    return [...this.world.instances.values()].map((instance) => machineOf(this.world, instance, now))
  }

  billing(now: number): ReadonlyArray<Clouds.Machine> {
    return [...this.world.instances.values()]
      .filter((instance) => !["shutting-down", "terminated"].includes(this.world.stateOf(instance, now)))
      .map((instance) => machineOf(this.world, instance, now))
  }

  usd(now: number): number {
    return this.#ours().reduce((sum, instance) => sum + usdOf(instance, now), 0)
  }

  machineSeconds(now: number): number {
    return this.#ours().reduce((sum, instance) => sum + secondsOf(instance, now), 0)
  }

  plant(
    { ageSeconds = 0, name, region = "us-east-1", status = "active", tags = [], type }: Clouds.Stranger,
    now: number
  ) {
    const { world } = this
    const shape = world.typeNamed(type ?? "t3.micro")
    const subnet = [...world.subnets.values()].find((each) => each.region === region)
    const at = now - ageSeconds * 1000
    const instance: Instance = {
      id: world.id("i"),
      region,
      zone: subnet?.zone ?? `${region}a`,
      type: shape,
      imageId: "ami-0000000000000a64a",
      keyName: undefined,
      subnetId: subnet?.id ?? "",
      vpcId: subnet?.vpcId ?? "",
      groups: [],
      userData: "",
      clientToken: undefined,
      isSpot: false,
      request: undefined,
      diskGiB: 8,
      diskType: "gp3",
      terminatesOnShutdown: false,
      requiresToken: false,
      tags: { Name: name, ...Object.fromEntries(tags.map(asPair)) },
      usdPerHour: onDemandUsd(shape, region) ?? 0,
      createdAt: at,
      address: world.nextAddress,
      planted: true,
      state: stateFrom(at, status === "off" ? "stopped" : "running"),
      reason: undefined,
      takenAt: undefined,
      rebalance: false,
      runs: status === "off" ? [] : [{ from: at, until: undefined }],
      endedAt: undefined,
      touched: false
    }
    world.instances.set(instance.id, instance)
    return machineOf(this.world, instance, now)
  }

  employ(hands: Clouds.Hands): void {
    this.world.hands = hands
  }

  /** Switched off from inside: what an instance was made with says what that means. */
  ended(id: string | number, how: Clouds.SelfEnd, now: number): void {
    const instance = this.world.instances.get(String(id))
    if (instance === undefined || instance.endedAt !== undefined || how === "exit") return
    const reason = {
      code: "Client.InstanceInitiatedShutdown",
      message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown"
    }
    if (instance.terminatesOnShutdown) return this.world.end(instance, now, reason)
    this.world.ceases(instance, now)
    instance.reason = reason
    instance.state.set(now, "stopped")
  }

  /** Takes a spot machine away at once. */
  preempt(id: string | number, now: number): void {
    this.interrupt(String(id), 0, now)
    for (const instance of this.world.instances.values()) this.world.stateOf(instance, now)
  }

  /** Says that a spot machine will be taken away, and does so after that many seconds. */
  interrupt(id: string, noticeSeconds: number, now: number): void {
    const instance = this.world.instances.get(id)
    if (instance === undefined || !instance.isSpot) throw new Error(`${id} is no spot machine`)
    instance.takenAt = now + noticeSeconds * 1000
  }

  /** Recommends to leave a spot machine. */
  recommendRebalance(id: string): void {
    const instance = this.world.instances.get(id)
    if (instance === undefined || !instance.isSpot) throw new Error(`${id} is no spot machine`)
    instance.rebalance = true
  }

  /** What there is none of, from now on: all that is said has to fit. */
  setLacks(lacks: World["lacks"]): void {
    this.world.lacks = lacks
  }

  /** How many vCPUs may run at once, by the code of the quota. */
  setQuota(code: string, vcpus: number): void {
    this.world.quotas.set(code, vcpus)
  }

  /** What is rented from now on costs so much; `place` is a region, or a zone for spot machines. */
  setPrice(type: string, place: string, usdPerHour: number): void {
    const isZone = /[a-z]$/.test(place)
    this.world.prices.set(isZone ? `${type} ${place} spot` : `${type} ${place}`, usdPerHour)
  }

  #ours(): ReadonlyArray<Instance> {
    return [...this.world.instances.values()].filter(({ planted }) => !planted)
  }
}
