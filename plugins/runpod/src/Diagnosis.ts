/**
 * What may keep RunPod from being used.
 *
 * @since 0.1.0
 */
import { type CloudApi, muchSkew } from "@runctl/core/CloudApi"
import type { Cause } from "@runctl/core/CloudFailure"
import type { Diagnosis } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { failures } from "./Failures.ts"
import type { Cloud } from "./Looking.ts"
import { networkVolume } from "./Renting.ts"

const ok = (name: string, message: string): Diagnosis => ({ name, status: "ok", message, advice: undefined })
const warn = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "warn", message, advice })
const broken = (name: string, message: string, advice: string): Diagnosis => ({ name, status: "fail", message, advice })

const read = (client: CloudApi, path: string, query: Readonly<Record<string, string>>) =>
  Effect.result(client.call({ method: "GET", path, query }))

const keyOf = (answers: ReadonlyArray<Result.Result<unknown, Cause>>): Diagnosis => {
  const [failed] = answers.flatMap((answer) => (Result.isFailure(answer) ? [failures.repeatable(answer.failure)] : []))
  if (failed === undefined) return ok("key", "it may read pods and prices; whether it may rent only a create shows")
  return failed._tag === "Forbidden"
    ? broken("key", failed.message, "Give the key read and write access to pods in RunPod's console.")
    : broken("key", failed.message, "Look at the key in RunPod's console, and at RunPod's status page.")
}

const clockOf = (skew: number | undefined): ReadonlyArray<Diagnosis> => {
  if (skew === undefined) return []
  const seconds = Math.round(Math.abs(skew) / 1000)
  return [
    Math.abs(skew) < muchSkew
      ? ok("clock", "this computer's clock agrees with RunPod's")
      : warn(
          "clock",
          `this computer's clock is ${seconds} s ${skew > 0 ? "behind" : "ahead of"} RunPod's`,
          "Let it be set by NTP: deadlines go by it."
        )
  ]
}

const volumeOf = (cloud: Cloud): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  networkVolume(cloud, "current").pipe(
    Effect.map((volume) =>
      volume === undefined ? [] : [ok("network volume", `${volume.name ?? volume.id} in ${volume.dataCenter ?? "?"}`)]
    ),
    Effect.catch((cause) =>
      Effect.succeed([broken("network volume", failures.repeatable(cause).message, "Name one that is there.")])
    )
  )

/**
 * Looks at the key, the configured network volume and the clock. Nothing is changed.
 *
 * @category queries
 * @since 0.1.0
 */
export const diagnose = (cloud: Cloud): Effect.Effect<ReadonlyArray<Diagnosis>> =>
  Effect.gen(function* () {
    const { client } = cloud
    const answers = yield* Effect.all(
      [
        read(client, "/v2/pods", { limit: "1" }),
        read(client, "/v2/catalog/gpus", { include: "AVAILABILITY", product: "POD", count: "1", cloud: "SECURE" })
      ],
      { concurrency: 2 }
    )
    return [keyOf(answers), ...(yield* volumeOf(cloud)), ...clockOf(yield* client.skew)]
  })
