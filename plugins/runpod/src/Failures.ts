/**
 * What RunPod's refusals mean.
 *
 * @since 0.1.0
 */
import type { Said } from "@runctl/core/CloudApi"
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The API's own words of a refusal (RFC 9457): the detail, and each thing that is wrong with a request. Nothing when a
 * body is none of its errors.
 *
 * @category parsing
 * @since 0.1.0
 */
export const errorOf = (body: unknown): Said | undefined => {
  if (!isRecord(body)) return undefined
  const { detail, errors, status, title } = body
  if (typeof title !== "string" || typeof status !== "number") return undefined
  const all = [typeof detail === "string" ? detail : title, ...(Array.isArray(errors) ? errors : [])]
  return { message: all.filter((each) => typeof each === "string" && each !== "").join("; ") || title }
}

/** There is no code that tells them apart: a 400 is a wrong request, or there is none left; the first that fits counts. */
const meanings: ReadonlyArray<readonly [RegExp, (message: string) => ProviderError.Reason]> = [
  [
    /no longer any instances|no instances (are )?(currently )?available|not enough free gpus|no .*(gpus?|machines?|hosts?) (are |is )?(currently )?(free|available)|out of (stock|capacity)|capacity|could not find (a|any) .*(machine|host)/i,
    (message) => new ProviderError.OutOfCapacity({ message })
  ],
  [
    /balance|insufficient funds|not enough (credits?|funds|money)|add (funds|credits?)/i,
    (message) => new ProviderError.InsufficientFunds({ message })
  ],
  [
    /spend(ing)? limit|quota|(maximum|max) (number|amount) of (pods|gpus)|limit (has been )?(reached|exceeded)/i,
    (message) => new ProviderError.QuotaExceeded({ message })
  ]
]

/**
 * What a refused request's words mean.
 *
 * @source messages of the public API, as users have quoted them (docs/providers/runpod.md)
 * @category conversions
 * @since 0.1.0
 */
export const meaningOf = (message: string): ProviderError.Reason =>
  meanings.find(([words]) => words.test(message))?.[1](message) ?? new ProviderError.Rejected({ message })

/** The statuses whose words have to be read. */
const wordy: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * How a call to RunPod fails.
 *
 * @category errors
 * @since 0.1.0
 */
export const failures: CloudFailure.Failures = CloudFailure.make({
  provider: "runpod",
  meaningOf: ({ message, status }) => (wordy.has(status) ? meaningOf(message) : undefined)
})
