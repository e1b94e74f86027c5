/**
 * What is cleaned up: all that is proven to be ours, or exactly what a person has named.
 */
import * as Orphans from "@runctl/runtime/Orphans"
import { NoOrphan, NotOurs, UnknownResource } from "@runctl/runtime/RuntimeError"
import * as Sweep from "@runctl/runtime/Sweep"
import type { Survey } from "@runctl/runtime/Sweeper"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { CleanedView } from "./output/orphans.ts"
import { couldNotAsk } from "./survey.ts"
import { viewCompanion, viewOrphan } from "./views/orphans.ts"

/** One thing to clean up. */
export type Target =
  | { readonly _tag: "Machine"; readonly finding: Orphans.OrphanMachine }
  | { readonly _tag: "Companion"; readonly finding: Orphans.OrphanCompanion }

/** What it is called, what it is to us, and why. */
export const factsOf = (
  target: Target,
  now: number
): Pick<CleanedView, "id" | "standing"> & { readonly why: string; readonly after: string | null } => {
  if (target._tag === "Companion") {
    const { endsAfter, id, kind, name, standing } = viewCompanion(target.finding, now)
    return { id, standing, why: `${kind} ${name}`, after: endsAfter }
  }
  const { endsAfter, resource, standing, why } = viewOrphan(target.finding, now)
  return { id: resource.id, standing, why, after: endsAfter }
}

/** Whether it may go without a person who names it. */
export const isProven = ({ finding }: Target): boolean =>
  finding._tag !== "Unproven" && finding._tag !== "Elsewhere" && finding._tag !== "Expired"

/** Everything that is left over. */
export const allTargets = ({ companions, machines }: Orphans.Orphans): ReadonlyArray<Target> => [
  ...machines.map((finding): Target => ({ _tag: "Machine", finding })),
  ...companions.map((finding): Target => ({ _tag: "Companion", finding }))
]

/** What an id means; fails for what is where it should be, another owner's, or unknown. */
export const targetFor = Effect.fnUntraced(function* (wanted: string, seen: Survey, orphans: Orphans.Orphans) {
  const finding = Orphans.called(seen.findings, wanted)
  const all = allTargets(orphans)
  const target = all.find((each) =>
    each._tag === "Machine"
      ? each.finding.resource.id === finding?.resource.id
      : Sweep.companionId(each.finding.provider, each.finding.companion) === wanted
  )
  if (target !== undefined) return target
  if (finding?._tag === "Strange") return yield* new NotOurs({ id: wanted, owner: finding.resource.owner })
  if (finding !== undefined) {
    const isGone = !Sweep.lives(finding.resource)
    return yield* new NoOrphan({ id: wanted, why: isGone ? "it is gone, or on its way out." : "you have it." })
  }
  const known = all.map((each) => factsOf(each, 0).id)
  return yield* couldNotAsk(seen.failures) ?? new UnknownResource({ id: wanted, known })
})

const later = (target: Target, now: number): CleanedView | undefined => {
  const { finding } = target
  const { after, id, standing } = factsOf(target, now)
  const mayEnd = !("record" in finding) || Sweep.mayEnd(finding.record, id, now)
  return mayEnd ? undefined : { id, standing, outcome: "later", after, message: null }
}

/** What would become of it. */
export const foretold = (target: Target, isTold: boolean, now: number): CleanedView => {
  const { id, standing, why } = factsOf(target, now)
  const base = { id, standing, after: null }
  if (isTold) return { ...base, outcome: "planned", message: null }
  if (!isProven(target)) return { ...base, outcome: "leftAlone", message: why }
  return later(target, now) ?? { ...base, outcome: "planned", message: null }
}

/** Cleans one thing up, and says what became of it. */
export const cleaned = Effect.fnUntraced(function* (target: Target, isTold: boolean) {
  if (!isTold && !isProven(target)) return foretold(target, isTold, Date.now())
  const outcome = yield* Effect.result(
    target._tag === "Machine"
      ? Orphans.cleanMachine(target.finding, isTold)
      : Orphans.cleanCompanion(target.finding, isTold)
  )
  const { id, standing } = factsOf(target, Date.now())
  const base = { id, standing, after: null, message: null }
  if (Result.isFailure(outcome))
    return { ...base, outcome: "failed", message: outcome.failure.message } satisfies CleanedView
  const { success } = outcome
  return success._tag === "Gone"
    ? ({ ...base, outcome: "gone" } satisfies CleanedView)
    : ({ ...base, outcome: "later", after: new Date(success.after).toISOString() } satisfies CleanedView)
})
