import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { defaults } from "@runctl/core/Defaults"
import * as Money from "@runctl/core/Money"
import type { Placement, RunSpec } from "@runctl/runtime/Event"
import type { FollowEvent } from "@runctl/runtime/FollowEvent"
import { Runs } from "@runctl/runtime/Runs"
import { nothing } from "@runctl/runtime/Secrets"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { resolve } from "node:path"
import { layer } from "./services.ts"

const [project = "examples/digits", script = "train.mjs", ...args] = process.argv.slice(2)

const placement: Placement = { _tag: "Rent", provider: "any", query: {}, market: "on-demand" }

/** One line for each thing worth telling. */
const words = (seen: FollowEvent): string | undefined => {
  if (seen._tag === "Metric") return `${seen.metric.metric} ${seen.metric.value}`
  if (seen._tag === "Event") return seen.event.type
  return undefined
}

const program = Effect.gen(function* () {
  const runs = yield* Runs
  const limits = {
    deadlineAt: (yield* Clock.currentTimeMillis) + Duration.toMillis("1 hour"),
    graceSeconds: Duration.toSeconds(defaults.stopGrace),
    holdSeconds: Duration.toSeconds(defaults.hold),
    budgets: [{ scope: "project/nightly", capNanoUsd: Money.fromUsd(5) }]
  }

  const plan = yield* runs.plan(placement, limits)
  const { offer, usdPerHour = 0 } = plan?.chosen ?? (yield* Effect.die("a placement that rents has a plan"))
  yield* Console.log(`${offer.provider}/${offer.region}/${offer.instanceType} at ${Money.formatUsd(usdPerHour)}/h`)

  const spec: RunSpec = {
    ...limits,
    name: "nightly",
    placement,
    job: {
      project: resolve(project),
      script,
      args,
      environment: {},
      secretNames: [],
      outputDest: resolve("runctl-outputs/nightly")
    },
    keep: false,
    envFiles: []
  }
  const run = yield* runs.request(spec, nothing)
  yield* runs.follow(run.id, { follow: true }).pipe(
    Stream.map(words),
    Stream.filter((line) => line !== undefined),
    Stream.runForEach((line) => Console.log(line))
  )

  const { chargedNanoUsd = Money.zero, outputs, problem, state } = yield* runs.get(run.id)
  if (problem !== undefined) return yield* Effect.fail(problem)
  yield* Console.log(`${state}: ${outputs.files ?? 0} files, ${Money.format(chargedNanoUsd)}`)
})

program.pipe(Effect.provide(layer), NodeRuntime.runMain)
