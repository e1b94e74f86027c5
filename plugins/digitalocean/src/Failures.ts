/**
 * What DigitalOcean's refusals mean.
 *
 * @since 0.1.0
 */
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as ProviderError from "@runctl/core/ProviderError"

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

/** The statuses that mean what they say, whatever the words. */
const plain: ReadonlySet<number> = new Set([401, 402, 403, 404, 409, 429])

/**
 * How a call to DigitalOcean fails.
 *
 * @category errors
 * @since 0.1.0
 */
export const failures: CloudFailure.Failures = CloudFailure.make({
  provider: "digitalocean",
  meaningOf: ({ message, status }) => (plain.has(status) ? undefined : meaningOf(message))
})
