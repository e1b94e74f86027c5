import type * as Clouds from "../CloudCore.ts"
import { FaultPlan, type Plan } from "../Faults.ts"
import { type Dialect, FaultScript } from "../FaultScript.ts"
import type { Answer, Request, Violation } from "../http.ts"
import { Window } from "../Window.ts"
import type { Call, Handler } from "./asking.ts"
import { diskUsd, onDemandUsd } from "./catalogue.ts"
import * as Instances from "./instances.ts"
import { runInstances } from "./launch.ts"
import { lookupCalls } from "./lookups.ts"
import { metadata, metadataPattern } from "./metadata.ts"
import { networkCalls } from "./network.ts"
import { strangeParameter } from "./parameters.ts"
import { answerJson, jsonError, strangeIn } from "./services.ts"
import { answerXml, errorXml, Params, Refusal, stsErrorXml, stsXml } from "./wire.ts"
import { type Instance, stateFrom, World, type WorldOptions } from "./World.ts"

export interface CoreOptions extends WorldOptions {
  readonly limitsRates: boolean
  readonly refusesViolations: boolean
  /** Lists have so many rows in a page at most. */
  readonly pageSize: number
  readonly hasEmptyPages: boolean
}

const secret = "emulated/secret/access/key"
const accessKey = "AKIAEMULATED00000000"

const xml = (status: number, body: string): Answer => ({
  status,
  headers: { "content-type": "text/xml;charset=UTF-8" },
  body
})

const failures = {
  unauthorized: new Refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
  forbidden: new Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.", 403),
  unavailable: new Refusal("ServiceUnavailable", "The service is unavailable. Please try again shortly.", 503),
  serverError: new Refusal("InternalError", "An internal error has occurred", 500)
} as const

const noId = "00000000-0000-4000-8000-000000000000"

/** An error in the words of EC2, as any of its actions may have it. */
const failed = (status: number, { code, message }: Refusal): Answer => xml(status, errorXml(noId, { code, message }))

const isAction =
  (action: string) =>
  (body: unknown): boolean =>
    typeof body === "string" && new RegExp(`(^|&)Action=${action}(&|$)`).test(body)

const dialect: Dialect = {
  create: { method: "POST", body: isAction("RunInstances") },
  action: { method: "POST", body: (body) => isAction("StopInstances")(body) || isAction("StartInstances")(body) },
  delete: { method: "POST", body: isAction("TerminateInstances") },
  capacity: "",
  typeOf: (body) => (typeof body === "string" ? new URLSearchParams(body).get("InstanceType") : undefined),
  failure: (status, failure) => failed(status, failures[failure])
}

