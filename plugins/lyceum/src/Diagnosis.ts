/**
 * What may keep Lyceum from being used.
 *
 * @since 0.1.0
 */
import { muchSkew } from "@runctl/core/CloudApi"
import { formatUsd } from "@runctl/core/Money"
import type { Diagnosis } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { User } from "./Answers.ts"
import { failures } from "./Api.ts"
import type * as Catalogue from "./Catalogue.ts"
import { type Cloud, user } from "./Looking.ts"

type Finding = Diagnosis | undefined

const ok = (name: string, message: string): Diagnosis => ({ name, status: "ok", message, advice: undefined })
const warn = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "warn", message, advice })
const broken = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "fail", message, advice })

const keyOf = ({ email, is_active: isActive, org_id: organization }: User): Diagnosis => {
  const whose = `it is ${email ?? "somebody"}'s, of the organization ${organization ?? "unknown"}`
  return isActive === false
    ? broken("key", `${whose}; the account is not active`, "Look at it at dashboard.lyceum.technology.")
    : ok("key", whose)
}

/** At no credits a machine may be ended without a word; so long a warning comes before. **Units**  hours */
const short = 24

const creditsOf = ({ credit_balance: credits }: User, cheapest: number | undefined): Finding => {
  if (typeof credits !== "number") return undefined
  const buy = "Buy credits at dashboard.lyceum.technology: what happens to machines at none is not known."
  if (credits <= 0) return broken("credits", `none are left (${formatUsd(credits)})`, buy)
  const hours = cheapest === undefined || cheapest <= 0 ? undefined : credits / cheapest
  const message = `${formatUsd(credits)} are left${hours === undefined ? "" : `, ${Math.floor(hours)} h of the cheapest machine`}`
  return hours !== undefined && hours < short ? warn("credits", message, buy) : ok("credits", message)
}

const clockOf = (skew: number | undefined): Finding => {
  if (skew === undefined) return undefined
  const seconds = Math.round(Math.abs(skew) / 1000)
  return Math.abs(skew) < muchSkew
    ? ok("clock", "this computer's clock agrees with Lyceum's")
    : warn(
        "clock",
        `this computer's clock is ${seconds} s ${skew > 0 ? "behind" : "ahead of"} Lyceum's`,
        "Let it be set by NTP: deadlines go by it."
      )
}

const cheapestOf = ({ usdPerHour }: Catalogue.Catalogue): number | undefined =>
  [...usdPerHour.values()].toSorted((left, right) => left - right)[0]

/**
 * Looks at the key, the organization, the credits and the clock. Nothing is changed.
 *
 * @category queries
 * @since 0.1.0
 */
export const diagnose = (cloud: Cloud): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  Effect.gen(function* () {
    const [whose, catalogue] = yield* Effect.all([Effect.result(user(cloud)), Effect.result(cloud.catalogue)], {
      concurrency: 2
    })
    const findings: ReadonlyArray<Finding> = Result.isFailure(whose)
      ? [
          broken(
            "key",
            failures.repeatable(whose.failure).message,
            "Make a key at dashboard.lyceum.technology/api-keys, or begin a session with `lyceum auth login`."
          )
        ]
      : [
          keyOf(whose.success),
          creditsOf(whose.success, Result.isSuccess(catalogue) ? cheapestOf(catalogue.success) : undefined)
        ]
    return [...findings, clockOf(yield* cloud.api.skew)].filter((finding) => finding !== undefined)
  })
