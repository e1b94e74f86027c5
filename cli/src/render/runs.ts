/**
 * Runs as text.
 */
import type { AttemptView, RunView } from "../output/runs.ts"
import type { Style } from "./style.ts"
import { clean, fields, table } from "./table.ts"
import { renderEstimate } from "./estimate.ts"
import { renderTried } from "./tried.ts"
import { bytes, count, relative, seconds, usd } from "./units.ts"

/** A state in its color. */
export const runState = (state: RunView["state"], style: Style): string => {
  if (state === "Completed") return style.green(state)
  if (state === "Running") return style.cyan(state)
  return state === "Pending" ? state : style.red(state)
}

/** Charged when it is settled, else the estimate. */
export const costOf = (run: RunView): string =>
  run.chargedUsd === null ? `~${usd(run.estimatedUsd)}` : usd(run.chargedUsd)

/** A table of runs, newest first. */
export const renderRuns = (runs: ReadonlyArray<RunView>, style: Style, now: number): string => {
  if (runs.length === 0) return "No runs yet. Start one with `runctl train SCRIPT`."
  const columns = [
    { title: "RUN" },
    { title: "NAME" },
    { title: "STATE" },
    { title: "PROVIDER" },
    { title: "STARTED" },
    { title: "TOOK", isNumber: true },
    { title: "COST", isNumber: true }
  ]
  const rows = runs.map((run) => [
    run.id,
    clean(run.name),
    runState(run.state, style),
    run.provider ?? "-",
    relative(Date.parse(run.requestedAt), now),
    run.durationSeconds === null ? "-" : seconds(run.durationSeconds),
    costOf(run)
  ])
  return table(columns, rows, style)
}

const outputsOf = ({ outputs }: RunView): string => {
  if (outputs.state === "pending") return "not collected yet"
  if (outputs.state === "failed") return `not collected: ${outputs.message ?? "unknown reason"}`
  const what = `${count(outputs.files ?? 0, "file")}, ${bytes(outputs.bytes ?? 0)}`
  return `${outputs.folder ?? "?"} (${what}, verified)${outputs.message === null ? "" : `\n${outputs.message}`}`
}

const attemptOf = ({ interrupted, number, resource, why }: AttemptView): string =>
  `${number}: ${clean(resource ?? "no machine")}${interrupted === null ? "" : `, ${interrupted}${why === null ? "" : ` (${clean(why)})`}`}`

/** Everything about one run. */
export const renderRun = (run: RunView, style: Style, now: number): string => {
  const entries: ReadonlyArray<readonly [string, string | null]> = [
    ["run", run.id],
    ["name", clean(run.name)],
    ["state", `${runState(run.state, style)}${run.phase === "Closed" ? "" : ` (${run.phase.toLowerCase()})`}`],
    ["script", [run.script, ...run.args].map(clean).join(" ")],
    ["machine", run.resource ?? "none yet"],
    ["requested", `${run.requestedAt} (${relative(Date.parse(run.requestedAt), now)})`],
    ["took", run.durationSeconds === null ? null : seconds(run.durationSeconds)],
    ["deadline", run.endedAt === null ? `${run.deadline} (${relative(Date.parse(run.deadline), now)})` : null],
    ["attempts", run.attempts > 1 ? run.history.map(attemptOf).join("\n") : null],
    [
      "not asked",
      run.failures.length > 0
        ? run.failures.map(({ message, provider }) => `${provider}: ${clean(message)}`).join("\n")
        : null
    ],
    ["tried", run.tried.length > 0 ? run.tried.map(renderTried).join("\n") : null],
    ["checkpoints", run.checkpoints > 0 ? String(run.checkpoints) : null],
    ["exit code", run.exitCode === null ? null : String(run.exitCode)],
    ["outputs", outputsOf(run)],
    ["quoted", run.quoted === null || run.quoted.highUsd === 0 ? null : renderEstimate(run.quoted)],
    ["cost", run.chargedUsd === null ? `${usd(run.estimatedUsd)} so far (estimate)` : `${usd(run.chargedUsd)} charged`],
    ["problem", run.problem === null ? null : clean(run.problem.message)]
  ]
  return fields(
    entries.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const])),
    style
  )
}