const scope = /Credential=([^/]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/

/** Requests of one action in a region, a second. */
const perSecond = 100

const secondsOf = ({ runs }: Instance, now: number): number =>
  runs.reduce((sum, { from, until = now }) => sum + Math.max(0, Math.min(until, now) - from) / 1000, 0)

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
  /** What an address service says. */
  caller = "127.0.0.1"
  /** Keys that are good; other ones are refused. */
  readonly #keys = new Set([accessKey])
  readonly #options: CoreOptions
  readonly #plan = new FaultPlan(failed(500, failures.serverError))
  readonly #windows = new Map<string, Window>()
  #requests = 0

  constructor(options: CoreOptions, around: Clouds.Surroundings) {
    this.#options = options
    this.faults = new FaultScript(this.#plan, dialect)
    this.world = new World(options, around, this.#plan)
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
    const { headers = {}, method, path } = request
    if (method === "GET" && path === "/checkip") return { status: 200, headers: { "content-type": "text/plain" }, body: `${this.caller}\n` }
    const asked = metadataPattern.exec(path)
    if (asked !== null) return metadata(this.world, asked, request, now)
    const [, key, region = "", service = ""] = scope.exec(headers["authorization"] ?? "") ?? []
    if (method !== "POST" || path !== "/") {
      this.#violation(request, `there is no ${method} ${path} here`)
      return failed(404, new Refusal("InvalidAction", "there is no such path"))
    }
    if (key === undefined || !this.#keys.has(key)) {
      return service === "ec2" || service === ""
        ? failed(401, failures.unauthorized)
        : jsonError(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
    }
    const target = headers["x-amz-target"]
    return target === undefined
      ? this.#query(request, { region, service, now })
      : this.#json(request, target, region)
  }

  /** The query protocol: EC2 itself, and STS. */
  #query(
    request: Request,
    { now, region, service }: { readonly region: string; readonly service: string; readonly now: number }
  ): Answer {
    const id = `00000000-0000-4000-8000-${(++this.#requests).toString(16).padStart(12, "0")}`
    const params = Params.parse(typeof request.body === "string" ? request.body : "")
    const action = params.get("Action") ?? ""
    if (service === "sts") {
      return action === "GetCallerIdentity"
        ? xml(200, stsXml(action, id, { UserId: "AIDAEMULATED", Account: "123456789012", Arn: "arn:aws:iam::123456789012:user/emulated" }))
        : xml(400, stsErrorXml(id, { code: "InvalidAction", message: `${action} is not emulated` }))
    }
    const odd = strangeParameter(action, params.names)
    if (odd !== undefined) {
      this.#violation(request, odd)
      if (this.#options.refusesViolations) {
        return xml(400, errorXml(id, { code: "UnknownParameter", message: `The parameter is not recognized: ${odd}` }))
      }
    }
    try {
      this.#limit(request, `${region} ${action}`, now)
      const { hasEmptyPages, pageSize } = this.#options
      const call = { world: this.world, region, params, now, pageSize, hasEmptyPages }
      return xml(200, answerXml(action, id, this.#handler(request, action)(call)))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return xml(error.status, errorXml(id, error))
    }
  }

  #handler(request: Request, action: string): Handler {
    const plan = this.#plan
    switch (action) {
      case "RunInstances":
        return runInstances(plan.capacity.take(request), plan.failedCreates.take(request) === true)
      case "TerminateInstances":
        return Instances.terminateInstances(plan.ignoredDeletes.take(request) === true)
      case "StopInstances":
        return Instances.stopInstances(plan.failedActions.take(request) === true)
      case "StartInstances":
        return Instances.startInstances(plan.failedActions.take(request) === true)
      case "DescribeInstances":
        return Instances.describeInstances
      case "DescribeSpotInstanceRequests":
        return Instances.describeSpotInstanceRequests
      case "CancelSpotInstanceRequests":
        return Instances.cancelSpotInstanceRequests
      default:
        return lookupCalls[action] ?? networkCalls[action] ?? notEmulated(action)
    }
  }

  #json(request: Request, target: string, region: string): Answer {
    const odd = strangeIn(target, request.body)
    if (odd !== undefined) {
      this.#violation(request, odd)
      if (this.#options.refusesViolations) return jsonError(400, "SerializationException", odd)
    }
    if (this.#plan.rateLimits.take(request) !== undefined) {
      return jsonError(400, "ThrottlingException", "Rate exceeded")
    }
    return answerJson(this.world, target, request.body, { pageSize: this.#options.pageSize, region })
  }

  #limit(request: Request, name: string, now: number): void {
    const forced = this.#plan.rateLimits.take(request)
    const window = this.#windows.get(name) ?? new Window(perSecond, 1)
    this.#windows.set(name, window)
    const isOver = forced !== undefined || (this.#options.limitsRates && window.remaining(now) <= 0)
    if (isOver) throw new Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
    window.add(now)
  }

  #violation({ method, path }: Request, message: string): void {
    this.violated({ of: "request", by: "schema", method, path, message })
  }

  machines(now: number): ReadonlyArray<Clouds.Machine> {
    return [...this.world.instances.values()].map((instance) => this.#machineOf(instance, now))
  }

  billing(now: number): ReadonlyArray<Clouds.Machine> {
    return [...this.world.instances.values()]
      .filter((instance) => !["shutting-down", "terminated"].includes(this.world.stateOf(instance, now)))
      .map((instance) => this.#machineOf(instance, now))
  }

  usd(now: number): number {
    return this.#ours().reduce((sum, instance) => sum + this.#usdOf(instance, now), 0)
  }

  machineSeconds(now: number): number {
    return this.#ours().reduce((sum, instance) => sum + secondsOf(instance, now), 0)
  }

  plant({ ageSeconds = 0, name, region = "us-east-1", status = "active", tags = [], type }: Clouds.Stranger, now: number) {
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
    return this.#machineOf(instance, now)
  }

  employ(hands: Clouds.Hands): void {
    this.world.hands = hands
  }

  /** Switched off from inside: what an instance was made with says what that means. */
  ended(id: string | number, _: Clouds.SelfEnd, now: number): void {
    const instance = this.world.instances.get(String(id))
    if (instance === undefined || instance.endedAt !== undefined) return
    const reason = { code: "Client.InstanceInitiatedShutdown", message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown" }
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

  #usdOf(instance: Instance, now: number): number {
    const { createdAt, diskGiB, diskType, endedAt = now, usdPerHour } = instance
    const diskHours = Math.max(0, Math.min(endedAt, now) - createdAt) / 3_600_000
    const disk = (diskGiB * (diskUsd[diskType] ?? 0) * diskHours) / 730
    return (secondsOf(instance, now) / 3600) * usdPerHour + disk
  }

  #machineOf(instance: Instance, now: number): Clouds.Machine {
    const { address, createdAt, endedAt, id, planted, region, tags, touched, type, usdPerHour } = instance
    const state = this.world.stateOf(instance, now)
    return {
      id,
      name: tags["Name"] ?? "",
      tags: Object.entries(tags).map(([name, value]) => `${name}=${value}`),
      status: shared[state],
      type: type.name,
      region,
      account: "123456789012",
      publicIp: address,
      createdAt,
      billedFrom: createdAt,
      ...(endedAt === undefined || endedAt > now ? {} : { billedUntil: endedAt }),
      billedSeconds: secondsOf(instance, now),
      usd: this.#usdOf(instance, now),
      usdPerHour,
      touched,
      planted
    }
  }
}

const shared = {
  pending: "new",
  running: "active",
  "shutting-down": "gone",
  terminated: "gone",
  stopping: "off",
  stopped: "off"
} as const

const asPair = (tag: string): readonly [string, string] => {
  const at = tag.indexOf("=")
  return at < 0 ? [tag, ""] : [tag.slice(0, at), tag.slice(at + 1)]
}

const notEmulated =
  (action: string): Handler =>
  (_: Call) => {
    throw new Refusal("InvalidAction", `The action ${action} is not valid for this web service.`)
  }
