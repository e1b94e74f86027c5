/**
 * The overview as text.
 */
import type { MachineClockView, MachineSshView, OverviewOutput, UnattendedView } from "../output/status.ts"
import { machines, renderResources } from "./resources.ts"
import { renderRuns } from "./runs.ts"
import type { Style } from "./style.ts"
import { clean, fields } from "./table.ts"
import { relative, seconds, usd, usdPerHour } from "./units.ts"

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

const endOf = ({ ending, endsBy, holdLeftSeconds }: MachineClockView, now: number): string => {
  if (ending !== null) return `is ending the machine now (${ending})`
  const why = holdLeftSeconds === null ? "" : `; results wait ${seconds(holdLeftSeconds)} longer`
  return `ends the machine by ${endsBy} (${relative(Date.parse(endsBy), now)}) when everybody is gone${why}`
}

const rebootOf = ({ by, survivesReboot }: MachineClockView): string => {
  if (survivesReboot) return `comes back after a reboot (${by ?? "by itself"})`
  return by === null ? "would not come back after a reboot" : `would come back after a reboot if ${by} ran there`
}

/** What `status` prints of a machine's own clock. */
export const renderClock = (clock: MachineClockView, style: Style, now: number): string =>
  fields(
    [
      [
        "own clock",
        `${clock.keeper ? endOf(clock, now) : style.red("is armed, and nothing watches it")}\n${rebootOf(clock)}`
      ]
    ],
    style
  )

const keys = {
  provider: "only the key that its provider told is accepted",
  own: "only the key is accepted that it made when it was first met",
  setUp: "only the key of its set-up is accepted, which its user data tells too",
  firstUse: "its key is trusted since it was first met"
}

/** What `status` prints of the way to a machine. */
export const renderSsh = ({ host, hostKey, port, through, user }: MachineSshView, style: Style): string => {
  const way = through.length === 0 ? "" : ` through ${through.map(clean).join(", ")}`
  return fields([["reached", `${clean(user)}@${clean(host)} port ${port}${way}\n${keys[hostKey]}`]], style)
}

const endedBy = {
  machine: "its own clock ends it",
  supervisor: "the supervisor on this computer ends it",
  sweeper: "the sweeps that a timer makes on this computer end it"
}

/** What `status` prints of what ends a machine when nobody does. */
export const renderUnattended = ({ by, endsBy }: UnattendedView, style: Style, now: number): string => {
  const text =
    by === null || endsBy === null
      ? style.red("nothing would end it: billing goes on until somebody does")
      : `${endedBy[by]} by ${endsBy} (${relative(Date.parse(endsBy), now)})`
  return fields([["if all leave", text]], style)
}
