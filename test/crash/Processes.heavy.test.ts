import * as Emulator from "@runctl/testkit/Emulator"
import { assert, describe, it } from "vitest"
import { type CloudName, cloudNames } from "./processes/clouds.ts"
import { playWithProcesses } from "./processes/history.ts"

/** A sample, from a seed that is another one every day; `npm run crash -- --all` plays hundreds. */
const histories = 8
const historiesElsewhere = 2
const atOnce = 6
const first = 1 + (Math.floor(Date.now() / 86_400_000) % 1000) * histories

const sample: ReadonlyArray<readonly [CloudName, number]> = cloudNames.flatMap((cloud) =>
  Array.from(
    { length: cloud === "digitalocean" ? histories : historiesElsewhere },
    (_, index) => [cloud, first + index] as const
  )
)

const missing = Emulator.missingMachines()

describe.skipIf(missing !== undefined)(
  `a command that is killed anywhere on its way to a cloud${missing === undefined ? "" : ` (left out: ${missing})`}`,
  () => {
    it(`leaves no machine that nobody owns, and touches nobody else's (seeds from ${first})`, async () => {
      const left = [...sample]
      const problems: Array<string> = []
      const worker = async (): Promise<void> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const [cloud, seed] = next
          const { problems: found, what } = await playWithProcesses(seed, cloud)
          problems.push(
            ...found.map((each) => `npm run crash -- --cloud ${cloud} --process-seed ${seed} (${what}): ${each}`)
          )
        }
      }
      await Promise.all(Array.from({ length: atOnce }, worker))
      assert.deepStrictEqual(problems, [])
    }, 290_000)
  }
)
