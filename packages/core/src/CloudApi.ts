/**
 * A cloud's API over HTTP and JSON: the one place where the credential is sent, answers are read and turns are kept.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpHeaders from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { type Failure, ofTransport } from "./CloudFailure.ts"
import * as Answer from "./internal/answer.ts"
import * as Reply from "./internal/reply.ts"
import { noWord, type Pace, type Turn } from "./Pace.ts"
import * as ProviderError from "./ProviderError.ts"

/**
 * One request.
 *
 * **Details**
 * - `kind`: a `read` changes nothing, whatever its method; `GET` is one unless it is said otherwise.
 * - `scope`: what the credential must be allowed for it, for the words of a refusal.
 * - `answer`: `json` must be JSON (or 204); `text` is given as it came; of `any` nothing is expected; a `secret` is given
 *   as its text, redacted: a token that was asked for.
 * - `secrets`: what the body holds and no error may repeat.
 *
 * @category models
 * @since 0.1.0
 */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly path: string
  readonly query?: Readonly<Record<string, string | ReadonlyArray<string>>>
  readonly body?: unknown
  readonly kind?: "read" | "change"
  readonly scope?: string
  readonly answer?: "json" | "text" | "any" | "secret"
  readonly secrets?: ReadonlyArray<Redacted.Redacted>
}

/** How calls fail. @category models @since 0.1.0 */
export type CallError = Failure | ProviderError.Unauthorized | ProviderError.RateLimited

/**
 * A token, and what a person calls the place it came from. One that was fetched for a while says until when it is good:
 * it is fetched anew then, and also once when it is refused before.
 *
 * **Units**  goodUntil: milliseconds since 1970-01-01 UTC, by our clock
 *
 * @category models
 * @since 0.1.0
 */
export interface Credential {
  readonly token: Redacted.Redacted
  readonly setting: string
  readonly goodUntil?: number
}

/**
 * Where the credential comes from.
 *
 * **Details**  `missing` is what to call all the places together; `find` is asked when one is needed and there is none,
 * by one caller at a time, and is told which was refused last; `header` is where it goes: `Authorization: Bearer`, unless
 * it is said otherwise.
 *
 * @category models
 * @since 0.1.0
 */
export interface CredentialSource {
  readonly missing: string
  readonly find: (refused: Credential | undefined) => Effect.Effect<Credential | undefined, CallError>
  readonly header?: { readonly name: string; readonly valueOf: (token: string) => string }
}

/** What a vendor says of an error: in which words, and under which name. @category models @since 0.1.0 */
export interface Said {
  readonly message: string
  readonly code?: string | undefined
}

/** An answer as it came: `body` is its JSON, when it is any. @category models @since 0.1.0 */
export interface Answered {
  readonly call: Call
  readonly status: number
  readonly text: string
  readonly body: unknown
}

/**
 * An API.
 *
 * **Details**
 * - `credential`: nothing for an API that asks for none.
 * - `turnOf`: in which lane of the pace a call goes.
 * - `errorOf`: the API's own words in an answer of 400 and more; nothing when it is none of the API's errors, but
 *   somebody else's on the way.
 * - `errorInside`: an error in an answer of 200 and more, for an API that has such.
 * - `isRefusal`: whether an error in the API's own words means that nothing happened: every status below 500 but 408,
 *   unless it is said otherwise.
 * - `pauseWhenRefused`: for how long nobody asks after a 429 that does not say it.
 * - `patience`: 30 s for reads and 60 s for changes.
 * - `longest`: of an answer, 16 Mi.
 *
 * **Units**  longest: characters
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<L extends string> {
  readonly provider: string
  readonly title: string
  readonly endpoint: string
  readonly pace: Pace<L>
  readonly turnOf: (call: Call) => Turn<L>
  readonly credential: CredentialSource | undefined
  readonly errorOf: (answered: Answered) => Said | undefined
  readonly errorInside?: (answered: Answered) => Said | undefined
  readonly isRefusal?: (answered: Answered, said: Said) => boolean
  readonly headers?: Readonly<Record<string, string>>
  readonly pauseWhenRefused?: Duration.Duration
  readonly patience?: { readonly read: Duration.Duration; readonly change: Duration.Duration }
  readonly longest?: number
}

/**
 * The API at an endpoint.
 *
 * @category models
 * @since 0.1.0
 */
