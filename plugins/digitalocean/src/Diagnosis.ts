/**
 * What may keep DigitalOcean from being used.
 *
 * @since 0.1.0
 */
import { type CallError, type CloudApi as Client, muchSkew } from "@runctl/core/CloudApi"
import type { Diagnosis } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Answers from "./Answers.ts"
import { failures } from "./Failures.ts"
import * as Reply from "./internal/reply.ts"

type Finding = Diagnosis | undefined

const ok = (name: string, message: string): Diagnosis => ({ name, status: "ok", message, advice: undefined })
const warn = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "warn", message, advice })
const broken = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "fail", message, advice })

/** What runctl reads, each with the scope it takes. */
const reads: ReadonlyArray<{ readonly scope: string; readonly path: string; readonly query?: Record<string, string> }> =
  [
    { scope: "droplet:read", path: "/v2/droplets", query: { per_page: "1", type: "droplets" } },
    { scope: "sizes:read", path: "/v2/sizes", query: { per_page: "1" } },
    { scope: "regions:read", path: "/v2/regions", query: { per_page: "1" } },
    { scope: "ssh_key:read", path: "/v2/account/keys", query: { per_page: "1" } },
    { scope: "actions:read", path: "/v2/actions", query: { per_page: "1" } }
  ]

const writes = "droplet:create, droplet:update, droplet:delete, ssh_key:create, ssh_key:delete, tag:create"

const asked = (client: Client, { path, query, scope }: (typeof reads)[number]) =>
  Effect.result(client.call({ method: "GET", path, scope, ...(query === undefined ? {} : { query }) }))

const isForbidden = (error: CallError): boolean => error._tag === "Refused" && error.status === 403

const scopesOf = (answers: ReadonlyArray<readonly [string, Result.Result<unknown, CallError>]>): Diagnosis => {
  const lacking = answers.flatMap(([scope, answer]) =>
    Result.isFailure(answer) && isForbidden(answer.failure) ? [scope] : []
  )
  const other = answers.flatMap(([, answer]) =>
    Result.isFailure(answer) && !isForbidden(answer.failure) ? [failures.repeatable(answer.failure)] : []
  )[0]
  if (other !== undefined)
    return broken("token", other.message, "Look at the token, and at DigitalOcean's status page.")
  return lacking.length > 0
    ? broken("token", `it lacks ${lacking.join(", ")}`, `Give it these scopes, and ${writes}.`)
    : ok("token", `it may read all that is needed; whether it may change things only a change shows (${writes})`)
}

const limitOf = (limit: number | null | undefined, droplets: number | undefined): Finding => {
  if (typeof limit !== "number" || droplets === undefined) return undefined
  const message = `${droplets} of ${limit} droplets are used`
  return droplets >= limit
    ? warn("droplet limit", message, "End some, or ask DigitalOcean for more.")
    : ok("droplet limit", message)
}

const statusOf = ({ status, status_message: said }: typeof Answers.Account.Type): Diagnosis => {
  const why = (said ?? "").trim()
  const message = `${status ?? "unknown"}${why === "" ? "" : `: ${why}`}`
  switch (status) {
    case "active":
      return ok("account", message)
    case "locked":
      return broken("account", message, "Write to DigitalOcean's support: a locked account rents nothing.")
    default:
      return warn("account", message, "Look at the account in DigitalOcean's console.")
  }
}

const accountOf = (
  answer: Result.Result<typeof Answers.Account.Type, CallError>,
  droplets: number | undefined
): ReadonlyArray<Finding> => {
  if (Result.isSuccess(answer)) return [statusOf(answer.success), limitOf(answer.success.droplet_limit, droplets)]
  return [
    isForbidden(answer.failure)
      ? ok("account", "the token may not read it (scope account:read); its state and limit are not known")
      : warn("account", failures.repeatable(answer.failure).message, "Try again in a moment.")
  ]
}

const balanceOf = (answer: Result.Result<unknown, CallError>): Finding => {
  if (Result.isFailure(answer)) return undefined
  const decoded = Schema.decodeUnknownResult(Answers.Balance)(answer.success)
  const usage = Result.isSuccess(decoded) ? decoded.success.month_to_date_usage : undefined
  return typeof usage === "string" ? ok("balance", `$${usage} used this month, as DigitalOcean counts`) : undefined
}

const clockOf = (skew: number | undefined): Finding => {
  if (skew === undefined) return undefined
  const seconds = Math.round(Math.abs(skew) / 1000)
  return Math.abs(skew) < muchSkew
    ? ok("clock", "this computer's clock agrees with DigitalOcean's")
    : warn(
        "clock",
        `this computer's clock is ${seconds} s ${skew > 0 ? "behind" : "ahead of"} DigitalOcean's`,
        "Let it be set by NTP: deadlines go by it."
      )
}

/**
 * Looks at the account, the token, the limit, the balance and the clock. Nothing is changed.
 *
 * @category queries
 * @since 0.1.0
 */
export const diagnose = (client: Client): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  Effect.gen(function* () {
    const [answers, account, balance] = yield* Effect.all(
      [
        Effect.forEach(reads, (read) => Effect.map(asked(client, read), (answer) => [read.scope, answer] as const), {
          concurrency: 5
        }),
        Effect.result(
          Effect.flatMap(client.call({ method: "GET", path: "/v2/account", scope: "account:read" }), Answers.account)
        ),
        asked(client, { path: "/v2/customers/my/balance", scope: "billing:read" })
      ],
      { concurrency: 3 }
    )
    const droplets = answers[0]?.[1]
    const used = droplets !== undefined && Result.isSuccess(droplets) ? Reply.totalIn(droplets.success) : undefined
    const findings = [scopesOf(answers), ...accountOf(account, used), balanceOf(balance), clockOf(yield* client.skew)]
    return findings.filter((finding) => finding !== undefined)
  })
