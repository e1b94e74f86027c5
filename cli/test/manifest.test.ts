import { assert, it } from "@effect/vitest"
import localPackage from "@runctl/plugin-local/package.json" with { type: "json" }
import { takenNames } from "create-runctl-provider/ProviderName"
import { isInRange } from "../src/providers/effectRange.ts"
import { manifestIn } from "../src/providers/manifest.ts"
import { search } from "../src/providers/sources.ts"

const inside: ReadonlyArray<readonly [range: string, ...versions: ReadonlyArray<string>]> = [
  ["^4.1.0", "4.1.0", "4.2.3"],
  ["^4.0.5", "4.1.0"],
  ["^4", "4.0.0", "4.9.9"],
  ["~4.1.2", "4.1.2", "4.1.9"],
  [">=4.1 <6", "4.1.0", "5.9.9"],
  [">= 4.1.0", "4.1.0", "7.0.0"],
  ["4.1.0 - 4.3", "4.1.0", "4.3.7"],
  ["4.x", "4.7.0"],
  ["*", "1.0.0"],
  ["3.0.0 || ^4.1.0", "3.0.0", "4.1.5"],
  ["^0.2.3", "0.2.9"],
  ["=4.1.0", "4.1.0", "4.1.0-rc.1"]
]

const outside: typeof inside = [
  ["^4.2.0", "4.1.9", "5.0.0"],
  ["^4.1.1", "4.1.0"],
  ["^3.0.0", "4.1.0"],
  ["~4.1.2", "4.1.1", "4.2.0"],
  [">=4.1 <6", "4.0.9", "6.0.0"],
  ["4.1.0 - 4.3", "4.4.0", "4.0.9"],
  ["4.x", "5.0.0", "3.9.9"],
  [">4.1", "4.1.9"],
  ["<=4.1", "4.2.0"],
  ["3.0.0 || ^4.1.0", "3.0.1", "4.0.0"],
  ["^0.2.3", "0.3.0", "0.2.2"],
  ["^0.0.3", "0.0.4"],
  ["4.1.0", "4.1.1"]
]

it("a version is in a range or not, as npm reads ranges", () => {
  for (const [range, ...versions] of inside) {
    for (const version of versions) assert.isTrue(isInRange(range, version), `${version} is in ${range}`)
  }
  for (const [range, ...versions] of outside) {
    for (const version of versions) assert.isFalse(isInRange(range, version), `${version} is not in ${range}`)
  }
  for (const nonsense of ["latest", "^four", "", "4.1.0.0", ">=4 <", "workspace:^"]) {
    assert.isUndefined(isInRange(nonsense, "4.1.0"), nonsense)
  }
})

const refusalOf = (change: Readonly<Record<string, unknown>>): string | undefined => {
  const found = manifestIn({ ...Object(localPackage.runctl), ...change })
  return found?._tag === "Broken" ? found.why : undefined
}

it("a plugin that wants another Effect than ours is refused, saying both", () => {
  assert.isUndefined(refusalOf({ effect: "^4.1.0" }))
  assert.match(refusalOf({ effect: "^99.0.0" }) ?? "", /it wants Effect \^99\.0\.0, this runctl has 4\./)
  assert.match(
    refusalOf({ effect: "newest" }) ?? "",
    /"newest" at effect is no range of versions; \^4\.\d+\.\d+ is one/
  )
})

it("a newer contract is told from a mistake, whatever its manifest looks like", () => {
  const newer = { api: 2, kind: "provider", everything: "else" }
  const found = manifestIn(newer)
  assert.deepStrictEqual(found, {
    _tag: "Broken",
    why: "it speaks version 2 of the contract, this runctl speaks 1. Update runctl."
  })
  assert.match(refusalOf({ api: "2" }) ?? "", /its manifest is wrong/)
})

it("the bundled provider's manifest is one", () => {
  assert.strictEqual(manifestIn(localPackage.runctl)?._tag, "Manifest")
})

it("a package without a manifest is no plugin, one with a wrong one is broken and says why", () => {
  assert.isUndefined(manifestIn(undefined))
  const broken = manifestIn({ ...Object(localPackage.runctl), name: "No Name" })
  if (broken?._tag !== "Broken") return assert.fail("it was taken")
  assert.match(broken.why, /name/)
})

it("nobody is offered the name of a bundled provider for a new one", () => {
  const { sources } = search({ settings: {}, entries: [], project: undefined, locate: () => undefined }, {})
  assert.isAbove(sources.length, 2)
  assert.includeMembers(
    [...takenNames],
    sources.map(({ manifest }) => manifest.name)
  )
})
