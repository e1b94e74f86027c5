/**
 * What may keep Verda from being used.
 *
 * @since 0.1.0
 */
import { type CallError, muchSkew } from "@runctl/core/CloudApi"
import { type Cause } from "@runctl/core/CloudFailure"
import type { Companion, Diagnosis } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Answers from "./Answers.ts"
import type { Cloud } from "./Cloud.ts"
import { failures } from "./Failures.ts"
import * as Looking from "./Looking.ts"

type Finding = Diagnosis | undefined

const ok = (name: string, message: string): Diagnosis => ({ name, status: "ok", message, advice: undefined })
const warn = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "warn", message, advice })
const broken = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "fail", message, advice })

/**
 * How many start-up scripts a project may have.
 *
 * @source https://docs.verda.com (a project's limit of scripts; read 2026-11-20)
 */
const mostScripts = 100

const tokenOf = (answer: Result.Result<unknown, Cause>): Diagnosis =>
  Result.isSuccess(answer)
    ? ok("token", "the credentials are given tokens, and may read instances")
    : broken(
        "token",
        failures.repeatable(answer.failure).message,
        "Make API credentials in Verda's console, and look at its status page."
      )

const balanceOf = (answer: Result.Result<typeof Answers.Balance.Type, CallError>): Finding => {
  if (Result.isFailure(answer)) return undefined
  const { amount, currency } = answer.success
  const message = `${amount.toFixed(2)} ${(currency ?? "usd").toUpperCase()} are left`
  return amount > 0
    ? ok("balance", message)
    : broken("balance", message, "Everything is paid in advance: add credit in Verda's console.")
}

const besideOf = (answer: Result.Result<ReadonlyArray<Companion>, Cause>): ReadonlyArray<Finding> => {
  if (Result.isFailure(answer)) return []
  const scripts = answer.success.filter(({ kind }) => kind === "script").length
  return [
    scripts < mostScripts / 2
      ? undefined
      : warn(
          "scripts",
          `${scripts} start-up scripts of runctl's are stored, of some ${mostScripts} that a project may have`,
          "Run `runctl resources cleanup`: those whose machines are gone are of no use."
        )
  ]
}

const clockOf = (skew: number | undefined): Finding => {
  if (skew === undefined) return undefined
  return Math.abs(skew) < muchSkew
    ? ok("clock", "this computer's clock agrees with Verda's")
    : warn(
        "clock",
        `this computer's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? "behind" : "ahead of"} Verda's`,
        "Let it be set by NTP: deadlines go by it."
      )
}

/**
 * Looks at the credentials, the balance, what is beside machines, and the clock. Nothing is changed.
 *
 * @category queries
 * @since 0.1.0
 */
export const diagnose = ({ beside, client }: Cloud): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  Effect.gen(function* () {
    const instances = yield* Effect.result(Looking.all(client))
    // Whoever is not let in is told so once.
    if (Result.isFailure(instances)) return [tokenOf(instances)]
    const [balance, besides] = yield* Effect.all(
      [
        Effect.result(
          Effect.flatMap(
            client.call({ method: "GET", path: "/v1/balance" }),
            Answers.exactly(Answers.Balance, "a balance")
          )
        ),
        Effect.result(beside.companions)
      ],
      { concurrency: 2 }
    )
    const findings = [tokenOf(instances), balanceOf(balance), ...besideOf(besides), clockOf(yield* client.skew)]
    return findings.filter((finding) => finding !== undefined)
  })
