import { assert, describe, it } from "vitest"
import { play } from "./sim/schedule.ts"

/** Few enough for every run of the tests; `npm run crash -- --all` plays tens of thousands. */
const histories = 40

describe("whoever is killed or frozen at any step, whatever the cloud does to its answers", () => {
  it(`leaves no machine that nobody owns, and ends nobody else's (${histories} histories)`, async () => {
    const problems: Array<string> = []
    for (let seed = 1; seed <= histories; seed++) {
      const verdict = await play(seed)
      problems.push(...verdict.problems.map((problem) => `npm run crash -- --seed ${seed}: ${problem}`))
    }
    assert.deepStrictEqual(problems, [])
  }, 240_000)

  it("plays the same history for the same seed", async () => {
    const traces = await Promise.all(
      [7, 7].map(async (seed) => {
        const lines: Array<string> = []
        await play(seed, { trace: (line) => void lines.push(line) })
        return lines
      })
    )
    assert.isAbove(traces[0]?.length ?? 0, 20)
    assert.deepStrictEqual(traces[0], traces[1])
  })

  const bugs = [
    { bug: "late intent", killAt: "after createResource" },
    { bug: "forgotten key" },
    { bug: "no proof" }
  ] as const

  for (const each of bugs) {
    it(`is found out when a bug is planted: ${each.bug}`, async () => {
      let found = 0
      for (let seed = 1; seed <= histories && found === 0; seed++) found += (await play(seed, each)).problems.length
      assert.isAbove(found, 0)
    }, 240_000)
  }
})
