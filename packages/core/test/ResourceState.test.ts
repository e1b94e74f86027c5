import { assert, it } from "@effect/vitest"
import { format, isBillable, normalizeState, ResourceState } from "@runctl/core/ResourceState"
import * as Schema from "effect/Schema"

/** Written down a second time, from what the clouds' own documentation calls their states. */
const words = {
  Starting:
    "starting pending new creating created provisioning ordered booting loading scheduling initializing queued requested restarting rebooting validating installing",
  Running: "running active ready up online started",
  Stopped: "stopped stopping off offline exited suspended paused hibernated inactive",
  Terminating: "terminating shutting-down deleting destroying discontinuing ending",
  Terminated: "terminated deleted destroyed discontinued archive archived gone removed",
  Error: "error errored failed failure unhealthy dead"
}

const isState = Schema.is(ResourceState)

for (const [tag, list] of Object.entries(words)) {
  it(`the clouds' words for ${tag} become it, however they are written`, () => {
    for (const word of list.split(" ")) {
      for (const written of [
        word,
        word.toUpperCase(),
        ` ${word}\n`,
        word.replaceAll("-", "_"),
        word.replaceAll("-", "  ")
      ]) {
        assert.strictEqual(normalizeState(written)._tag, tag, JSON.stringify(written))
      }
    }
  })
}

it.prop(
  "any other word is Unknown, never a crash and never a state somebody could rely on",
  [Schema.String],
  ([word]) => {
    const plain = word
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, "-")
    const known = Object.values(words).flatMap((list) => list.split(" "))
    const state = normalizeState(word)
    assert.isTrue(isState(state))
    if (!known.includes(plain)) assert.strictEqual(state._tag, "Unknown")
  }
)

it("words that every object knows are as unknown as others", () => {
  for (const word of ["constructor", "__proto__", "tostring", ""])
    assert.strictEqual(normalizeState(word)._tag, "Unknown")
})

it("a failure keeps the provider's word", () => {
  assert.strictEqual(format(normalizeState(" Failed ")), "Error(Failed)")
  assert.strictEqual(format(normalizeState("active")), "Running")
})

it.prop("all but Terminated may still cost money", [ResourceState], ([state]) => {
  assert.strictEqual(isBillable(state), state._tag !== "Terminated")
})
