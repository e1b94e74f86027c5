import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import { OwnerId, ResourceKey, toName } from "@runctl/core/Ownership"
import { type Resource, resourceId } from "@runctl/core/Resource"
import { Running } from "@runctl/core/ResourceState"
import { findOurs, judge } from "@runctl/runtime/Proof"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"

const minute = 60_000
const asked = Date.UTC(2026, 10, 1, 12)
const mark = {
  owner: OwnerId.make("ownerone"),
  key: ResourceKey.make("aaaaaaaaaaaaaaaaaaaa"),
  deadlineEpochSeconds: asked / 1000 + 3600
}

const found = (id: string, atMinutes: number | undefined, change: Partial<Resource> = {}): Resource => ({
  id: resourceId("cloud", "one", id),
  name: toName(mark),
  state: Running,
  costPerHour: UsdPerHour.make(1),
  tags: {},
  owner: mark.owner,
  key: mark.key,
  ...(atMinutes === undefined ? {} : { launchTime: DateTime.makeUnsafe(asked + atMinutes * minute) }),
  ...change
})

const record = (change: Partial<ResourceRecord> = {}): ResourceRecord => ({
  mark,
  provider: "cloud",
  phase: "Intended",
  offer: {
    provider: "cloud",
    region: "one",
    instanceType: "small",
    gpuCount: 0,
    vcpus: 1,
    memoryGiB: GiB.make(1),
    source: "a test",
    asOf: DateTime.makeUnsafe(asked)
  },
  market: "on-demand",
  requestedAt: asked,
  scopes: [],
  deadlineAt: asked + 60 * minute,
  ...change
})

const verdict = (about: ResourceRecord, resource: Resource): string => judge(about, resource)._tag

describe("the proof that a machine is ours", () => {
  it("takes what carries our whole mark and was made after we asked", () => {
    assert.strictEqual(verdict(record(), found("a", 1)), "Ours")
    assert.strictEqual(verdict(record(), found("a", undefined)), "Ours")
    // A cloud's clock may be behind ours.
    assert.strictEqual(verdict(record(), found("a", -4)), "Ours")
  })

  it("refuses another owner's, another key's and another provider's machine", () => {
    assert.strictEqual(verdict(record(), found("a", 1, { owner: OwnerId.make("stranger") })), "Unproven")
    assert.strictEqual(verdict(record(), found("a", 1, { key: ResourceKey.make("b".repeat(20)) })), "Unproven")
    assert.strictEqual(verdict(record({ provider: "other" }), found("a", 1)), "Unproven")
  })

  it("refuses what has our tags and another name, or was made before we asked or long after", () => {
    assert.strictEqual(verdict(record(), found("a", 1, { name: "copy-of-train" })), "Unproven")
    assert.strictEqual(verdict(record(), found("a", -10)), "Unproven")
    const givenUp = record({ phase: "Failed", endedAt: asked + minute })
    assert.strictEqual(verdict(givenUp, found("a", 60)), "Ours")
    assert.strictEqual(verdict(givenUp, found("a", 26 * 60)), "Unproven")
  })

  it("knows a machine by its id, whatever it is called now", () => {
    const held = record({ phase: "Held", resource: found("a", 1) })
    assert.strictEqual(verdict(held, found("a", 1, { name: "renamed" })), "Ours")
  })

  it("refuses a copy of a machine that it knows, and tells the one that came twice", () => {
    for (const phase of ["Held", "Ending", "Gone"] as const) {
      const known = record({ phase, resource: found("a", 1) })
      assert.strictEqual(verdict(known, found("b", 1.05)), "Surplus")
      assert.strictEqual(verdict(known, found("b", 10)), "Unproven")
      assert.strictEqual(verdict(known, found("b", undefined)), "Unproven")
    }
  })

  it("tells the second machine of two requests, the first of which was held up, from a copy", () => {
    const known = record({ phase: "Gone", resource: found("a", 1), askedAgainAt: asked + minute })
    assert.strictEqual(verdict(known, found("b", 9)), "Surplus")
    assert.strictEqual(verdict(known, found("b", 12)), "Unproven")
  })

  const Machines = Schema.Array(
    Schema.Struct({
      at: Schema.Int.check(Schema.isBetween({ minimum: -20, maximum: 60 })),
      order: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
    })
  ).check(Schema.isMaxLength(8))

  it.prop("takes the same one of several, the oldest, in whichever order they are listed", [Machines], ([machines]) => {
    const listed = machines.map(({ at, order }, index) => ({ order, resource: found(`m-${index}`, at) }))
    const resources = listed.map(({ resource }) => resource)
    const shuffled = listed.toSorted((left, right) => left.order - right.order).map(({ resource }) => resource)
    const taken = findOurs(record(), shuffled)
    assert.strictEqual(taken?.id, findOurs(record(), resources)?.id)
    const provable = resources.filter((each) => verdict(record(), each) === "Ours")
    assert.strictEqual(taken === undefined, provable.length === 0)
    const ageOf = (each: Resource | undefined) =>
      each?.launchTime === undefined ? 0 : DateTime.toEpochMillis(each.launchTime)
    for (const each of provable) assert.isAtMost(ageOf(taken), ageOf(each))
  })
})
