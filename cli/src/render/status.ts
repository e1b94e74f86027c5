/**
 * The overview as text.
 */
import type { OverviewOutput } from "../output/status.ts"
import { machines, renderResources } from "./resources.ts"
import { renderRuns } from "./runs.ts"
import type { Style } from "./style.ts"
import { usd, usdPerHour } from "./units.ts"

const supervisorOf = ({ supervisor }: OverviewOutput, style: Style): string => {
  if (supervisor.state === "none") return "not running (it starts when there is something to do)"
  const where = `process ${supervisor.pid ?? "?"}`
  return supervisor.state === "running" ? style.green(`running, ${where}`) : style.red(`frozen, ${where}`)
}

const exposureOf = ({ exposure, resources }: OverviewOutput): string => {
  if (resources.length === 0) return "$0: no machine is rented"
  const unknown = exposure.unknownPrices === 0 ? "" : `; ${machines(exposure.unknownPrices)} of unknown price`
  return `${usdPerHour(exposure.usdPerHour)} now, at most ${usd(exposure.untilDeadlineUsd)} until the deadlines${unknown}`
}

/** What `status` prints. */
export const renderStatus = (status: OverviewOutput, style: Style, now: number): string =>
  [
    `${style.bold("Supervisor")}  ${supervisorOf(status, style)}`,
    `${style.bold("Exposure")}    ${exposureOf(status)}`,
    ...(status.runs.length === 0 ? ["No run is going on."] : ["", renderRuns(status.runs, style, now)]),
    ...(status.resources.length === 0 ? [] : ["", renderResources(status.resources, style, now)])
  ].join("\n")
