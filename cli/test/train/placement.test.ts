import { assert, it } from "@effect/vitest"
import { GiB, type Offer } from "@runctl/core/Offer"
import { choose, type Found, type Limits } from "@runctl/runtime/Placement"
import * as DateTime from "effect/DateTime"
import { rentOf } from "../../src/train/placement.ts"

it("a GPU is asked for as people write it, with its number", () => {
  const queryOf = (flags: Parameters<typeof rentOf>[0]) => rentOf(flags, "local").query
  assert.deepInclude(queryOf({ gpu: "h100:8" }), { gpu: "h100", gpuCount: 8 })
  assert.deepInclude(queryOf({ gpu: "A100 80GB" }), { gpu: "A100 80GB" })
  assert.deepInclude(queryOf({ gpu: "2x L4", gpus: "2" }), { gpu: "L4", gpuCount: 2 })
  assert.notProperty(queryOf({ gpu: "H100" }), "gpuCount")
  assert.throws(() => queryOf({ gpu: "h100:8", gpus: "4" }), /asks for 8 GPUs, and --gpus for 4/)
  assert.throws(() => queryOf({ gpu: "A100 60GB" }), /there is A100-40GB \(40 GB\) and A100-80GB/)
})

it("where nothing fits, a GPU that nobody knows is named with what was meant", () => {
  const offer: Offer = {
    provider: "p",
    region: "r",
    instanceType: "t",
    gpu: "H100",
    gpuCount: 1,
    vcpus: 1,
    memoryGiB: GiB.make(1),
    source: "a test",
    asOf: DateTime.makeUnsafe(0)
  }
  const found: Found = { offers: [offer], asked: ["p"], unasked: [], failures: [], endActions: new Map() }
  const limits: Limits = { deadlineAt: 1, graceSeconds: 0, holdSeconds: 0, budgets: [] }
  const said = (gpu: string): string => {
    const plan = choose(found, rentOf({ gpu }, "p"), limits, new Map(), 0)
    return "message" in plan ? plan.message : "something fits"
  }
  assert.include(said("H10"), 'nobody rents a GPU called "H10". Did you mean "H100"')
  assert.notInclude(said("L4"), "nobody rents")
  assert.strictEqual(said("nvidia h100"), "something fits")
})
