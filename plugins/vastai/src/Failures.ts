/**
 * What Vast.ai's refusals mean.
 *
 * @since 0.1.0
 */
import type { Answered, Said } from "@runctl/core/CloudApi"
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import { provider } from "./Market.ts"

/** How anything here fails before it is a `ProviderError`. @category models @since 0.1.0 */
export type Cause = CloudFailure.Cause

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : undefined

/** What a body says of an error, under whichever name. */
const saidIn = (body: unknown): Said | undefined => {
  if (!isRecord(body)) return undefined
  const code = text(body["error"])
  const message = text(body["msg"]) ?? text(body["message"]) ?? text(body["detail"]) ?? code
  return message === undefined ? undefined : { message, code }
}

/**
 * The API's own words in a refusal: JSON in several forms, and where it is asked too often plain text.
 *
 * @category parsing
 * @since 0.1.0
 */
export const errorOf = ({ body, status, text: answered }: Answered): Said | undefined => {
  const said = saidIn(body)
  if (said !== undefined) return said
  const plain = answered.trim()
  return status === 429 || /^API requests too frequent/i.test(plain)
    ? { message: plain === "" || plain.startsWith("<") ? "too many requests" : plain.slice(0, 200), code: undefined }
    : undefined
}

/** An answer of 200 may say that it is a refusal. @category parsing @since 0.1.0 */
export const errorInside = ({ body }: Answered): Said | undefined =>
  isRecord(body) && body["success"] === false
    ? (saidIn(body) ?? { message: "Vast.ai refused it without a word" })
    : undefined

/** Whether a key was refused, which some addresses answer with the status of what is not there. */
const isAboutKey = ({ code, message }: CloudFailure.Refused): boolean =>
  code === "auth_error" || /invalid (user|api) key/i.test(message)

/** What the words of a refusal mean; the first that fits counts. */
const meanings: ReadonlyArray<readonly [RegExp, (message: string) => ProviderError.Reason]> = [
  [
    /no_such_ask|no longer available|not available|not your own|already rented/i,
    (message) => new ProviderError.OutOfCapacity({ message })
  ],
  [
    /bid (price )?(is )?(too low|below)|below the min|min(imum)?[ _]bid|invalid_price/i,
    (message) => new ProviderError.PriceTooLow({ message })
  ],
  [/insufficient|credit|balance|payment|billing/i, (message) => new ProviderError.InsufficientFunds({ message })],
  [
    /spend(ing)?[ -]rate|limit (has been )?(reached|exceeded)|exceeds? (your|the) .*limit|quota/i,
    (message) => new ProviderError.QuotaExceeded({ message })
  ],
  [/no_such_instance|instance not found|does not exist/i, (message) => new ProviderError.NotFound({ message })]
]

/** So long nothing is asked after a refusal that does not say how long. @category constants @since 0.1.0 */
export const pause: Duration.Duration = Duration.seconds(5)

/**
 * What a refusal means.
 *
 * @source messages of the public API, as its description and its users have quoted them (docs/providers/vastai.md)
 * @category conversions
 * @since 0.1.0
 */
export const meaningOf = (refused: CloudFailure.Refused): ProviderError.Reason | undefined => {
  const { code, message, retryAfter, setting, status } = refused
  if (status === 429 || /^API requests too frequent/i.test(message)) {
    return new ProviderError.RateLimited({ message, retryAfter: retryAfter ?? pause })
  }
  if (isAboutKey(refused) || status === 401) return new ProviderError.Unauthorized({ setting })
  if (code === "deprecated_endpoint") {
    return new ProviderError.MalformedResponse({ message: `${message} This version of the plugin is too old` })
  }
  const words = `${code ?? ""} ${message}`
  return meanings.find(([pattern]) => pattern.test(words))?.[1](message)
}

const failures = CloudFailure.make({ provider, meaningOf })

/** Why a call failed that may be repeated without harm. @category conversions @since 0.1.0 */
export const repeatable: CloudFailure.Failures["repeatable"] = failures.repeatable

/** Why a call failed that must not be made twice. @category conversions @since 0.1.0 */
export const once: CloudFailure.Failures["once"] = failures.once

/** Makes every failure one of the provider's. @category conversions @since 0.1.0 */
export const failing: CloudFailure.Failures["failing"] = failures.failing

/**
 * Whether an instance is not there. A key that was refused says nothing of the kind, and neither does an address that is
 * no longer answered.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isMissing = (cause: Cause): boolean =>
  cause._tag === "Refused" && !isAboutKey(cause) && (cause.status === 404 || repeatable(cause)._tag === "NotFound")
