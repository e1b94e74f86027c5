/**
 * What is left over, as it is shown. Pure.
 */
import type { OrphanCompanion, OrphanMachine } from "@runctl/runtime/Orphans"
import type { Recovered, Pending } from "@runctl/runtime/Recovery"
import * as Sweep from "@runctl/runtime/Sweep"
import type { Survey } from "@runctl/runtime/Sweeper"
import * as Result from "effect/Result"
import type { OrphanCompanionView, OrphanMachineView, OrphansOutput, StepView } from "../output/orphans.ts"
import { viewRecord, viewResource } from "./resource.ts"

const standings = {
  Late: "late",
  Surplus: "surplus",
  Unproven: "unproven",
  Elsewhere: "elsewhere",
  Expired: "expired"
} as const satisfies Readonly<Record<OrphanMachine["_tag"], OrphanMachineView["standing"]>>

const companionStandings = {
  LeftOver: "leftOver",
  Unused: "unused",
  Elsewhere: "elsewhere"
} as const satisfies Readonly<Record<OrphanCompanion["_tag"], OrphanCompanionView["standing"]>>

const iso = (millis: number): string => new Date(millis).toISOString()

/** Why a machine is nobody's here, in words. */
const whyOf = (finding: OrphanMachine): string => {
  switch (finding._tag) {
    case "Late":
      return "it had been given up, or was seen as gone, and is there"
    case "Surplus":
      return "its request arrived twice; the other machine is the one you have"
    case "Unproven":
      return `it has a key of yours and is not what was asked for: ${finding.why}`
    case "Elsewhere":
      return "its key is unknown here: another installation of your owner has it"
    case "Expired":
      return "its key is unknown here, and its deadline, grace and hold are over"
  }
}

const possible: Readonly<Record<OrphanMachine["_tag"], OrphanMachineView["can"]>> = {
  Late: ["sweep", "cleanup"],
  Surplus: ["sweep", "cleanup"],
  Unproven: ["cleanup"],
  Elsewhere: ["adopt", "cleanup"],
  Expired: ["adopt", "cleanup"]
}

/** When sweeps may end it; nothing where they never do. */
const endsAfterOf = (finding: OrphanMachine, now: number): string | null =>
  finding._tag === "Late" || finding._tag === "Surplus"
    ? iso(Math.max(now, Sweep.endsAfter(finding.record, finding.resource.id, now)))
    : null

/** A machine that is nobody's here. */
export const viewOrphan = (finding: OrphanMachine, now: number): OrphanMachineView => {
  const standing = standings[finding._tag]
  return {
    resource: viewResource(finding.resource, standing),
    standing,
    why: whyOf(finding),
    endsAfter: endsAfterOf(finding, now),
    can: possible[finding._tag]
  }
}

/** Something beside machines. */
export const viewCompanion = (finding: OrphanCompanion, now: number): OrphanCompanionView => {
  const { companion, provider } = finding
  const id = Sweep.companionId(provider, companion)
  return {
    id,
    provider,
    kind: companion.kind,
    name: companion.name,
    standing: companionStandings[finding._tag],
    endsAfter: finding._tag === "LeftOver" ? iso(Math.max(now, Sweep.endsAfter(finding.record, id, now))) : null
  }
}

/** How many of what was seen are other owners'. */
export const othersIn = ({ findings }: Survey): number => findings.filter(({ _tag }) => _tag === "Strange").length

/** Everything that is left over. */
export const viewOrphans = (
  survey: Survey,
  orphans: { readonly machines: ReadonlyArray<OrphanMachine>; readonly companions: ReadonlyArray<OrphanCompanion> },
  now: number
): OrphansOutput => ({
  asked: survey.asked,
  machines: orphans.machines.map((finding) => viewOrphan(finding, now)),
  companions: orphans.companions.map((finding) => viewCompanion(finding, now)),
  others: othersIn(survey),
  failures: survey.failures.map(({ message, provider }) => ({ message, provider }))
})

/** What somebody had left half done, before anybody goes on with it. */
export const viewPending = ({ record, step }: Pending, now: number): StepView => ({
  resource: viewRecord(record, now),
  step,
  outcome: "planned",
  message: null
})

/** The same, and what became of it. */
export const viewRecovered = ({ outcome, pending }: Recovered, now: number): StepView =>
  Result.isSuccess(outcome)
    ? { resource: viewRecord(outcome.success, now), step: pending.step, outcome: "done", message: null }
    : {
        resource: viewRecord(pending.record, now),
        step: pending.step,
        outcome: "failed",
        message: outcome.failure.message
      }
