/**
 * What Verda's refusals mean.
 *
 * @since 0.1.0
 */
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"

/** What the words of a refusal mean beside its status; the first that fits counts. */
const meanings: ReadonlyArray<readonly [RegExp, (message: string) => ProviderError.Reason]> = [
  [/no capacity/i, (message) => new ProviderError.OutOfCapacity({ message })],
  [
    // The first is what users have met: whoever takes it for a refusal leaves the machine to bill.
    /provisioning|already in progress|is attached|is (?:starting|deleting|validating|ordered|new)\b/i,
    (message) => new ProviderError.Conflict({ message })
  ],
  [/quota|limit (?:was |has been )?(?:reached|exceeded)/i, (message) => new ProviderError.QuotaExceeded({ message })],
  [/insufficient funds|balance/i, (message) => new ProviderError.InsufficientFunds({ message })],
  [
    /insufficient scope/i,
    (message) =>
      new ProviderError.Forbidden({ message: `${message}: the credentials must be allowed the scope cloud-api-v1` })
  ],
  [/operating system|volume not found|script not found|ssh key/i, (message) => new ProviderError.Rejected({ message })],
  [/invalid instance id/i, (message) => new ProviderError.NotFound({ message })]
]

/** The statuses that mean what they say, whatever the words. */
const plain: ReadonlySet<number> = new Set([401, 402, 429])

/**
 * What a refused request's words mean; nothing where its status says it all.
 *
 * @source messages of the public documentation, and as users have quoted them (docs/providers/verda.md)
 * @category conversions
 * @since 0.1.0
 */
export const meaningOf = (message: string): ProviderError.Reason | undefined =>
  meanings.find(([words]) => words.test(message))?.[1](message)

/**
 * How a call to Verda fails.
 *
 * @category errors
 * @since 0.1.0
 */
export const failures: CloudFailure.Failures = CloudFailure.make({
  provider: "verda",
  meaningOf: ({ message, status }) => (plain.has(status) ? undefined : meaningOf(message))
})

/** Whether something is not there, or not any more, in the API's own words. @category predicates @since 0.1.0 */
export const isGone = (cause: CloudFailure.Cause): boolean =>
  CloudFailure.isMissing(cause) ||
  (cause._tag === "Refused" && /invalid instance id|discontinue a discontinued/i.test(cause.message))

/** Whether an instance cannot be ended because it is still being made. @category predicates @since 0.1.0 */
export const isProvisioning = (cause: CloudFailure.Cause): boolean =>
  cause._tag === "Refused" && cause.status === 403 && /provisioning/i.test(cause.message)
