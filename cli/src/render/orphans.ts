/**
 * What is left over, and what became of it, as text.
 */
import type {
  CleanedView,
  CleanupOutput,
  OrphanCompanionView,
  OrphanMachineView,
  OrphansOutput,
  RecoverOutput,
  StepView,
  SweepOutput
} from "../output/orphans.ts"
import type { Style } from "./style.ts"
import { clean, table } from "./table.ts"
import { count, relative, usdPerHour } from "./units.ts"

/** Providers that could not be asked. */
export const renderFailures = (failures: OrphansOutput["failures"], style: Style): ReadonlyArray<string> =>
  failures.map(({ message, provider }) => style.red(`${provider} could not be asked: ${clean(message)}`))

const soon = (at: string, now: number): string =>
  Date.parse(at) <= now ? "with the next sweep" : `${relative(Date.parse(at), now)}, with the first sweep after that`

const todo = ({ can, endsAfter, resource: { id } }: OrphanMachineView, now: number): string => {
  const adopt = can.includes("adopt") ? `\`runctl resources adopt ${id}\` takes it over; ` : ""
  const sweep = endsAfter === null ? "" : `it is ended ${soon(endsAfter, now)}; `
  return `${sweep}${adopt}\`runctl resources cleanup ${id}\` ends it now`
}

const machineText = (orphan: OrphanMachineView, style: Style, now: number): string =>
  [
    `${style.bold(orphan.resource.id)}  ${style.yellow(orphan.standing)}  ${orphan.resource.state}  ${usdPerHour(orphan.resource.usdPerHour)}`,
    `  ${clean(orphan.why)}`,
    `  ${todo(orphan, now)}`
  ].join("\n")

const companionWords: Readonly<Record<OrphanCompanionView["standing"], string>> = {
  leftOver: "its machine is gone",
  unused: "it serves all your machines there, and there are none",
  elsewhere: "its key is unknown here"
}

const companionsText = (all: ReadonlyArray<OrphanCompanionView>, style: Style): string =>
  table(
    [{ title: "BESIDE MACHINES" }, { title: "KIND" }, { title: "NAME" }, { title: "WHY" }],
    all.map(({ id, kind, name, standing }) => [id, clean(kind), clean(name), companionWords[standing]]),
    style
  )

/** What `resources orphans` prints. */
export const renderOrphans = (output: OrphansOutput, style: Style, now: number): string =>
  [
    ...(output.machines.length + output.companions.length === 0
      ? [`Nothing is left over${output.asked.length === 0 ? "" : ` at ${output.asked.join(", ")}`}.`]
      : output.machines.map((orphan) => machineText(orphan, style, now))),
    ...(output.companions.length === 0 ? [] : [companionsText(output.companions, style)]),
    ...(output.others === 0 ? [] : [style.dim(`+${output.others} of others`)]),
    ...renderFailures(output.failures, style)
  ].join("\n")

const outcomeText = ({ after, message, outcome }: CleanedView, now: number): string => {
  switch (outcome) {
    case "gone":
      return "gone"
    case "planned":
      return "would be ended"
    case "later":
      return `seen, and ended ${after === null ? "later" : soon(after, now)}`
    case "leftAlone":
      return `left alone: ${clean(message ?? "")}`
    case "failed":
      return `not ended: ${clean(message ?? "")}`
  }
}

/** What `resources cleanup` prints. */
export const renderCleanup = ({ failures, results }: CleanupOutput, style: Style, now: number): string =>
  [
    ...(results.length === 0 ? ["Nothing is left over."] : []),
    ...results.map((each) => `${each.id}  ${style.dim(each.standing)}  ${outcomeText(each, now)}`),
    ...renderFailures(failures, style)
  ].join("\n")

const stepWords = { resolve: "find out what became of it", meet: "make the first contact", end: "end it" } as const

const stepText = ({ message, outcome, resource, step }: StepView, style: Style): string => {
  if (outcome === "planned") return `${resource.id}  would ${stepWords[step]}`
  if (outcome === "failed") return `${resource.id}  ${style.red("not done")}: ${clean(message ?? "")}`
  return `${resource.id}  ${resource.state === "Error" ? "it never came to be" : resource.state}`
}

const supervisorText = (
  supervisor: RecoverOutput["supervisor"],
  runs: number,
  isDryRun: boolean
): ReadonlyArray<string> => {
  if (supervisor === "started") return ["A supervisor was started."]
  if (runs === 0) return []
  const open = count(runs, "run is", "runs are")
  if (supervisor === "running") return [`${open} open; a supervisor carries on.`]
  return [isDryRun ? `${open} open: a supervisor would be started.` : `${open} open, and no supervisor runs.`]
}

/** What `resources recover` prints. */
export const renderRecover = (output: RecoverOutput, style: Style): string =>
  [
    ...(output.steps.length === 0 ? ["No machine waits for anybody."] : []),
    ...output.steps.map((step) => stepText(step, style)),
    ...supervisorText(output.supervisor, output.runs, output.dryRun)
  ].join("\n")

/** What `sweep` prints, but for who could not be asked. */
export const renderSweep = (output: SweepOutput, style: Style, now: number): string =>
  [
    ...output.steps.map((step) => stepText(step, style)),
    ...output.ended.map((id) => `${id}  ${output.dryRun ? "would be ended" : "gone"}`),
    ...output.waiting.map(({ after, id, standing }) => `${id}  ${style.yellow(standing)}: ended ${soon(after, now)}`),
    ...output.leftAlone.map(({ id, standing, why }) => `${id}  ${style.dim(standing)}: left alone, ${clean(why)}`),
    ...supervisorText(output.supervisor, 0, output.dryRun),
    `${count(output.seen, "machine")} seen at ${output.asked.length === 0 ? "no provider" : output.asked.join(", ")}, ${output.ended.length} ended${output.others === 0 ? "" : `; +${output.others} of others`}`
  ].join("\n")
