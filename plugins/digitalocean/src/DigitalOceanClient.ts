/**
 * DigitalOcean's API over HTTP: the one place where the token is sent, answers are read and turns are kept.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { type Credential, everywhere } from "./Credential.ts"
import { type Failure, ofTransport } from "./Failures.ts"
import type { Lane, Pace } from "./Pace.ts"
import * as Reply from "./internal/reply.ts"

/**
 * One request. `scope` is what the token must be allowed for it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly method: "GET" | "POST" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly scope: string
}

/** How calls fail. @category models @since 0.1.0 */
export type CallError = Failure | ProviderError.Unauthorized | ProviderError.RateLimited

/**
 * The API at an endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface Client {
  readonly endpoint: string
  /** The answer's JSON; nothing where it has no body. */
  readonly call: (call: Call) => Effect.Effect<unknown, CallError>
  /** By how much the API's clock was ahead of ours when it answered last. **Units**  milliseconds */
  readonly skew: Effect.Effect<number | undefined>
}

/** More than any page of the API has: 200 rows of a few kilobytes. **Units**  characters */
const longest = 16 * 1024 ** 2

const readPatience = Duration.seconds(30)
const changePatience = Duration.seconds(60)

/**
 * Clocks further apart are worth a word: deadlines and certificates go by them.
 *
 * **Units**  milliseconds
 *
 * @category constants
 * @since 0.1.0
 */
export const muchSkew: number = 5 * 60_000

const noWord = { remaining: undefined, resetMillis: undefined, pauseMillis: undefined }

const laneOf = ({ method, path }: Call): Lane =>
  path.startsWith("/v2/account/keys") ? "keys" : method === "GET" ? "read" : "change"

const requestOf = (endpoint: string, { body, method, path, query = {} }: Call, token: Redacted.Redacted) => {
  const request = HttpClientRequest.make(method)(`${endpoint}${path}`).pipe(
    HttpClientRequest.setUrlParams(query),
    HttpClientRequest.bearerToken(token),
    HttpClientRequest.acceptJson
  )
  return body === undefined ? request : HttpClientRequest.bodyText(request, JSON.stringify(body), "application/json")
}

const tooLong = { _tag: "Strange", message: "DigitalOcean's API answered with more than 16 MiB" } as const

/** The whole body as text. One that breaks off is as good as none. */
const textOf = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<string, Failure> =>
  response.stream.pipe(
    Stream.decodeText(),
    Stream.mapError(ofTransport),
    Stream.runFoldEffect(
      () => "",
      (text, more) => (text.length + more.length > longest ? Effect.fail(tooLong) : Effect.succeed(text + more))
    ),
    Effect.catch((failure: Failure) =>
      // An answer without a body has no stream either.
      response.status === 204 ? Effect.succeed("") : Effect.fail(failure)
    )
  )

/** An answer as the API's own, or what it is instead. */
const answerOf = (
  call: Call,
  { headers, status, text }: { readonly headers: Reply.Headers; readonly status: number; readonly text: string },
  { now, setting }: { readonly now: number; readonly setting: string }
): Effect.Effect<unknown, Failure> => {
  const what = `${call.method} ${call.path}`
  const retryAfter = Reply.retryAfterOf(headers, now)
  if (status >= 300 && status < 400) {
    const message = `${what} was answered with a redirect, which is not followed: the token stays with its endpoint. Check providers.digitalocean.endpoint`
    return Effect.fail({ _tag: "Strange", message })
  }
  const body = text.trim() === "" ? undefined : Reply.jsonOf(text)
  if (status >= 200 && status < 300) {
    return body === undefined && status !== 204
      ? Effect.fail({ _tag: "Strange", message: `${what} was answered with something that is no JSON` })
      : Effect.succeed(body)
  }
  const said = Reply.errorOf(body)
  if (status >= 500 || status === 408) {
    const message = `${what} failed at DigitalOcean with ${status}${said === undefined ? "" : `: ${said.message}`}`
    return Effect.fail({ _tag: "Broken", message, retryAfter })
  }
  // Who is in between (a proxy, a login page of a network) has its own pages for what is not there or not allowed.
  if (said === undefined && status !== 429) {
    return Effect.fail({
      _tag: "Strange",
      message: `${what} was answered with ${status} by something that is not its API`
    })
  }
  const message = said?.message ?? "too many requests"
  return Effect.fail({ _tag: "Refused", status, message, retryAfter, setting, scope: call.scope })
}

