/**
 * Names that we choose ourselves: unguessable enough never to meet twice, and sortable where order helps.
 *
 * @since 0.1.0
 */
import { ResourceKey } from "@runctl/core/Ownership"
import { RunId } from "@runctl/core/Run"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

const letters = (count: number): Effect.Effect<string> =>
  Effect.forEach(Array.from({ length: count }), () => Random.nextIntBetween(0, alphabet.length - 1)).pipe(
    Effect.map((indexes) => indexes.map((index) => alphabet[index]).join(""))
  )

/** A key for a machine: 100 random bits. @category constructors @since 0.1.0 */
export const makeResourceKey: Effect.Effect<ResourceKey> = Effect.map(letters(20), (text) => ResourceKey.make(text))

/** An id for a run: its second in base 32, then 35 random bits; sorts by time. @category constructors @since 0.1.0 */
export const makeRunId: Effect.Effect<RunId> = Effect.gen(function* () {
  const seconds = Math.floor((yield* Clock.currentTimeMillis) / 1000)
  const time = Array.from({ length: 7 }, (_, place) => alphabet[Math.floor(seconds / 32 ** (6 - place)) % 32]).join("")
  return RunId.make(`run-${time}${yield* letters(7)}`)
})
