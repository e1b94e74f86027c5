import { assert, it } from "@effect/vitest"
import { ShellError, Unreachable } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import { exitOfAll, onEach } from "../../src/batch/each.ts"
import type { Named } from "../../src/machine/own.ts"

const machine = (name: string): Named => ({
  name,
  view: { id: `cloud/here/${name}`, resource: undefined, record: undefined, ours: true, live: false, standing: "ours" }
})

const unreachable = new ShellError({ operation: "open", reason: new Unreachable({ message: "no route" }) })

it.live("one that fails, or breaks, never hides the others", () =>
  Effect.gen(function* () {
    const all = yield* onEach(
      ["good", "bad", "away", "broken"].map(machine),
      2,
      (code: number) => code === 0,
      ({ name }) =>
        name === "away"
          ? Effect.fail(unreachable)
          : name === "broken"
            ? Effect.die(new Error("a bug"))
            : Effect.succeed(name === "good" ? 0 : 3)
    )
    assert.deepStrictEqual(
      all.map(({ answer, result }) => [result.name, result.outcome, answer, result.error?.code]),
      [
        ["good", "done", 0, undefined],
        ["bad", "failed", 3, undefined],
        ["away", "error", undefined, "RUNCTL_E_MACHINE_UNREACHABLE"],
        ["broken", "error", undefined, "RUNCTL_E_BUG"]
      ]
    )
  })
)

it.live("never more at once than asked for", () =>
  Effect.gen(function* () {
    let now = 0
    let most = 0
    const act = () =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          most = Math.max(most, ++now)
        }),
        () => Effect.sleep("5 millis"),
        () => Effect.sync(() => now--)
      )
    yield* onEach(
      Array.from({ length: 20 }, (_, index) => machine(`m${index}`)),
      3,
      () => true,
      act
    )
    assert.strictEqual(most, 3)
  })
)

it("the process ends with the worst that happened", () => {
  const exit = (...outcomes: ReadonlyArray<"done" | "failed" | "error" | "interrupted">): number =>
    exitOfAll(outcomes.map((outcome) => ({ outcome })))
  assert.strictEqual(exit("done", "done"), 0)
  assert.strictEqual(exit("done", "failed"), 7)
  assert.strictEqual(exit("failed", "error", "done"), 6)
  assert.strictEqual(exit("failed", "error", "interrupted"), 130)
})
