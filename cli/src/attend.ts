/**
 * Looks after what waits for somebody, by the way: a command that asks providers anyway starts a supervisor for it, one
 * that asks nobody says so.
 */
import { Providers } from "@runctl/runtime/Providers"
import * as Recovery from "@runctl/runtime/Recovery"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { SupervisorClient } from "@runctl/runtime/SupervisorClient"
import * as Effect from "effect/Effect"
import { failureOf } from "./errors/Failure.ts"
import { waitingText } from "./render/waiting.ts"

/** What became of it; `notNeeded` when nothing waits for anybody. */
export type Attended = "notNeeded" | "running" | "started"

/** A machine that cannot end its own billing needs somebody here at its deadline. */
const endsOnlyFromHere = Effect.fnUntraced(function* (held: ReadonlyArray<ResourceRecord>) {
  if (held.length === 0) return false
  const entries = yield* (yield* Providers).list
  const ends = new Set(
    entries.flatMap(({ manifest }) => (manifest.capabilities.endAction === "terminates" ? [manifest.name] : []))
  )
  return held.some(({ provider }) => !ends.has(provider))
})

/** Makes sure that a supervisor lives where one is needed, and does not wait for it. */
export const attend = Effect.gen(function* () {
  const { held, needs } = yield* Recovery.look()
  const isNeeded = needs.runs + needs.machines > 0 || (yield* endsOnlyFromHere(held))
  const answer: Attended = isNeeded ? yield* (yield* SupervisorClient).wake : "notNeeded"
  return answer
})

/** The same, by a command that has something else to do: it does not fail because of this. */
export const attendQuietly = attend.pipe(
  Effect.catch((error) =>
    Effect.as(
      Effect.logWarning(
        `something waits to be looked after, and no supervisor can be started: ${failureOf(error).message}`
      ),
      undefined
    )
  )
)

/** One line about what waits, where no supervisor lives; nothing where none is needed. */
export const reminder = Effect.gen(function* () {
  const { needs } = yield* Recovery.look()
  if (needs.runs + needs.machines === 0) return undefined
  const { state } = yield* (yield* SupervisorClient).status
  return state === "running" ? undefined : waitingText(needs)
}).pipe(
  // A journal that cannot be read has been complained about already.
  Effect.catch(() => Effect.succeed(undefined))
)
