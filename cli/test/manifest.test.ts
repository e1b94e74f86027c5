import { assert, it } from "@effect/vitest"
import localPackage from "@runctl/plugin-local/package.json" with { type: "json" }
import { fits, manifestIn } from "../src/providers/manifest.ts"

it("a plugin that wants another Effect than ours is refused, one that wants an older 4 is not", () => {
  assert.isTrue(fits("^4.1.0", "4.1.0"))
  assert.isTrue(fits("^4.0.5", "4.1.0"))
  assert.isTrue(fits("^4.1.0", "4.2.3"))
  assert.isFalse(fits("^4.2.0", "4.1.9"))
  assert.isFalse(fits("^4.1.1", "4.1.0"))
  assert.isFalse(fits("^3.0.0", "4.1.0"))
  assert.isTrue(fits(">=4 <6", "4.1.0"), "a range we do not understand is not judged")
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
