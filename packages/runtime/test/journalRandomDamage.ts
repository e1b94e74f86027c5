import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { change, copyInto, integrityOf, leftOpen, surviving, wholeJournal } from "./journalDamage.ts"
import { restarted, temporaryFolder } from "./journalPlatform.ts"

/** A small generator of numbers below 1: a failure can be repeated by its seed. */
export const numbers = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export const spoil =
  (next: () => number, mayCut: boolean) =>
  (bytes: Buffer): Buffer => {
    const below = (most: number): number => Math.floor(next() * most)
    const kind = below(10)
    if (kind === 0 && mayCut) return bytes.subarray(0, below(bytes.length))
    const writes = 1 + below(kind < 5 ? 3 : 40)
    for (let write = 0; write < writes; write++) {
      const at = next() < 0.2 ? below(200) : below(bytes.length)
      const length = 1 + below(kind % 2 === 0 ? 4 : 600)
      for (let byte = at; byte < Math.min(bytes.length, at + length); byte++) bytes[byte] = below(256)
    }
    return bytes
  }

/** Spoils copies of a journal at random places, its log among them, and checks what survives. */
export const damageAtRandom = (rounds: number, firstSeed: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const closed = join(folder, "journal.db")
      const crashed = join(folder, "crashed.db")
      yield* wholeJournal(closed, 60)
      const before = yield* leftOpen(closed, crashed)
      let salvages = 0
      for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
        const next = numbers(seed * 7919)
        const place = yield* temporaryFolder
        const file = copyInto(seed % 3 === 0 ? crashed : closed, place)
        const log = `${file}-wal`
        // A log that ends early looks like one that was written no further: nothing inside can tell.
        if (existsSync(log) && next() < 0.5) change(log, spoil(next, false))
        if (!existsSync(log) || next() < 0.7) change(file, spoil(next, true))
        const { health, kept } = yield* surviving(file, before, restarted).pipe(
          Effect.tapCause(() => Effect.logError(`seed ${seed}`))
        )
        if (health.needsRebuild !== undefined) {
          salvages++
          assert.strictEqual(integrityOf(file), "ok")
        }
        assert.isAtMost(kept.length, before.length)
        rmSync(place, { recursive: true })
      }
      assert.isAbove(salvages, rounds / 3)
    })
  )