/** What a token looks like in what others say. */
const scrubbed =
  (token: Redacted.Redacted) =>
  (failure: Failure): Failure => ({
    ...failure,
    message: failure.message.replaceAll(Redacted.value(token), "<token>")
  })

/**
 * Calls with the token that counts now: one that was refused is looked for anew the next time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (options: {
  readonly endpoint: string
  readonly pace: Pace
  readonly credential: Effect.Effect<Credential | undefined>
}): Effect.fn.Return<Client, ProviderError.Unauthorized, HttpClient.HttpClient> {
  const { endpoint, pace } = options
  const http = yield* HttpClient.HttpClient
  const found = Effect.flatMap(options.credential, (credential) =>
    credential === undefined
      ? Effect.fail(new ProviderError.Unauthorized({ setting: everywhere }))
      : Effect.succeed(credential)
  )
  let credential: Credential | undefined = yield* found
  let skew: number | undefined
  let wasSaid = false

  /** The clocks are compared whenever the API answers; that they are far apart is said once. */
  const compare = (headers: Reply.Headers, now: number) =>
    Effect.suspend(() => {
      skew = Reply.skewOf(headers, now) ?? skew
      if (wasSaid || skew === undefined || Math.abs(skew) < muchSkew) return Effect.void
      wasSaid = true
      return Effect.logWarning(
        `digitalocean: this computer's clock is ${Math.round(Math.abs(skew) / 60_000)} minutes ${skew > 0 ? "behind" : "ahead of"} DigitalOcean's`
      )
    })

  const send = Effect.fnUntraced(function* (call: Call, { setting, token }: Credential) {
    const request = requestOf(endpoint, call, token)
    const lane = laneOf(call)
    // A request that nobody answered, or that is not waited for any longer, is under way no more.
    const response = yield* http.execute(request).pipe(
      Effect.mapError(ofTransport),
      Effect.onError(() => pace.done(lane, noWord))
    )
    const now = yield* Clock.currentTimeMillis
    const headers: Reply.Headers = response.headers
    yield* compare(headers, now)
    const wait = response.status === 429 ? Reply.retryAfterOf(headers, now) : undefined
    yield* pace.done(lane, {
      remaining: Reply.remainingOf(headers),
      resetMillis: Reply.resetOf(headers, now),
      pauseMillis: wait === undefined ? undefined : Duration.toMillis(wait)
    })
    const text = yield* textOf(response)
    return yield* answerOf(call, { headers, status: response.status, text }, { now, setting })
  })

  const call: Client["call"] = Effect.fn("DigitalOceanClient.call")(function* (call) {
    const used = credential ?? (yield* found)
    credential = used
    const patience = call.method === "GET" ? readPatience : changePatience
    yield* pace.turn(laneOf(call))
    return yield* send(call, used).pipe(
      Effect.timeoutOrElse({
        duration: patience,
        orElse: () =>
          Effect.fail({
            _tag: "Lost" as const,
            message: `${call.method} ${call.path} was not answered within ${Duration.toSeconds(patience)} s`
          })
      }),
      Effect.mapError(scrubbed(used.token)),
      Effect.tapError((failure) =>
        Effect.sync(() => {
          if (failure._tag === "Refused" && failure.status === 401) credential = undefined
        })
      ),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.provideService(HttpClient.TracerPropagationEnabled, false)
    )
  })

  return { endpoint, call, skew: Effect.sync(() => skew) }
})
