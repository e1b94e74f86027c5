import { describe, it } from "@effect/vitest"
import { damageAtRandom } from "./journalRandomDamage.ts"
import { killWriters } from "./journalKills.ts"

describe("damage at random", () => {
  it.live("never ends in a crash in a thousand tries, and what is kept is what was written", () =>
    damageAtRandom(1000, 1000)
  )
})

describe("killed writers", () => {
  it.live("have kept every acknowledged event after sixty kills", () => killWriters(15, 4))
})
