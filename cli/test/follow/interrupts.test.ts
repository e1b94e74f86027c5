import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { react, type Situation } from "../../src/follow/interrupts.ts"

const before: Situation = { isTerminal: true, hasStarted: false, isLeaving: false, isCancelled: false }
const running: Situation = { ...before, hasStarted: true }

it("Ctrl-C before the job has started cancels", () => {
  assert.strictEqual(react("SIGINT", before), "cancel")
  assert.strictEqual(react("SIGINT", { ...before, isTerminal: false }), "cancel")
})

it("the first Ctrl-C in a terminal detaches, the second cancels, the third leaves the rest to the supervisor", () => {
  assert.strictEqual(react("SIGINT", running), "detach")
  assert.strictEqual(react("SIGINT", { ...running, isLeaving: true }), "cancel")
  assert.strictEqual(react("SIGINT", { ...running, isCancelled: true }), "leave")
})

it("without a terminal SIGINT and SIGTERM cancel", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    assert.strictEqual(react(signal, { ...running, isTerminal: false }), "cancel")
  }
})

const Any = Schema.Struct({
  isTerminal: Schema.Boolean,
  hasStarted: Schema.Boolean,
  isLeaving: Schema.Boolean,
  isCancelled: Schema.Boolean
})

it.prop("SIGHUP always detaches, and a cancelled run is never cancelled again", [Any], ([situation]) => {
  assert.strictEqual(react("SIGHUP", situation), "leave")
  if (situation.isCancelled) assert.strictEqual(react("SIGINT", situation), "leave")
})