export interface CloudApi {
  readonly endpoint: string
  /** The answer's JSON, or its text where the call asks for that; nothing where it has no body. */
  readonly call: (call: Call) => Effect.Effect<unknown, CallError>
  /** By how much the API's clock was ahead of ours when it answered last. **Units**  milliseconds */
  readonly skew: Effect.Effect<number | undefined>
}

/**
 * Clocks further apart are worth a word: deadlines and certificates go by them.
 *
 * **Units**  milliseconds
 *
 * @category constants
 * @since 0.1.0
 */
export const muchSkew: number = 5 * 60_000

const mib = 1024 ** 2

const bearer = { name: "authorization", valueOf: (token: string) => `Bearer ${token}` }

/** Whether a call changes nothing. @category predicates @since 0.1.0 */
export const isRead = ({ kind, method }: Call): boolean => (kind === undefined ? method === "GET" : kind === "read")

/** The whole body as text. One that breaks off is as good as none. */
const textOf = (
  response: HttpClientResponse.HttpClientResponse,
  { longest = 16 * mib, title }: Pick<Options<string>, "longest" | "title">
): Effect.Effect<string, Failure> =>
  response.stream.pipe(
    Stream.decodeText(),
    Stream.mapError(ofTransport(title)),
    Stream.runFoldEffect(
      () => "",
      (text, more): Effect.Effect<string, Failure> =>
        text.length + more.length > longest
          ? Effect.fail({
              _tag: "Strange",
              message: `${title}'s API answered with more than ${Math.ceil(longest / mib)} MiB`
            })
          : Effect.succeed(text + more)
    ),
    Effect.catch((failure: Failure) =>
      // An answer without a body has no stream either.
      response.status === 204 ? Effect.succeed("") : Effect.fail(failure)
    )
  )

/** What secrets look like in what others say. */
const scrubbed = (secrets: ReadonlyArray<Redacted.Redacted>) => {
  const words = secrets.map(Redacted.value).filter((secret) => secret !== "")
  const clean = (text: string): string => words.reduce((said, secret) => said.replaceAll(secret, "<secret>"), text)
  // In JSON a secret may be written otherwise.
  const cleanJson = (body: unknown): unknown =>
    body === undefined
      ? undefined
      : Reply.jsonOf(
          words.reduce(
            (text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), "<secret>"),
            JSON.stringify(body)
          )
        )
  return (failure: CallError): CallError => {
    if (failure._tag === "Unauthorized" || failure._tag === "RateLimited") return failure
    const said = { ...failure, message: clean(failure.message) }
    return said._tag === "Refused"
      ? { ...said, code: said.code === undefined ? undefined : clean(said.code), body: cleanJson(said.body) }
      : said
  }
}

