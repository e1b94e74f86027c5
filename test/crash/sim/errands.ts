/**
 * What processes do: rent a machine, ask for a run, or look after what others have left.
 */
import { NanoUsd } from "@runctl/core/Money"
import { RunId } from "@runctl/core/Run"
import { Endings } from "@runctl/runtime/Endings"
import { event, type RunSpec } from "@runctl/runtime/Event"
import { streams } from "@runctl/runtime/Projections"
import * as Recovery from "@runctl/runtime/Recovery"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import * as Supervisor from "@runctl/runtime/Supervisor"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Errand } from "./plan.ts"
import { provider } from "./SimCloud.ts"

export const runId = RunId.make("run-0123456789abcd")

const wish = { _tag: "Rent" as const, provider, query: {}, market: "on-demand" as const }
const budgets = [{ scope: "day/one", capNanoUsd: NanoUsd.make(1e12) }]

const rent = (deadlineAt: number) =>
  Effect.flatMap(Rents, (rents) =>
    rents.rent({
      rent: wish,
      limits: { deadlineAt, graceSeconds: 0, holdSeconds: 0, budgets },
      label: undefined,
      run: undefined
    })
  )

const spec = (deadlineAt: number): RunSpec => ({
  name: "train",
  job: {
    project: "/project",
    script: "train.sh",
    args: ["say", "2", "sleep", "240", "output", "model"],
    environment: {},
    secretNames: [],
    outputDest: "/out"
  },
  placement: wish,
  deadlineAt,
  graceSeconds: 10,
  holdSeconds: 60,
  budgets,
  keep: false,
  envFiles: []
})

/** What the first process does. */
export const begin = (errand: Errand, deadlineAt: number) => {
  switch (errand) {
    case "create":
      return rent(deadlineAt)
    case "create twice":
      return Effect.all([Effect.exit(rent(deadlineAt)), Effect.exit(rent(deadlineAt))], { concurrency: 2 })
    case "create and terminate":
      return Effect.flatMap(rent(deadlineAt), ({ mark }) =>
        Effect.delay(
          Effect.flatMap(Endings, (endings) => endings.end(mark.key, "us")),
          "3 seconds"
        )
      )
    case "train":
      return Effect.flatMap(Records, (records) =>
        records.append(streams.run(runId), [event("RunRequested", { spec: spec(deadlineAt) })], {
          expectedSeq: 0,
          run: runId
        })
      )
  }
}

const goOn = Effect.gen(function* () {
  const { pending } = yield* Recovery.look()
  yield* Effect.forEach(pending, (each) => Effect.exit(Recovery.goOn(each)), { concurrency: 8 })
})

/** What `runctl sweep` does, and does again every five minutes. */
const sweeping = Effect.gen(function* () {
  const sweeper = yield* Sweeper
  while (true) {
    yield* goOn
    yield* Effect.exit(sweeper.sweep({ by: "command" }))
    yield* goOn
    yield* Effect.sleep("5 minutes")
  }
})

/** A supervisor, and another one some time after that has left: as often as somebody comes by. */
const supervising = Effect.gen(function* () {
  while (true) {
    yield* Effect.exit(Supervisor.run({ idle: Duration.minutes(6), version: "simulated" }))
    yield* Effect.sleep("1 minute")
  }
})

/** What those do who come after. */
export const goOnWith = (errand: Errand) => (errand === "train" ? supervising : sweeping)
