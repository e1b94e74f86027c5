/**
 * Why a provider call failed: one error, a closed set of reasons.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { UsdPerHour } from "./Money.ts"

const said = { message: Schema.String }
const retryAfter = Schema.optionalKey(Schema.DurationFromMillis)

/**
 * The credential is missing or was refused. `setting` names where it is looked for, never its value.
 *
 * @category errors
 * @since 0.1.0
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("@runctl/core/Unauthorized")("Unauthorized", {
  setting: Schema.NonEmptyString
}) {
  override get message(): string {
    return `the credential in ${this.setting} is missing or was refused`
  }
}

/** The credential is good and may not do this. @category errors @since 0.1.0 */
export class Forbidden extends Schema.TaggedError<Forbidden>("@runctl/core/Forbidden")("Forbidden", said) {}

/** What was asked for does not exist. @category errors @since 0.1.0 */
export class NotFound extends Schema.TaggedError<NotFound>("@runctl/core/NotFound")("NotFound", said) {}

/** The cloud has none left of this shape in this place. @category errors @since 0.1.0 */
export class OutOfCapacity extends Schema.TaggedError<OutOfCapacity>("@runctl/core/OutOfCapacity")(
  "OutOfCapacity",
  said
) {}

/**
 * The account may not have more of this; `quota` names which one, when the cloud says so.
 *
 * @category errors
 * @since 0.1.0
 */
export class QuotaExceeded extends Schema.TaggedError<QuotaExceeded>("@runctl/core/QuotaExceeded")("QuotaExceeded", {
  ...said,
  quota: Schema.optionalKey(Schema.String)
}) {}

/** The account has no money left. @category errors @since 0.1.0 */
export class InsufficientFunds extends Schema.TaggedError<InsufficientFunds>("@runctl/core/InsufficientFunds")(
  "InsufficientFunds",
  said
) {}

/**
 * The price we would pay is below the price that is asked. `usdPerHour` is what is asked, where the provider says it.
 *
 * @category errors
 * @since 0.1.0
 */
export class PriceTooLow extends Schema.TaggedError<PriceTooLow>("@runctl/core/PriceTooLow")("PriceTooLow", {
  ...said,
  usdPerHour: Schema.optionalKey(UsdPerHour)
}) {}

/** Too many requests; `retryAfter` when the provider said how long to wait. @category errors @since 0.1.0 */
export class RateLimited extends Schema.TaggedError<RateLimited>("@runctl/core/RateLimited")("RateLimited", {
  ...said,
  retryAfter
}) {}

/** Locked, still provisioning, or changed under us: the same call may succeed later. @category errors @since 0.1.0 */
export class Conflict extends Schema.TaggedError<Conflict>("@runctl/core/Conflict")("Conflict", said) {}

/** The request itself is wrong; sending it again cannot help. @category errors @since 0.1.0 */
export class Rejected extends Schema.TaggedError<Rejected>("@runctl/core/Rejected")("Rejected", said) {}

/** The network or the service gave out before it could have accepted the request. @category errors @since 0.1.0 */
export class Unavailable extends Schema.TaggedError<Unavailable>("@runctl/core/Unavailable")("Unavailable", {
  ...said,
  retryAfter
}) {}

/**
 * The answer to a changing call was lost: it may or may not have happened. Look for its key before asking again.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>("@runctl/core/OutcomeUnknown")(
  "OutcomeUnknown",
  said
) {}

/** The provider cannot do this at all; its capabilities say so. @category errors @since 0.1.0 */
export class UnsupportedCapability extends Schema.TaggedError<UnsupportedCapability>(
  "@runctl/core/UnsupportedCapability"
)("UnsupportedCapability", said) {}

/** The provider answered with something that is not what its documentation promises. @category errors @since 0.1.0 */
export class MalformedResponse extends Schema.TaggedError<MalformedResponse>("@runctl/core/MalformedResponse")(
  "MalformedResponse",
  said
) {}

/**
 * Why a provider call failed.
 *
 * @category errors
 * @since 0.1.0
 */
export const Reason = Schema.Union([
  Unauthorized,
  Forbidden,
  NotFound,
  OutOfCapacity,
  QuotaExceeded,
  InsufficientFunds,
  PriceTooLow,
  RateLimited,
  Conflict,
  Rejected,
  Unavailable,
  OutcomeUnknown,
  UnsupportedCapability,
  MalformedResponse
])
export type Reason = typeof Reason.Type

const advice: Readonly<Record<Reason["_tag"], string>> = {
  Unauthorized: "Set the credential and try again; `runctl providers doctor` shows where it is looked for.",
  Forbidden: "Give the credential the missing permission, or use another one.",
  NotFound: "Check the id with `runctl list`.",
  OutOfCapacity: "Try another region, zone or GPU, or `--provider any`.",
  QuotaExceeded: "Ask the provider to raise the quota, or use another region or provider.",
  InsufficientFunds: "Add money to the account.",
  PriceTooLow: "Try again to see what it costs now; raise --max-price, or drop --spot.",
  RateLimited: "Wait a moment and try again.",
  Conflict: "Wait until the machine has settled and try again.",
  Rejected: "Change the request as the message says.",
  Unavailable: "Try again in a moment; the provider's status page may know more.",
  OutcomeUnknown: "Nothing is sent again blindly: the supervisor finds out what happened; `runctl list` shows it.",
  UnsupportedCapability: "`runctl providers show` lists what this provider can do.",
  MalformedResponse: "Update the plugin; if it is up to date, report this to its author."
}

const retryable: ReadonlySet<Reason["_tag"]> = new Set(["RateLimited", "Conflict", "Unavailable"])

/**
 * What a provider was asked to do.
 *
 * @category models
 * @since 0.1.0
 */
export const Operation = Schema.Literals([
  "load",
  "offers",
  "estimateCost",
  "billing",
  "createResource",
  "getResource",
  "listResources",
  "companions",
  "startResource",
  "stopResource",
  "terminate",
  "endpoint",
  "preemptionEvidence",
  "train",
  "monitor",
  "download"
])
export type Operation = typeof Operation.Type

/**
 * The only error a provider fails with.
 *
 * **Details**  recognise it by its `_tag` and the `_tag` of its reason, never by `instanceof`: a plugin may carry its
 * own copy of this module.
 *
 * @category errors
 * @since 0.1.0
 */
export class ProviderError extends Schema.TaggedError<ProviderError>("@runctl/core/ProviderError")("ProviderError", {
  provider: Schema.NonEmptyString,
  operation: Operation,
  reason: Reason
}) {
  override get message(): string {
    return `${this.provider}: ${this.operation} failed: ${this.reason.message}`
  }
}

/** Whether the same call may succeed when repeated unchanged. @category predicates @since 0.1.0 */
export const isRetryable = (reason: { readonly _tag: Reason["_tag"] }): boolean => retryable.has(reason._tag)

/** What a person can try next. @category accessors @since 0.1.0 */
export const adviceFor = (reason: { readonly _tag: Reason["_tag"] }): string => advice[reason._tag]
