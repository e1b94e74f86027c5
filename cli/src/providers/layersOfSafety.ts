/**
 * What ends a machine when nobody does: which of the four layers are real for a provider. Pure.
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { SupervisorStatus } from "@runctl/runtime/SupervisorClient"
import type { CheckView } from "../output/checks.ts"

/** What the layers are judged by. `isFree`: nothing this provider has on offer costs anything. */
export interface Judged {
  readonly capabilities: Capabilities
  readonly supervisor: SupervisorStatus["state"]
  readonly isFree: boolean
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
        message: `at its deadline the machine ends the job; it cannot end its own billing${isFree ? ", and there is none" : ""}`,
        advice: isFree ? null : "Keep a supervisor running until its machines are gone."
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
    {
      name: "sweeper",
      status: missing,
      message: `none: this version has no sweeper apart from the supervisor${unneeded}`,
      advice: judged.isFree ? null : "Look at `runctl list` after this computer was off for long."
    }
  ]
}
