/**
 * The last words about a run.
 */
import { relative, sep } from "node:path"
import { type Failure, ofProblem } from "../errors/Failure.ts"
import { exits } from "../errors/codes.ts"
import { toText } from "../errors/report.ts"
import type { RunView } from "../output/runs.ts"
import { costOf, runState } from "./runs.ts"
import type { Style } from "./style.ts"
import { clean, fields } from "./table.ts"
import { bytes, count, seconds } from "./units.ts"

/** A path as one would type it here. */
const shortPath = (path: string, cwd: string): string => {
  const way = relative(cwd, path)
  return way === "" ? "." : way.startsWith(`..${sep}`) || way === ".." ? path : `.${sep}${way}`
}

/** What the process ends with. */
export const exitOfRun = (run: RunView): number => {
  if (run.state === "Completed") return exits.done
  if (run.state === "Cancelled") return failureOfRun(run)?.exit ?? exits.interrupted
  return failureOfRun(run)?.exit ?? (run.phase === "Closed" ? exits.job : exits.done)
}

/** The problem of a run that did not complete. */
const failureOfRun = ({ problem }: RunView): Failure | undefined =>
  problem === null
    ? undefined
    : ofProblem({
        code: problem.code,
        message: problem.message,
        ...(problem.advice === null ? {} : { advice: problem.advice })
      })

const outputsOf = ({ outputs }: RunView, cwd: string): string => {
  if (outputs.state !== "verified") return outputs.message === null ? "none were brought home" : clean(outputs.message)
  const what =
    outputs.files === 0
      ? "no new files"
      : `${count(outputs.files ?? 0, "file")}, ${bytes(outputs.bytes ?? 0)}, verified`
  const where = outputs.folder === null || outputs.files === 0 ? "" : `${shortPath(outputs.folder, cwd)}  `
  return `${where}(${what})${outputs.message === null ? "" : `\n${clean(outputs.message)}`}`
}

/** How a run ended, what it left and what it cost. */
export const renderEnding = (run: RunView, style: Style, cwd: string): string => {
  const mark = run.state === "Completed" ? style.green("✓") : style.red("✗")
  const took = run.durationSeconds === null ? "" : ` after ${seconds(run.durationSeconds)}`
  const failure = failureOfRun(run)
  return [
    `${mark} ${style.bold(clean(run.name))} ${runState(run.state, style)}${took}`,
    fields(
      [
        ["  run", run.id],
        ["  outputs", outputsOf(run, cwd)],
        ["  cost", `${costOf(run)}${run.chargedUsd === null ? " (estimate)" : ""}`]
      ],
      style
    ),
    ...(failure === undefined ? [] : [toText(failure, style)])
  ].join("\n")
}
