import type { FaultPlan } from "../Faults.ts"
import type { Answer, Request, Violation } from "../http.ts"
import { Window } from "../Window.ts"
import type { Handler } from "./asking.ts"
import { failed, failures, xml } from "./errors.ts"
import * as Instances from "./instances.ts"
import { runInstances } from "./launch.ts"
import { lookupCalls } from "./lookups.ts"
import { metadata, metadataPattern } from "./metadata.ts"
import { networkCalls } from "./network.ts"
import { strangeParameter } from "./parameters.ts"
import { answerJson, jsonError, strangeIn } from "./services.ts"
import { answerXml, errorXml, isRefusal, Params, Refusal, stsErrorXml, stsXml } from "./wire.ts"
import type { World } from "./World.ts"

/** What stands in a signature: the key, the region and the service that it is for. */
export const scope: RegExp = /Credential=([^/]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request/

/** Requests of one action in a region, a second. */
const perSecond = 100

export interface ApiOptions {
  readonly limitsRates: boolean
  readonly refusesViolations: boolean
  /** Lists have so many rows in a page at most. */
  readonly pageSize: number
  readonly hasEmptyPages: boolean
}

/** Everything that is asked over HTTP: EC2, the services beside it, and what an instance is told about itself. */
export class Api {
  /** What an address service says. */
  caller = "127.0.0.1"
  readonly #key: string
  readonly #options: ApiOptions
  readonly #plan: FaultPlan
  readonly #world: World
  readonly #violated: (violation: Violation) => void
  readonly #windows = new Map<string, Window>()
  #requests = 0

  constructor(
    key: string,
    options: ApiOptions,
    plan: FaultPlan,
    world: World,
    violated: (violation: Violation) => void
  ) {
    this.#key = key
    this.#options = options
    this.#plan = plan
    this.#world = world
    this.#violated = violated
  }

  handle(request: Request, now: number): Answer {
    const { headers = {}, method, path } = request
    if (method === "GET" && path === "/checkip")
      return { status: 200, headers: { "content-type": "text/plain" }, body: `${this.caller}\n` }
    const asked = metadataPattern.exec(path)
    if (asked !== null) return metadata(this.#world, asked, request, now)
    const [, key, region = "", service = ""] = scope.exec(headers["authorization"] ?? "") ?? []
    if (method !== "POST" || path !== "/") {
      this.#violation(request, `there is no ${method} ${path} here`)
      return failed(404, new Refusal("InvalidAction", "there is no such path"))
    }
    if (key !== this.#key) {
      return service === "ec2" || service === ""
        ? failed(401, failures.unauthorized)
        : jsonError(400, "UnrecognizedClientException", "The security token included in the request is invalid.")
    }
    const target = headers["x-amz-target"]
    return target === undefined ? this.#query(request, { region, service, now }) : this.#json(request, target, region)
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
        ? xml(
            200,
            stsXml(action, id, {
              UserId: "AIDAEMULATED",
              Account: "123456789012",
              Arn: "arn:aws:iam::123456789012:user/emulated"
            })
          )
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
      const call = { world: this.#world, region, params, now, pageSize, hasEmptyPages }
      return xml(200, answerXml(action, id, this.#handler(request, action)(call)))
    } catch (error) {
      if (!isRefusal(error)) throw error
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
    return answerJson(this.#world, target, request.body, { pageSize: this.#options.pageSize, region })
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
    this.#violated({ of: "request", by: "schema", method, path, message })
  }
}

const notEmulated =
  (action: string): Handler =>
  () => {
    throw new Refusal("InvalidAction", `The action ${action} is not valid for this web service.`)
  }
