/**
 * How a call to a cloud's API fails: what happened on the way, and what the API's refusals mean.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ProviderError from "./ProviderError.ts"

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
  /** The API's own name of the error, where it has one. */
  readonly code?: string | undefined
  readonly retryAfter: Duration.Duration | undefined
  /** Where the credential came from. */
  readonly setting: string
  /** What the credential must be allowed for this, where the call said so. */
  readonly scope?: string | undefined
  /** What was answered, for a refusal that tells of more. */
  readonly body?: unknown
}

/** How anything fails before it is a `ProviderError`. @category models @since 0.1.0 */
export type Cause = Failure | ProviderError.Reason

const optional = (retryAfter: Duration.Duration | undefined) => (retryAfter === undefined ? {} : { retryAfter })

/**
 * What a refusal means by its status alone: 401 `Unauthorized`, 402 `InsufficientFunds`, 403 `Forbidden`, 404
 * `NotFound`, 409 `Conflict`, 429 `RateLimited`, everything else `Rejected`.
 *
 * @category conversions
 * @since 0.1.0
 */
export const byStatus = ({ message, retryAfter, scope, setting, status }: Refused): ProviderError.Reason => {
  switch (status) {
    case 401:
      return new ProviderError.Unauthorized({ setting })
    case 402:
      return new ProviderError.InsufficientFunds({ message })
    case 403:
      return new ProviderError.Forbidden({
        message: scope === undefined ? message : `${message} (the token in ${setting} needs the scope ${scope})`
      })
    case 404:
      return new ProviderError.NotFound({ message })
    case 409:
      return new ProviderError.Conflict({ message })
    case 429:
      return new ProviderError.RateLimited({ message, ...optional(retryAfter) })
    default:
      return new ProviderError.Rejected({ message })
  }
}

/** Whether it is not a reason yet. @category predicates @since 0.1.0 */
export const isFailure = (cause: Cause): cause is Failure =>
  cause._tag === "NotSent" ||
  cause._tag === "Lost" ||
  cause._tag === "Broken" ||
  cause._tag === "Strange" ||
  cause._tag === "Refused"

/** Whether something is not there, in the API's own words. @category predicates @since 0.1.0 */
export const isMissing = (cause: Cause): boolean => cause._tag === "Refused" && cause.status === 404

/**
 * How the failures of one cloud become those of its provider.
 *
 * **Details**
 * - `repeatable`: of a call that may be repeated without harm: a read, or a change that ends the same however often it
 *   is made.
 * - `once`: of a call that must not be made twice: unless it was provably not sent, or refused, nobody knows what came
 *   of it, and the reason is `OutcomeUnknown`.
 * - `failing`: makes every failure of an effect one of the provider's.
 *
 * @category models
 * @since 0.1.0
 */
export interface Failures {
  readonly repeatable: (cause: Cause) => ProviderError.Reason
  readonly once: (cause: Cause) => ProviderError.Reason
  readonly failing: (
    operation: ProviderError.Operation
  ) => <A, R>(effect: Effect.Effect<A, Cause, R>) => Effect.Effect<A, ProviderError.ProviderError, R>
}

/**
 * The failures of a provider whose refusals mean what `meaningOf` says; where it says nothing, the status counts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = ({
  meaningOf = () => undefined,
  provider
}: {
  readonly provider: string
  readonly meaningOf?: (refused: Refused) => ProviderError.Reason | undefined
}): Failures => {
  const repeatable: Failures["repeatable"] = (cause) => {
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
        return meaningOf(cause) ?? byStatus(cause)
    }
  }
  return {
    repeatable,
    once: (cause) =>
      !isFailure(cause) || cause._tag === "NotSent" || cause._tag === "Refused"
        ? repeatable(cause)
        : new ProviderError.OutcomeUnknown({ message: cause.message }),
    failing: (operation) =>
      Effect.mapError((cause) => new ProviderError.ProviderError({ provider, operation, reason: repeatable(cause) }))
  }
}

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
 * What a failed connection to the API of a title means. A name that is not found, a connection that is refused and a
 * certificate that is not trusted happen before a request is sent; everything else may have happened after it.
 *
 * @category conversions
 * @since 0.1.0
 */
export const ofTransport =
  (title: string) =>
  (error: unknown): Failure => {
    // What stands for several errors says nothing that they do not say themselves.
    const named = causesOf(error).filter((each) => textOf(each, "code") !== "" && !("errors" in each))
    const isUnsent =
      named.length > 0 &&
      named.every((each) => codes.has(textOf(each, "code")) || /^(connect|getaddrinfo)$/.test(textOf(each, "syscall")))
    const said = [...new Set(named.map((each) => textOf(each, "message") || textOf(each, "code")))].join("; ")
    return isUnsent
      ? { _tag: "NotSent", message: `${title}'s API was not reached: ${said}` }
      : { _tag: "Lost", message: `the connection to ${title}'s API broke${said === "" ? "" : `: ${said}`}` }
  }
