import { assert, describe, it } from "vitest"
import { bugsOf, plugins } from "./Bug.ts"
import { run } from "./plant.ts"

/** Another one of them every day; `npm run bugs` plants them all. */
const day = Math.floor(Date.now() / 86_400_000)

describe.each(plugins)("the tests of %s", (plugin) => {
  const bugs = bugsOf(plugin)
  const bug = bugs[day % bugs.length]

  it("have ten bugs to find", () => {
    assert.isAtLeast(bugs.length, 10)
    assert.strictEqual(new Set(bugs.map(({ name }) => name)).size, bugs.length)
  })

  it(`find this: ${bug?.name}`, async () => {
    assert.isDefined(bug)
    const [clean, planted] = await Promise.all([run(plugin, bug.tests), run(plugin, bug.tests, bug)])
    assert.isTrue(clean.passed, clean.output)
    assert.isFalse(planted.passed, planted.output)
  })
})
