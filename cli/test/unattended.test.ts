import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { endOf, viewUnattended } from "../src/views/unattended.ts"

const now = 1_800_000_000_000
const period = 5 * 60_000
const When = Schema.Int.check(Schema.isBetween({ minimum: now - 100 * period, maximum: now + 100 * period }))

const Layers = Schema.Struct({
  clockEndsAt: Schema.UndefinedOr(When),
  dueAt: Schema.UndefinedOr(When),
  supervisor: Schema.Literals(["running", "frozen", "none"]),
  isSwept: Schema.Boolean
})

it.prop("a machine ends by the first layer that is real, and never when none is", [Layers], ([layers]) => {
  const end = endOf(layers, now)
  const { clockEndsAt, dueAt, isSwept, supervisor } = layers
  const candidates = [
    clockEndsAt,
    supervisor === "running" ? dueAt : undefined,
    isSwept && dueAt !== undefined ? Math.max(dueAt, now) + period : undefined
  ].filter((at) => at !== undefined)
  if (end === undefined) return assert.lengthOf(candidates, 0)
  assert.strictEqual(end.at, Math.max(now, Math.min(...candidates)))
  if (end.by === "machine") assert.isDefined(clockEndsAt)
  if (end.by === "supervisor") assert.strictEqual(supervisor, "running")
  if (end.by === "sweeper") assert.isTrue(isSwept)
  if (end.by !== "machine") assert.isDefined(dueAt)
})

it.prop("one more layer never lets it live longer", [Layers, When], ([layers, at]) => {
  const before = endOf(layers, now)?.at ?? Infinity
  const more = [
    { ...layers, clockEndsAt: Math.min(at, layers.clockEndsAt ?? at) },
    { ...layers, supervisor: "running" as const },
    { ...layers, isSwept: true }
  ]
  for (const each of more) assert.isAtMost(endOf(each, now)?.at ?? Infinity, before)
})

it("a machine that only a frozen supervisor looks after is ended by nobody, and that is said", () => {
  const layers = { clockEndsAt: undefined, dueAt: now, supervisor: "frozen", isSwept: false } as const
  assert.deepStrictEqual(viewUnattended(layers, now), { endsBy: null, by: null })
})