/**
 * Calls with the credential that counts now: one that was refused is looked for anew the next time.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* <L extends string>(
  options: Options<L>
): Effect.fn.Return<CloudApi, never, HttpClient.HttpClient> {
  const { credential: source, endpoint, pace, patience, provider, title, turnOf } = options
  const http = yield* HttpClient.HttpClient
  const oneAtATime = Semaphore.makeUnsafe(1)
  const header = source?.header ?? bearer
  // Looked for when it is needed: a provider without one is there, and says what is missing whenever it is asked.
  let credential: Credential | undefined
  let refused: Credential | undefined
  let skew: number | undefined
  let wasSaid = false

  const good = Effect.map(Clock.currentTimeMillis, (now) =>
    credential?.goodUntil !== undefined && credential.goodUntil <= now ? undefined : credential
  )

  const found = Effect.fnUntraced(function* ({ find, missing }: CredentialSource) {
    const known = yield* good
    if (known !== undefined) return known
    const fresh = yield* find(refused)
    if (fresh === undefined) return yield* new ProviderError.Unauthorized({ setting: missing })
    credential = fresh
    return fresh
  })

  const drop = (used: Credential): void => {
    refused = used
    // Another call may have found a new one meanwhile.
    if (credential === used) credential = undefined
  }

  /** The clocks are compared whenever the API answers; that they are far apart is said once. */
  const compare = (headers: Reply.Headers, now: number) =>
    Effect.suspend(() => {
      skew = Reply.skewOf(headers, now) ?? skew
      if (wasSaid || skew === undefined || Math.abs(skew) < muchSkew) return Effect.void
      wasSaid = true
      return Effect.logWarning(
        `${provider}: this computer's clock is ${Math.round(Math.abs(skew) / 60_000)} minutes ${skew > 0 ? "behind" : "ahead of"} ${title}'s`
      )
    })

  const requestOf = ({ body, method, path, query = {} }: Call, used: Credential | undefined) => {
    const request = HttpClientRequest.make(method)(`${endpoint}${path}`).pipe(
      HttpClientRequest.setUrlParams(query),
      HttpClientRequest.acceptJson,
      HttpClientRequest.setHeaders(options.headers ?? {}),
      (plain) =>
        used === undefined
          ? plain
          : HttpClientRequest.setHeader(plain, header.name, header.valueOf(Redacted.value(used.token)))
    )
    return body === undefined ? request : HttpClientRequest.bodyText(request, JSON.stringify(body), "application/json")
  }

  const send = Effect.fnUntraced(function* (call: Call, used: Credential | undefined) {
    const turn = turnOf(call)
    // A request that nobody answered, or that is not waited for any longer, is under way no more.
    const response = yield* http.execute(requestOf(call, used)).pipe(
      Effect.mapError(ofTransport(title)),
      Effect.onError(() => pace.done(turn, noWord))
    )
    const now = yield* Clock.currentTimeMillis
    const headers: Reply.Headers = response.headers
    yield* compare(headers, now)
    const retryAfter = Reply.retryAfterOf(headers, now)
    const pause = response.status === 429 ? (retryAfter ?? options.pauseWhenRefused) : undefined
    yield* pace.done(turn, {
      allowances: Reply.allowancesOf(headers, now),
      pauseMillis: pause === undefined ? undefined : Duration.toMillis(pause)
    })
    const text = response.status >= 300 && response.status < 400 ? "" : yield* textOf(response, options)
    const isPage = /^text\/html\b/i.test(headers["content-type"] ?? "")
    return yield* Answer.read(
      { call, status: response.status, text, isPage, retryAfter: retryAfter ?? pause },
      { ...options, setting: used?.setting ?? "" }
    )
  })

  const attempt = Effect.fnUntraced(function* (call: Call, used: Credential | undefined) {
    const longest = isRead(call) ? (patience?.read ?? Duration.seconds(30)) : (patience?.change ?? Duration.seconds(60))
    yield* pace.turn(turnOf(call))
    return yield* send(call, used).pipe(
      Effect.timeoutOrElse({
        duration: longest,
        orElse: () =>
          Effect.fail<Failure>({
            _tag: "Lost",
            message: `${call.method} ${call.path} was not answered within ${Duration.toSeconds(longest)} s`
          })
      }),
      Effect.mapError(scrubbed([...(used === undefined ? [] : [used.token]), ...(call.secrets ?? [])])),
      Effect.tapError((failure) =>
        Effect.sync(() => {
          if (used !== undefined && failure._tag === "Refused" && failure.status === 401) drop(used)
        })
      ),
      Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
      Effect.provideService(HttpClient.TracerPropagationEnabled, false),
      // A trace of a request holds its body.
      Effect.provideService(HttpClient.TracerDisabledWhen, () => (call.secrets ?? []).length > 0),
      Effect.updateService(HttpHeaders.CurrentRedactedNames, (names) => [...names, header.name.toLowerCase()])
    )
  })

  const call: CloudApi["call"] = Effect.fn("CloudApi.call")(function* (call) {
    yield* Effect.annotateCurrentSpan({ provider, method: call.method, path: call.path })
    if (source === undefined) return yield* attempt(call, undefined)
    const current = oneAtATime.withPermit(found(source))
    const used = yield* current
    const first = yield* Effect.result(attempt(call, used))
    if (Result.isSuccess(first)) return first.success
    const { failure } = first
    const isRefused = failure._tag === "Refused" && failure.status === 401
    // What was fetched for a while may have ended before its time: whoever is not let in has done nothing.
    if (!isRefused || used.goodUntil === undefined) return yield* Effect.fail(failure)
    return yield* attempt(call, yield* current)
  })

  return { endpoint, call, skew: Effect.sync(() => skew) }
})
