import { assert, it } from "@effect/vitest"
import { withRules } from "@runctl/core/BillingRules"
import { breakdown, components, effectiveCost, type Job } from "@runctl/core/EffectiveCost"
import type { Shape } from "@runctl/core/Shape"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

const runs = { arbitrary: { runs: 500 } }
const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const markets = ["on-demand", "spot"] as const

const Case = Schema.Struct({
  provider: Schema.Literals([...withRules, "somebody"]),
  market: Schema.Literals(markets),
  price: between(0, 200),
  hours: between(0, 5000),
  checkpointEveryHours: Schema.optionalKey(between(0.01, 100)),
  interruptionsPerHour: Schema.optionalKey(between(0, 2)),
  setupHours: Schema.optionalKey(between(0, 2)),
  outputGiB: Schema.optionalKey(between(0, 1000)),
  diskGiB: Schema.optionalKey(between(0, 5000)),
  stoppedHours: Schema.optionalKey(between(0, 1000)),
  billingIncrementSeconds: Schema.optionalKey(between(0, 7200))
})
type Case = typeof Case.Type
const cases = Arbitrary.schema(Case)

const shape = ({
  billingIncrementSeconds,
  price,
  provider
}: Pick<Case, "provider" | "price" | "billingIncrementSeconds">) =>
  ({
    provider,
    region: "somewhere",
    instanceType: "some",
    gpu: "H100",
    gpuCount: 1,
    vcpus: 8,
    memoryGiB: 64,
    onDemandUsdPerHour: price,
    spotUsdPerHour: price,
    ...(billingIncrementSeconds === undefined ? {} : { billingIncrementSeconds })
  }) satisfies Shape

const costOf = (given: Case, changes: Partial<Job> = {}) => {
  const { billingIncrementSeconds: _, market, price: __, provider: ___, ...job } = given
  const cost = effectiveCost(shape(given), market, { ...job, ...changes })
  if (cost === undefined) throw new Error("no cost")
  return cost
}

it.prop(
  "the total is the sum of its parts, whole, never negative or NaN, and within its range",
  [cases],
  ([given]) => {
    const cost = costOf(given)
    let sum = 0
    for (const each of components) {
      assert.isTrue(Number.isInteger(cost.parts[each]) && cost.parts[each] >= 0, `${each}: ${cost.parts[each]}`)
      sum += cost.parts[each]
    }
    assert.strictEqual(cost.totalNanoUsd, sum)
    assert.isAtMost(cost.lowNanoUsd, cost.totalNanoUsd)
    assert.isAtLeast(cost.highNanoUsd, cost.totalNanoUsd)
    assert.isAtLeast(cost.hours, given.hours)
    assert.isAtLeast(cost.interruptions, 0)
    assert.isTrue(Number.isFinite(cost.highNanoUsd))
    if (given.market === "on-demand") assert.strictEqual(cost.parts.interruptions + cost.interruptions, 0)
  },
  runs
)

it.prop(
  "what costs nothing per hour costs nothing to wait for",
  [cases],
  ([given]) => {
    const { parts } = costOf({ ...given, price: 0 })
    assert.strictEqual(parts.compute + parts.setup + parts.interruptions + parts.billing, 0)
  },
  runs
)

it.prop(
  "more hours, more hazard, rarer checkpoints, more disk, more output and a higher price never cost less",
  [cases, between(1, 10).pipe(Arbitrary.schema)],
  ([given, factor]) => {
    const { diskGiB = 100, interruptionsPerHour = 0.01, outputGiB = 1, stoppedHours = 1 } = given
    const base = { ...given, diskGiB, interruptionsPerHour, outputGiB, stoppedHours }
    const { totalNanoUsd } = costOf(base)
    const grown: ReadonlyArray<readonly [string, Partial<Case>]> = [
      ["hours", { hours: given.hours * factor }],
      ["hours doubled", { hours: given.hours * 2 }],
      ["hazard", { interruptionsPerHour: interruptionsPerHour * factor }],
      ["disk", { diskGiB: diskGiB * factor }],
      ["output", { outputGiB: outputGiB * factor }],
      ["stopped", { stoppedHours: stoppedHours * factor }],
      ["price", { price: given.price * factor }]
    ]
    for (const [name, changes] of grown) {
      assert.isAtLeast(costOf({ ...base, ...changes }).totalNanoUsd, totalNanoUsd, name)
    }
    const { checkpointEveryHours: _, ...without } = base
    assert.isAtLeast(costOf(without).totalNanoUsd, totalNanoUsd, "no checkpoints")
  },
  runs
)

