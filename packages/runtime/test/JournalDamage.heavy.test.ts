import { describe, it } from "@effect/vitest"
import { damageAtRandom } from "./journalRandomDamage.ts"
import { killWriters } from "./journalKills.ts"

/** Others tomorrow; a thousand with `RUNCTL_ALL=1`. */
const tries = process.env["RUNCTL_ALL"] === "1" ? 1000 : 300

describe("damage at random", () => {
  it.live(`never ends in a crash in ${tries} tries, and what is kept is what was written`, () =>
    damageAtRandom(tries, 1000 + tries * Math.floor(Date.now() / 86_400_000))
  )
})

describe("killed writers", () => {
  it.live("have kept every acknowledged event after sixty kills", () => killWriters(15, 4))
})
