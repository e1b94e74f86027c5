/**
 * AWS's APIs through its SDK, which signs requests and reads answers; sending, pace and failures are ours.
 *
 * @since 0.1.0
 */
import type * as Ec2 from "@aws-sdk/client-ec2"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import type { Call, Clients } from "./internal/calls.ts"
import { credentialPlaces, type Failure, isServiceFailure, isThrottled } from "./Failures.ts"
import { Broken, exchange, type Incoming, type Outgoing } from "./internal/transport.ts"
import { whole } from "./internal/whole.ts"
import { operations } from "./Operations.ts"

/** Whatever gives keys when they are needed. @category models @since 0.1.0 */
export type Credentials = NonNullable<Ec2.EC2ClientConfig["credentials"]>

/**
 * AWS in every region.
 *
 * @category models
 * @since 0.1.0
 */
export interface Aws {
  /** Where everything is sent instead of to AWS, where something says so. */
  readonly endpoint: string | undefined
  readonly call: (region: string, call: Call) => Effect.Effect<unknown, Failure>
  /** All pages of a list; one that is empty may have more behind it. */
  readonly pages: (
    region: string,
    page: (token: string | undefined) => Call,
    field: string
  ) => Effect.Effect<ReadonlyArray<unknown>, Failure>
}

/** Where prices and quotas of all regions are told. @category constants @since 0.1.0 */
export const pricingRegion = "us-east-1"

/** So many requests at once in a region: far below its buckets, far above what one machine needs. */
const atOnce = 8

/** More pages than this are a list that turns in a circle. */
const mostPages = 1000

const strange = (message: string): Failure => ({ _tag: "Strange", message })

const textOf = (error: object, key: string): string => {
  const value: unknown = Reflect.get(error, key)
  return typeof value === "string" ? value : ""
}

const statusOf = (error: object): number => {
  const metadata: unknown = Reflect.get(error, "$metadata")
  const status: unknown =
    typeof metadata === "object" && metadata !== null ? Reflect.get(metadata, "httpStatusCode") : 0
  return typeof status === "number" ? status : 0
}

/** What we have thrown through it ourselves. */
const isBroken = (error: object): error is Broken => "_tag" in error && error._tag === "Broken"

/** What an SDK has thrown. Its own errors are of a class that every one of them has a copy of: the shape counts. */
const failureOf = (error: unknown, { operation }: Call, region: string): Failure => {
  if (typeof error !== "object" || error === null) return strange(`${operation} failed with ${String(error)}`)
  if (isBroken(error)) return error.failure
  const [code, message] = [textOf(error, "name"), textOf(error, "message")]
  const status = statusOf(error)
  const refused = (name: string): Failure => ({
    _tag: "Refused",
    status,
    code: name,
    message: `${message} (${region})`,
    retryAfter: undefined,
    setting: credentialPlaces,
    scope: operations[operation].action
  })
  if (textOf(error, "$fault") !== "") {
    return isServiceFailure(code, status)
      ? { _tag: "Broken", message: `${operation} failed at AWS: ${code}: ${message}`, retryAfter: undefined }
      : refused(code)
  }
  if (/^(CredentialsProviderError|TokenProviderError|ProviderError)$/.test(code)) return refused("NoCredentials")
  return strange(`${operation} was answered with something that cannot be read: ${message.split("\n")[0] ?? ""}`)
}

/** Clients of one call: what they are made of is loaded when the call asks for it, once per process. */
const clientsOf = (config: {
  readonly region: string
  readonly credentials: Credentials
  readonly maxAttempts: number
  readonly endpoint?: string
  readonly requestHandler: NonNullable<Ec2.EC2ClientConfig["requestHandler"]>
}): Clients => ({
  ec2: async () => {
    const sdk = whole(await import("@aws-sdk/client-ec2"), "EC2Client")
    return [sdk, new sdk.EC2Client(config)]
  },
  pricing: async () => {
    const sdk = whole(await import("@aws-sdk/client-pricing"), "PricingClient")
    return [sdk, new sdk.PricingClient(config)]
  },
  quotas: async () => {
    const sdk = whole(await import("@aws-sdk/client-service-quotas"), "ServiceQuotasClient")
    return [sdk, new sdk.ServiceQuotasClient(config)]
  },
  ssm: async () => {
    const sdk = whole(await import("@aws-sdk/client-ssm"), "SSMClient")
    return [sdk, new sdk.SSMClient(config)]
  },
  sts: async () => {
    const sdk = whole(await import("@aws-sdk/client-sts"), "STSClient")
    return [sdk, new sdk.STSClient(config)]
  }
})

/** A read that came too fast is sent again by itself: a list of many pages would begin anew otherwise. */
const paced = Schedule.exponential("1 second").pipe(Schedule.jittered, Schedule.upTo({ times: 3 }))

/**
 * Asks AWS. The SDK retries nothing: who asks again, and when, is decided by us.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (options: {
  readonly http: HttpClient.HttpClient
  readonly endpoint: string | undefined
  readonly credentials: Credentials
}): Aws => {
  const { credentials, endpoint, http } = options
  const turns = new Map<string, Semaphore.Semaphore>()
  const turnIn = (region: string): Semaphore.Semaphore => {
    const known = turns.get(region) ?? Semaphore.makeUnsafe(atOnce)
    turns.set(region, known)
    return known
  }

  const send = Effect.fn("AwsClient.call")(function* (region: string, call: Call) {
    yield* Effect.annotateCurrentSpan({ operation: call.operation, region })
    const context = yield* Effect.context()
    return yield* Effect.tryPromise({
      try: (signal) => {
        const handle = async (request: Outgoing): Promise<{ readonly response: Incoming }> => {
          const sending = Effect.result(exchange(http, call.operation, request))
          const result = await Effect.runPromiseWith(context)(sending, { signal })
          if (result._tag === "Failure") throw new Broken(result.failure)
          return { response: result.success }
        }
        const requestHandler = { handle, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}) }
        const more = endpoint === undefined ? {} : { endpoint }
        return call.send(clientsOf({ region, credentials, maxAttempts: 1, requestHandler, ...more }))
      },
      catch: (error) => failureOf(error, call, region)
    })
  })

  const call: Aws["call"] = (region, one) => {
    const isRead = /^(Describe|Get)/.test(one.operation)
    const sent = turnIn(region).withPermit(send(region, one))
    return isRead ? Effect.retry(sent, { schedule: paced, while: isThrottled }) : sent
  }

  return {
    endpoint,
    call,
    pages: Effect.fnUntraced(function* (region, page, field) {
      const rows: Array<unknown> = []
      let token: string | undefined
      for (let count = 0; count < mostPages; count++) {
        const one = page(token)
        const answer = yield* call(region, one)
        if (typeof answer !== "object" || answer === null) {
          return yield* Effect.fail(strange(`${one.operation} was answered with nothing`))
        }
        const found: unknown = Reflect.get(answer, field)
        if (Array.isArray(found)) rows.push(...found)
        const next = textOf(answer, "NextToken")
        if (next === "") return rows
        if (next === token)
          return yield* Effect.fail(strange(`${one.operation} says that page ${count + 1} follows itself`))
        token = next
      }
      return yield* Effect.fail(strange("a list of AWS's does not end"))
    })
  }
}
