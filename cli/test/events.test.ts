import { assert, it } from "@effect/vitest"
import { payloads } from "@runctl/runtime/Event"
import type { StoredEvent } from "@runctl/runtime/Journal"
import { belongingTo, closes } from "../src/events/belonging.ts"
import { momentOf } from "../src/events/since.ts"
import { wordsFor } from "../src/events/words.ts"
import { renderEvent } from "../src/render/events.ts"
import { plain } from "../src/render/style.ts"

const stored = (type: string, stream: string, payload: unknown): StoredEvent => ({
  v: 1,
  id: "e",
  at: new Date(2026, 10, 21, 9, 5, 7).getTime(),
  owner: "00000000",
  position: 1,
  seq: 1,
  type,
  stream,
  payload
})

it("a moment is a time ago, or a date here", () => {
  const now = new Date(2026, 10, 21, 12).getTime()
  assert.strictEqual(momentOf("--since", "2h", now), now - 7_200_000)
  assert.strictEqual(momentOf("--since", "2026-11-21", now), new Date(2026, 10, 21).getTime())
  assert.strictEqual(momentOf("--since", "2026-11-21T09:30:00Z", now), Date.UTC(2026, 10, 21, 9, 30))
  for (const wrong of ["yesterday", "3", "", "2026-13-45"])
    assert.throws(() => momentOf("--since", wrong, now), /--since/)
})

it("a run's events are its own and those of machines rented for it", () => {
  const belongs = belongingTo("run-a")
  assert.isTrue(belongs(stored("RunStarted", "run/run-a", {})))
  assert.isFalse(belongs(stored("RunStarted", "run/run-b", {})))
  assert.isFalse(belongs(stored("InstanceProvisioned", "resource/k", {})))
  assert.isFalse(belongs(stored("InstanceRequested", "resource/other", { run: "run-b" })))
  assert.isTrue(belongs(stored("InstanceRequested", "resource/k", { run: "run-a" })))
  assert.isTrue(belongs(stored("InstanceProvisioned", "resource/k", {})))
  assert.isFalse(belongs(stored("InstanceProvisioned", "resource/other", {})))
  assert.isTrue(closes("run-a", stored("RunClosed", "run/run-a", {})))
  assert.isFalse(closes("run-a", stored("RunClosed", "run/run-b", {})))
})

it("an event is one line that a terminal can bear, whatever it holds", () => {
  const nasty = "evil\u001b]0;owned\u0007\nsecond"
  const line = renderEvent(stored("BudgetExceeded", "run/run-a", { scope: "day", message: nasty }), plain)
  assert.match(line, /^2026-11-21 09:05:07 {2}run\/run-a +BudgetExceeded +evil/)
  assert.notMatch(line, /[\u0000-\u001f]/)
})

it("events of other versions still have a line", () => {
  assert.match(renderEvent(stored("PoolGrew", "pool/x", { by: 1 }), plain), /PoolGrew/)
  for (const type of Object.keys(payloads))
    assert.strictEqual(typeof wordsFor(stored(type, "run/x", { odd: true })), "string")
})
