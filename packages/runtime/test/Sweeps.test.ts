import { assert, it } from "@effect/vitest"
import { event, type Payload } from "@runctl/runtime/Event"
import type { StoredEvent } from "@runctl/runtime/Journal"
import { streams, toStored } from "@runctl/runtime/Projections"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Sweeps from "@runctl/runtime/Sweeps"
import * as Effect from "effect/Effect"
import { on } from "./fakeRents.ts"

const sweep = (at: number, change: Partial<Payload<"SweepCompleted">>): StoredEvent => ({
  ...toStored(
    event("SweepCompleted", { providers: ["a", "b"], failures: [], machines: 0, ended: 0, by: "command", ...change })
  ),
  v: 1,
  id: String(at),
  at,
  owner: "owner000",
  stream: streams.sweeper,
  seq: at,
  position: at
})

it("a provider was swept last when a command asked it, and it answered", () => {
  const all = [
    sweep(1, {}),
    sweep(2, { providers: ["b"] }),
    sweep(3, { failures: [{ provider: "a", message: "away" }] }),
    sweep(4, { by: "supervisor" })
  ]
  assert.strictEqual(Sweeps.lastOf(all, "a"), 1)
  assert.strictEqual(Sweeps.lastOf(all, "b"), 3)
  assert.isUndefined(Sweeps.lastOf(all, "c"))
})

it.effect("a sweep of a supervisor is recorded as such, and is no layer of its own", () =>
  on({}, () =>
    Effect.gen(function* () {
      const { sweep: sweepNow } = yield* Sweeper
      yield* sweepNow({ by: "supervisor", providers: ["fake"] })
      assert.isUndefined(yield* Sweeps.last("fake"))
      yield* sweepNow({ by: "command", providers: ["fake"] })
      assert.isTrue(Sweeps.isLately(yield* Sweeps.last("fake"), 0))
    })
  )
)

it("three periods without a sweep are too many", () => {
  assert.isTrue(Sweeps.isLately(0, 15 * 60_000))
  assert.isFalse(Sweeps.isLately(0, 15 * 60_000 + 1))
  assert.isFalse(Sweeps.isLately(undefined, 0))
})
