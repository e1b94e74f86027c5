import * as Emulator from "@runctl/testkit/Emulator"
import { assert, describe, it } from "vitest"
import { playWithProcesses } from "./processes/history.ts"

/** A sample, from a seed that is another one every day; `npm run crash -- --all` plays hundreds. */
const histories = 10
const atOnce = 4
const first = 1 + (Math.floor(Date.now() / 86_400_000) % 1000) * histories

const missing = Emulator.missingMachines()

describe.skipIf(missing !== undefined)(
  `a command that is killed anywhere on its way to a cloud${missing === undefined ? "" : ` (left out: ${missing})`}`,
  () => {
    it(`leaves no machine that nobody owns, and touches nobody else's (seeds ${first} to ${first + histories - 1})`, async () => {
      const seeds = Array.from({ length: histories }, (_, index) => first + index)
      const problems: Array<string> = []
      const worker = async (): Promise<void> => {
        for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
          const { problems: found, what } = await playWithProcesses(seed)
          problems.push(...found.map((each) => `npm run crash -- --process-seed ${seed} (${what}): ${each}`))
        }
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      assert.deepStrictEqual(problems, [])
    }, 290_000)
  }
)
