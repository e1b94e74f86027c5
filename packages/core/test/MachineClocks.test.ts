import { assert, describe, it } from "@effect/vitest"
import { type ClockStatus, endsWithin } from "@runctl/core/MachineClocks"

const status: ClockStatus = {
  armed: true,
  deadline: 1_800_000_000,
  left: 3600,
  grace: 90,
  hold: null,
  holdLeft: null,
  orphanLeft: null,
  ending: null,
  keeper: true,
  survivesReboot: false,
  by: null
}

describe("the end of a machine that everybody left", () => {
  it("comes at its deadline, after the grace of its jobs", () => {
    assert.strictEqual(endsWithin(status), 3690)
  })

  it("comes later while results may still have to wait, and sooner once they do", () => {
    assert.strictEqual(endsWithin({ ...status, hold: 7200 }), 3690 + 7200)
    assert.strictEqual(endsWithin({ ...status, hold: 7200, holdLeft: 60 }), 60)
    assert.strictEqual(endsWithin({ ...status, hold: 7200, holdLeft: 60, left: 0 }), 60)
  })

  it("does not wait for a first contact longer than it was told to", () => {
    assert.strictEqual(endsWithin({ ...status, orphanLeft: 30 }), 30)
    assert.strictEqual(endsWithin({ ...status, orphanLeft: 9000 }), 3690)
  })

  it("is now once it has begun", () => {
    assert.strictEqual(endsWithin({ ...status, ending: "deadline" }), 0)
  })
})
