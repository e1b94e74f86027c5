/**
 * What ends a machine when nobody does: which of the four layers are real for a provider. Pure.
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { SupervisorStatus } from "@runctl/runtime/SupervisorClient"
import { isLately } from "@runctl/runtime/Sweeps"
import type { CheckView } from "../output/checks.ts"
import { relative } from "../render/units.ts"

/**
 * What the layers are judged by. `isFree`: nothing this provider has on offer costs anything. `sweptAt`: when a timer, or
 * somebody by hand, last swept it.
 */
export interface Judged {
  readonly capabilities: Capabilities
  readonly supervisor: SupervisorStatus["state"]
  readonly isFree: boolean
  readonly sweptAt: number | undefined
  readonly now: number
}

const machine = ({ capabilities, isFree }: Judged): CheckView => {
  const name = "machine's own clock"
  switch (capabilities.endAction) {
    case "terminates":
      return { name, status: "ok", message: "at its deadline the machine ends itself and its billing", advice: null }
    case "stopsPartBilling":
      return {
        name,
        status: "warn",
        message: "at its deadline the machine stops itself; part of it goes on being billed",
        advice: "Terminate what you do not need: `runctl list` shows it."
      }
    case "stopsJobOnly":
      return {
        name,
        status: isFree ? "ok" : "warn",
        message: isFree
          ? "at its deadline the machine ends the job; it cannot end its own billing, and there is none"
          : "at its deadline the machine ends the job and switches itself off; billing goes on until the machine is ended from here",
        advice: isFree
          ? null
          : "Have `runctl sweep` run by a timer on a computer that is on: see the guide, Forgotten machines."
      }
  }
}

const supervisors: Readonly<Record<SupervisorStatus["state"], Pick<CheckView, "status" | "message" | "advice">>> = {
  running: { status: "ok", message: "running: it ends machines at their deadlines", advice: null },
  none: {
    status: "ok",
    message: "not running: it starts with the next run and stays until its machines are gone",
    advice: null
  },
  frozen: {
    status: "warn",
    message: "its process is there and does not answer",
    advice:
      "Continue it with `kill -CONT PID`, or end it: the next command starts another. `runctl doctor` has its PID."
  }
}

const sweeper = ({ isFree, now, sweptAt }: Judged): CheckView => {
  const name = "sweeper"
  const ago = sweptAt === undefined ? undefined : relative(sweptAt, now)
  if (ago !== undefined && isLately(sweptAt, now)) {
    return { name, status: "ok", message: `\`runctl sweep\` asked it ${ago}`, advice: null }
  }
  const when =
    ago === undefined ? "none: no `runctl sweep` has asked it" : `none lately: \`runctl sweep\` asked it ${ago}`
  return isFree
    ? { name, status: "ok", message: `${when}; none is needed, nothing here is billed`, advice: null }
    : {
        name,
        status: "warn",
        message: when,
        advice:
          "Have `runctl sweep` run every five minutes by cron or a systemd timer: see the guide, Forgotten machines."
      }
}

/** The layers, from the innermost outwards; what does not exist is said to be missing, not to be fine. */
export const layersOfSafety = (judged: Judged): ReadonlyArray<CheckView> => {
  const missing = judged.isFree ? "ok" : "warn"
  const unneeded = judged.isFree ? "; none is needed, nothing here is billed" : ""
  return [
    machine(judged),
    {
      name: "provider's limit",
      status: missing,
      message: `none: no limit of the provider's own is set or read back${unneeded}`,
      advice: judged.isFree ? null : "Set a spending limit in the provider's own console where it has one."
    },
    { name: "supervisor", ...supervisors[judged.supervisor] },
    sweeper(judged)
  ]
}
