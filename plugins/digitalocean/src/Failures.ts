/**
 * How a call fails: what happened on the way, and what DigitalOcean's refusals mean.
 *
 * @since 0.1.0
 */
import * as ProviderError from "@runctl/core/ProviderError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * What came of a request that was not answered as promised.
 *
 * **Details**
 * - `NotSent`: provably never sent: no name, no connection, no trust in the certificate.
 * - `Lost`: sent, as far as anybody knows, and not answered whole.
 * - `Broken`: answered by a failure of the service.
 * - `Strange`: answered by something that is not the API: a page, a redirect, half of a text.
 * - `Refused`: answered by the API with a reason.
 *
 * @category models
 * @since 0.1.0
 */
export type Failure =
  | { readonly _tag: "NotSent"; readonly message: string }
  | { readonly _tag: "Lost"; readonly message: string }
  | { readonly _tag: "Broken"; readonly message: string; readonly retryAfter: Duration.Duration | undefined }
  | { readonly _tag: "Strange"; readonly message: string }
  | Refused

/** A refusal in the API's own words. @category models @since 0.1.0 */
export interface Refused {
  readonly _tag: "Refused"
  readonly status: number
  readonly message: string
  readonly retryAfter: Duration.Duration | undefined
  /** Where the token came from. */
  readonly setting: string
  /** What the token must be allowed for this. */
  readonly scope: string
}

/** How anything here fails before it is a `ProviderError`. @category models @since 0.1.0 */
export type Cause = Failure | ProviderError.Reason

/** What a message of a 422 may mean beside "the request is wrong"; the first that fits counts. */
const meanings: ReadonlyArray<readonly [RegExp, (message: string) => ProviderError.Reason]> = [
  [
    /pending event|droplet is (currently )?locked|already in progress/i,
    (message) => new ProviderError.Conflict({ message })
  ],
  [
    /payment|billing|past due|outstanding balance|insufficient (funds|balance|credit)/i,
    (message) => new ProviderError.InsufficientFunds({ message })
  ],
  [
    /droplet limit|limit (has been )?(reached|exceeded)|exceeds? (your|the) .*limit|will exceed|quota/i,
    (message) => new ProviderError.QuotaExceeded({ message, quota: "droplets" })
  ],
  [
    /capacity|sold out|out of stock|(size|region|droplet).*(temporarily|currently)? ?(un|not )available/i,
    (message) => new ProviderError.OutOfCapacity({ message })
  ]
]

/**
 * What a refused request's words mean.
 *
 * @source messages of the public API, as users have quoted them (docs/providers/digitalocean.md)
 * @category conversions
 * @since 0.1.0
 */
export const meaningOf = (message: string): ProviderError.Reason =>
  meanings.find(([words]) => words.test(message))?.[1](message) ?? new ProviderError.Rejected({ message })

const optional = (retryAfter: Duration.Duration | undefined) => (retryAfter === undefined ? {} : { retryAfter })

const refusal = ({ message, retryAfter, scope, setting, status }: Refused): ProviderError.Reason => {
  switch (status) {
    case 401:
      return new ProviderError.Unauthorized({ setting })
    case 403:
      return new ProviderError.Forbidden({
        message: `${message} (the token in ${setting} needs the scope ${scope})`
      })
    case 404:
      return new ProviderError.NotFound({ message })
    case 409:
      return new ProviderError.Conflict({ message })
    case 402:
      return new ProviderError.InsufficientFunds({ message })
    case 429:
      return new ProviderError.RateLimited({ message, ...optional(retryAfter) })
    default:
      return meaningOf(message)
  }
}

/** Whether it is a reason already. @category predicates @since 0.1.0 */
const isFailure = (cause: Cause): cause is Failure =>
  cause._tag === "NotSent" ||
  cause._tag === "Lost" ||
  cause._tag === "Broken" ||
  cause._tag === "Strange" ||
  cause._tag === "Refused"

/**
 * Why a call failed that may be repeated without harm: a read, or a change that ends the same however often it is made.
 *
 * @category conversions
 * @since 0.1.0
 */
export const repeatable = (cause: Cause): ProviderError.Reason => {
  if (!isFailure(cause)) return cause
  const { message } = cause
  switch (cause._tag) {
    case "NotSent":
    case "Lost":
      return new ProviderError.Unavailable({ message })
    case "Broken":
      return new ProviderError.Unavailable({ message, ...optional(cause.retryAfter) })
    case "Strange":
      return new ProviderError.MalformedResponse({ message })
    case "Refused":
      return refusal(cause)
  }
}

/**
 * Why a call failed that must not be made twice: unless it was provably not sent, or refused, nobody knows what came
 * of it.
 *
 * @category conversions
 * @since 0.1.0
 */
export const once = (cause: Cause): ProviderError.Reason => {
  if (!isFailure(cause) || cause._tag === "NotSent" || cause._tag === "Refused") return repeatable(cause)
  return new ProviderError.OutcomeUnknown({ message: cause.message })
}

/** Makes every failure one of the provider's. @category conversions @since 0.1.0 */
export const failing = (operation: ProviderError.ProviderError["operation"]) =>
  Effect.mapError(
    (cause: Cause) =>
      new ProviderError.ProviderError({ provider: "digitalocean", operation, reason: repeatable(cause) })
  )

/** Whether something is not there, in the API's own words. @category predicates @since 0.1.0 */
export const isMissing = (cause: Cause): boolean => cause._tag === "Refused" && cause.status === 404

const codes = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ERR_SSL_WRONG_VERSION_NUMBER"
])

/** Errors say more in what caused them, and of several addresses each has its own. */
const causesOf = (error: unknown, depth = 0): ReadonlyArray<object> => {
  if (typeof error !== "object" || error === null || depth > 8) return []
  const inner = "cause" in error ? causesOf(error.cause, depth + 1) : []
  const beside = "errors" in error && Array.isArray(error.errors) ? error.errors : []
  return [error, ...inner, ...beside.flatMap((each: unknown) => causesOf(each, depth + 1))]
}

const textOf = (error: object, key: string): string => {
  const value: unknown = Reflect.get(error, key)
  return typeof value === "string" ? value : ""
}

/**
 * What a failed connection means. A name that is not found, a connection that is refused and a certificate that is not
 * trusted happen before a request is sent; everything else may have happened after it.
 *
 * @category conversions
 * @since 0.1.0
 */
export const ofTransport = (error: unknown): Failure => {
  // What stands for several errors says nothing that they do not say themselves.
  const named = causesOf(error).filter((each) => textOf(each, "code") !== "" && !("errors" in each))
  const isUnsent =
    named.length > 0 &&
    named.every((each) => codes.has(textOf(each, "code")) || /^(connect|getaddrinfo)$/.test(textOf(each, "syscall")))
  const said = [...new Set(named.map((each) => textOf(each, "message") || textOf(each, "code")))].join("; ")
  return isUnsent
    ? { _tag: "NotSent", message: `DigitalOcean's API was not reached: ${said}` }
    : { _tag: "Lost", message: `the connection to DigitalOcean's API broke${said === "" ? "" : `: ${said}`}` }
}
