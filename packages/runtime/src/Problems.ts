/**
 * Every way a step of a run can fail, in words for people with a code for programs.
 *
 * @since 0.1.0
 */
import type { JobError } from "@runctl/core/JobError"
import * as Job from "@runctl/core/JobError"
import * as Provider from "@runctl/core/ProviderError"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { Problem } from "./Event.ts"
import type { JournalError } from "./JournalError.ts"
import { toProblem } from "./ProviderCalls.ts"
import type { RuntimeError } from "./RuntimeError.ts"

/** Whatever a step of a run can fail with. @category models @since 0.1.0 */
export type StepError = ProviderError | JobError | RegistryError | JournalError | RuntimeError

const jobCodes = {
  MachineUnreachable: "RUNCTL_E_MACHINE_UNREACHABLE",
  PreparationFailed: "RUNCTL_E_PREPARATION_FAILED",
  MachineClaimed: "RUNCTL_E_MACHINE_CLAIMED",
  MachineRefused: "RUNCTL_E_MACHINE_REFUSED",
  LocalFileFailed: "RUNCTL_E_LOCAL_FILE",
  DigestMismatch: "RUNCTL_E_DIGEST_MISMATCH",
  PathEscapes: "RUNCTL_E_PATH_ESCAPES"
} as const satisfies Record<JobError["reason"]["_tag"], string>

const codes = {
  DuplicateProvider: "RUNCTL_E_DUPLICATE_PROVIDER",
  UnknownProvider: "RUNCTL_E_UNKNOWN_PROVIDER",
  ProviderDisabled: "RUNCTL_E_PROVIDER_DISABLED",
  JournalError: "RUNCTL_E_JOURNAL",
  UnknownRun: "RUNCTL_E_UNKNOWN_RUN",
  UnknownResource: "RUNCTL_E_UNKNOWN_RESOURCE",
  NotOurs: "RUNCTL_E_NOT_OURS",
  CannotAdopt: "RUNCTL_E_CANNOT_ADOPT",
  NoOrphan: "RUNCTL_E_NO_ORPHAN",
  RunIsOver: "RUNCTL_E_RUN_IS_OVER",
  NoOfferFits: "RUNCTL_E_NO_OFFER_FITS",
  OffersExhausted: "RUNCTL_E_OFFERS_EXHAUSTED",
  BudgetRefused: "RUNCTL_E_BUDGET",
  BadMachine: "RUNCTL_E_BAD_MACHINE",
  SupervisorUnavailable: "RUNCTL_E_SUPERVISOR",
  HomeFailed: "RUNCTL_E_HOME"
} as const satisfies Record<Exclude<StepError["_tag"], "ProviderError" | "JobError">, string>

/** A failure for people. @category conversions @since 0.1.0 */
export const problemOf = (error: StepError): Problem => {
  if (error._tag === "ProviderError") return toProblem(error)
  if (error._tag === "JobError") {
    const { reason } = error
    const output = reason._tag === "PreparationFailed" && reason.output !== "" ? `\n${reason.output}` : ""
    return { code: jobCodes[reason._tag], message: `${error.message}${output}` }
  }
  return { code: codes[error._tag], message: error.message }
}

const worthAnotherTry: ReadonlySet<string> = new Set(["Locked", "DiskFull", "Conflict", "Held"])

/**
 * Whether the same step may succeed later without anybody changing anything but time: the network, the service, a full
 * disk.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isPassing = (error: StepError): boolean => {
  switch (error._tag) {
    case "ProviderError":
      return Provider.isRetryable(error.reason)
    case "JobError":
      return Job.isRetryable(error)
    case "JournalError":
      return worthAnotherTry.has(error.reason._tag)
    case "HomeFailed":
      return true
    case "OffersExhausted":
      return error.isPassing
    case "NoOfferFits":
      return error.failures.some(({ isPassing: mayAnswerLater }) => mayAnswerLater === true)
    default:
      return false
  }
}
