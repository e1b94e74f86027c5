/**
 * One look at the providers, and what it comes to.
 */
import { ProviderError, Unavailable } from "@runctl/core/ProviderError"
import * as Asked from "@runctl/runtime/Asked"
import * as Orphans from "@runctl/runtime/Orphans"
import * as Recovery from "@runctl/runtime/Recovery"
import { SupervisorClient } from "@runctl/runtime/SupervisorClient"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Effect from "effect/Effect"
import { attend } from "./attend.ts"
import { exits } from "./errors/codes.ts"
import { requireProvider } from "./lookup.ts"
import type { RecoverOutput } from "./output/orphans.ts"

/** The providers to ask: those that were named, which must exist, or all that have anything to say. */
export const askedNames = Effect.fnUntraced(function* (named: ReadonlyArray<string> | undefined) {
  if (named === undefined) return yield* Asked.unnamed()
  yield* Effect.forEach(named, requireProvider, { discard: true })
  return [...new Set(named)]
})

/** What they have under our mark, and what of it is left over. */
export const survey = Effect.fnUntraced(function* (named: ReadonlyArray<string> | undefined) {
  const seen = yield* (yield* Sweeper).survey(yield* askedNames(named))
  return { seen, orphans: Orphans.among(seen) }
})

/** The provider in an id, where it is an id. */
export const providersOf = (ids: ReadonlyArray<string>): ReadonlyArray<string> | undefined =>
  ids.length > 0 && ids.every((id) => id.split("/").length > 2)
    ? [...new Set(ids.map((id) => id.split("/")[0] ?? ""))]
    : undefined

/** Goes on with everything that somebody has left half done, in this process. */
export const recover = Effect.flatMap(Recovery.look(), ({ pending }) => Recovery.goOnAll(pending))

/** Who carries on what is open. */
export const supervision = (isDryRun: boolean) =>
  Effect.gen(function* () {
    const state = isDryRun ? (yield* (yield* SupervisorClient).status).state : yield* attend
    const answer: RecoverOutput["supervisor"] = state === "running" || state === "started" ? state : "none"
    return answer
  })

/** What was not found may be at a provider that could not be asked. */
export const couldNotAsk = (failures: ReadonlyArray<{ readonly provider: string; readonly message: string }>) =>
  failures[0] === undefined
    ? undefined
    : new ProviderError({
        provider: failures[0].provider,
        operation: "listResources",
        reason: new Unavailable({ message: failures[0].message })
      })

/** What the process ends with when not everything could be asked or done. */
export const exitFor = (isWhole: boolean): number => (isWhole ? exits.done : exits.provider)
