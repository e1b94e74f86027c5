/**
 * What may keep Vast.ai from being used.
 *
 * @since 0.1.0
 */
import { type CloudApi, type CallError, muchSkew } from "@runctl/core/CloudApi"
import { formatUsd } from "@runctl/core/Money"
import type { Diagnosis } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Answers from "./Answers.ts"
import { repeatable } from "./Failures.ts"

const ok = (name: string, message: string): Diagnosis => ({ name, status: "ok", message, advice: undefined })
const warn = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "warn", message, advice })
const broken = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "fail", message, advice })

/** Below this a machine is stopped within the hour. **Units**  US dollars */
const little = 1

const keyOf = (answer: Result.Result<unknown, CallError>): Diagnosis => {
  if (Result.isSuccess(answer)) {
    return ok("key", "it may read instances; whether it may rent only a rent shows (instance_write, misc)")
  }
  const reason = repeatable(answer.failure)
  return reason._tag === "Forbidden"
    ? broken("key", "it lacks instance_read", "Give it instance_read, instance_write and misc.")
    : broken("key", reason.message, "Look at the key, and at Vast.ai's status page.")
}

const accountOf = (answer: Result.Result<Answers.User, CallError>): Diagnosis => {
  if (Result.isFailure(answer)) {
    const reason = repeatable(answer.failure)
    return reason._tag === "Forbidden"
      ? ok("account", "the key may not read it (user_read); its credit is not known")
      : warn("account", reason.message, "Try again in a moment.")
  }
  const { balance, credit } = answer.success
  const money = credit ?? balance
  if (typeof money !== "number") return ok("account", "it does not say how much credit it has")
  const message = `${money < 0 ? "-" : ""}${formatUsd(Math.abs(money))} of credit`
  if (money <= 0) return broken("account", message, "Add credit: without any, Vast.ai stops every instance.")
  return money < little ? warn("account", message, "Add credit before it is used up.") : ok("account", message)
}

const clockOf = (skew: number | undefined): ReadonlyArray<Diagnosis> => {
  if (skew === undefined) return []
  const seconds = Math.round(Math.abs(skew) / 1000)
  return Math.abs(skew) < muchSkew
    ? [ok("clock", "this computer's clock agrees with Vast.ai's")]
    : [
        warn(
          "clock",
          `this computer's clock is ${seconds} s ${skew > 0 ? "behind" : "ahead of"} Vast.ai's`,
          "Let it be set by NTP: deadlines go by it."
        )
      ]
}

/** Looks at the key, the account's credit and the clock. Nothing is changed. @category queries @since 0.1.0 */
export const diagnose = ({ call, skew }: CloudApi): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  Effect.gen(function* () {
    const [instances, account] = yield* Effect.all(
      [
        Effect.result(
          call({ method: "GET", path: "/api/v1/instances/", query: { limit: "1" }, scope: "instance_read" })
        ),
        Effect.result(
          Effect.flatMap(call({ method: "GET", path: "/api/v0/users/current/", scope: "user_read" }), Answers.user)
        )
      ],
      { concurrency: 2 }
    )
    return [keyOf(instances), accountOf(account), ...clockOf(yield* skew)]
  })
