/**
 * Verda's API, and the tokens it wants.
 *
 * @since 0.1.0
 */
import * as CloudApi from "@runctl/core/CloudApi"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import * as Redacted from "effect/Redacted"
import * as Answers from "./Answers.ts"
import { everywhere, type Found } from "./Credential.ts"
import { towards, turnOf } from "./Pace.ts"

/** A token is fetched anew when so much of its life is over. */
const share = 0.8

/** For so long a token is good where nobody says it. **Units**  seconds */
const usual = 3600

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined => {
  if (Array.isArray(value)) return value.filter((each) => typeof each === "string").join("; ")
  return typeof value === "string" ? value : undefined
}

/**
 * The API's own words in a refusal. A 429 has none of its usual form.
 *
 * @category parsing
 * @since 0.1.0
 */
export const errorOf = ({ body, status }: CloudApi.Answered): CloudApi.Said | undefined => {
  const message = isRecord(body) ? text(body["message"]) : undefined
  if (message !== undefined) return { message, code: isRecord(body) ? text(body["code"]) : undefined }
  return status === 429 ? { message: "too many requests", code: "rate_limit_exceeded" } : undefined
}

/** A create that is refused for want of capacity has made nothing, although its status is that of a broken service. */
const isRefusal = ({ call, status }: CloudApi.Answered, { message }: CloudApi.Said): boolean =>
  status === 503 && call.method === "POST" && call.path === "/v1/instances"
    ? /capacity/i.test(message)
    : status < 500 && status !== 408

const shared = (endpoint: string) => ({
  provider: "verda",
  title: "Verda",
  endpoint,
  pace: towards(endpoint),
  turnOf,
  errorOf,
  isRefusal
})

/** What was answered is a secret until it is read. */
const tokenIn = (answer: unknown) =>
  Effect.try({
    try: (): unknown => (Redacted.isRedacted(answer) ? JSON.parse(String(Redacted.value(answer))) : undefined),
    catch: () => undefined
  }).pipe(
    Effect.orElseSucceed(() => undefined),
    Effect.flatMap(Answers.exactly(Answers.Token, "a token"))
  )

/** Asks for a token. A client that is not let in is a credential that was refused. */
const login =
  (api: CloudApi.CloudApi) =>
  ({ id, secret, setting }: Extract<Found, { readonly _tag: "Client" }>) =>
    Effect.gen(function* () {
      const body = { grant_type: "client_credentials", client_id: id, client_secret: Redacted.value(secret) }
      const call: CloudApi.Call = {
        method: "POST",
        path: "/v1/oauth2/token",
        kind: "read",
        body,
        answer: "secret",
        secrets: [secret]
      }
      const answer = yield* Effect.mapError(api.call(call), (cause) =>
        cause._tag === "Refused" ? { ...cause, setting } : cause
      )
      const { access_token: token, expires_in: seconds } = yield* tokenIn(answer)
      const goodUntil = (yield* Clock.currentTimeMillis) + (seconds ?? usual) * 1000 * share
      return { token: Redacted.make(token), setting, goodUntil }
    })

/**
 * Calls with a token that is fetched when it is needed, and anew before it ends or once it is refused. It is kept in
 * memory and nowhere else.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* ({
  credential,
  endpoint
}: {
  readonly endpoint: string
  readonly credential: Effect.Effect<Found | undefined>
}): Effect.fn.Return<CloudApi.CloudApi, never, HttpClient.HttpClient> {
  const fetchToken = login(yield* CloudApi.make({ ...shared(endpoint), credential: undefined }))
  return yield* CloudApi.make({
    ...shared(endpoint),
    credential: {
      missing: everywhere,
      find: () =>
        Effect.gen(function* () {
          const found = yield* credential
          return found === undefined || found._tag === "Token" ? found : yield* fetchToken(found)
        })
    }
  })
})