it("a spot machine without checkpoints costs more the longer the job, beyond all bounds", () => {
  const offer = { ...shape({ provider: "aws", price: 4 }), spotUsdPerHour: 1 }
  const at = (hours: number, job: Job) => {
    const spot = effectiveCost(offer, "spot", { hours, interruptionsPerHour: 0.05, ...job })?.totalNanoUsd ?? 0
    return spot / (effectiveCost(offer, "on-demand", { hours })?.totalNanoUsd ?? 0)
  }
  assert.isBelow(at(5, {}), 0.5)
  assert.isAbove(at(100, {}), 1)
  assert.isBelow(at(100, { checkpointEveryHours: 0.5 }), 0.3)
  const never = effectiveCost(offer, "spot", { hours: 100_000, interruptionsPerHour: 1 })
  assert.isTrue(Number.isFinite(never?.highNanoUsd))
  assert.isAbove(never?.totalNanoUsd ?? 0, 1e17)
})

it("the expected time of an interrupted job is Daly's", () => {
  // M = 10 h between interruptions, 4 segments of 2 h, 0.5 h to set up: 4 · 10 · e^0.05 · (e^0.2 − 1).
  const job: Job = { hours: 8, checkpointEveryHours: 2, setupHours: 0.5, interruptionsPerHour: 0.1 }
  const cost = effectiveCost(shape({ provider: "ssh", price: 1 }), "spot", job)
  assert.closeTo(cost?.hours ?? 0, 0.5 + 40 * 1.051271096 * 0.221402758, 1e-6)
})

it("each machine that follows an interrupted one begins a billing step of its own", () => {
  // 10 · 10 · (e^0.1 − 1) h are 64 steps of ten minutes, and 1.05 interruptions begin half a step more each.
  const job: Job = { hours: 10, checkpointEveryHours: 1, setupHours: 0, interruptionsPerHour: 0.1 }
  const cost = effectiveCost(shape({ provider: "verda", price: 6 }), "spot", job)
  const busy = 100 * 0.1051709181
  assert.closeTo((cost?.parts.billing ?? 0) / 1e9, 6 * (64 / 6 - busy + (busy * 0.1) / 12), 1e-6)
})

it("what is unknown widens the range, and what is told narrows it", () => {
  const offer = shape({ provider: "somebody", price: 2 })
  const width = (job: Job): number => {
    const { highNanoUsd = 0, lowNanoUsd = 0 } = effectiveCost(offer, "spot", { hours: 10, ...job }) ?? {}
    return highNanoUsd - lowNanoUsd
  }
  const everything: Job = {
    setupHours: 0.1,
    outputGiB: 1,
    interruptionsPerHour: 0.01,
    diskUsdPerGiBHour: 0.0001,
    egressUsdPerGiB: 0.1
  }
  const names = ["setupHours", "outputGiB", "interruptionsPerHour", "diskUsdPerGiBHour"] as const
  for (const name of names) assert.isBelow(width({ [name]: everything[name] }), width({}), name)
  // Only the provider's step is left open: one machine's at most, and half of one for each that may follow.
  const known = effectiveCost({ ...offer, billingIncrementSeconds: 1 }, "spot", { hours: 10, ...everything })
  assert.strictEqual(known?.lowNanoUsd, known?.highNanoUsd)
})

it("without a price, or without the speed of its GPU, nothing is said", () => {
  const { onDemandUsdPerHour: _, ...unpriced } = shape({ provider: "aws", price: 1 })
  assert.isUndefined(effectiveCost(unpriced, "on-demand", { hours: 1 }))
  const offer = shape({ provider: "aws", price: 1 })
  assert.isUndefined(effectiveCost(offer, "on-demand", { work: { gpuHours: 10, speeds: { L4: 1 } } }))
  assert.isUndefined(breakdown(offer, "on-demand", { work: { gpuHours: 10, speeds: { L4: 1 } } }))
})

it("work is done sooner by faster and by more GPUs", () => {
  const work = { gpuHours: 12, speeds: { H100: 3 } }
  const job: Job = { work, setupHours: 0 }
  const one = effectiveCost(shape({ provider: "runpod", price: 1 }), "on-demand", job)
  assert.strictEqual(one?.hours, 4)
  const two = effectiveCost({ ...shape({ provider: "runpod", price: 2 }), gpuCount: 2 }, "on-demand", job)
  assert.strictEqual(two?.hours, 2)
  assert.strictEqual(two?.parts.compute, one?.parts.compute)
})
