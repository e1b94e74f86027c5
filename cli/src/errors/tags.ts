/**
 * The code of every error that core, remote, runtime and journal can fail with: a new one does not compile without.
 */
import type { JobError } from "@runctl/core/JobError"
import type { ProviderError } from "@runctl/core/ProviderError"
import type { RegistryError } from "@runctl/core/ProviderRegistry"
import type { ShellError } from "@runctl/core/Shell"
import type { JournalError } from "@runctl/runtime/JournalError"
import type { RuntimeError } from "@runctl/runtime/RuntimeError"
import type { Code } from "./codes.ts"

/** By the reason of a `ProviderError`. */
export const providerCodes = {
  Unauthorized: "RUNCTL_E_UNAUTHORIZED",
  Forbidden: "RUNCTL_E_FORBIDDEN",
  NotFound: "RUNCTL_E_NOT_FOUND",
  OutOfCapacity: "RUNCTL_E_OUT_OF_CAPACITY",
  QuotaExceeded: "RUNCTL_E_QUOTA_EXCEEDED",
  InsufficientFunds: "RUNCTL_E_INSUFFICIENT_FUNDS",
  PriceTooLow: "RUNCTL_E_PRICE_TOO_LOW",
  RateLimited: "RUNCTL_E_RATE_LIMITED",
  Conflict: "RUNCTL_E_CONFLICT",
  Rejected: "RUNCTL_E_REJECTED",
  Unavailable: "RUNCTL_E_UNAVAILABLE",
  OutcomeUnknown: "RUNCTL_E_OUTCOME_UNKNOWN",
  UnsupportedCapability: "RUNCTL_E_UNSUPPORTED",
  MalformedResponse: "RUNCTL_E_MALFORMED_RESPONSE"
} as const satisfies Readonly<Record<ProviderError["reason"]["_tag"], Code>>

/** By the reason of a `JobError`. */
export const jobCodes = {
  MachineUnreachable: "RUNCTL_E_MACHINE_UNREACHABLE",
  PreparationFailed: "RUNCTL_E_PREPARATION_FAILED",
  MachineClaimed: "RUNCTL_E_MACHINE_CLAIMED",
  MachineRefused: "RUNCTL_E_MACHINE_REFUSED",
  LocalFileFailed: "RUNCTL_E_LOCAL_FILE",
  DigestMismatch: "RUNCTL_E_DIGEST_MISMATCH",
  PathEscapes: "RUNCTL_E_PATH_ESCAPES"
} as const satisfies Readonly<Record<JobError["reason"]["_tag"], Code>>

/** By the reason of a `ShellError`. */
export const shellCodes = {
  Unreachable: "RUNCTL_E_MACHINE_UNREACHABLE",
  Refused: "RUNCTL_E_MACHINE_REFUSED"
} as const satisfies Readonly<Record<ShellError["reason"]["_tag"], Code>>

/** By the reason of a `JournalError`. */
export const journalCodes = {
  Conflict: "RUNCTL_E_JOURNAL_CONFLICT",
  Fenced: "RUNCTL_E_JOURNAL_FENCED",
  Held: "RUNCTL_E_JOURNAL_HELD",
  Locked: "RUNCTL_E_JOURNAL_LOCKED",
  ReadOnly: "RUNCTL_E_JOURNAL_READ_ONLY",
  DiskFull: "RUNCTL_E_JOURNAL_DISK_FULL",
  NewerVersion: "RUNCTL_E_JOURNAL_NEWER",
  NetworkFileSystem: "RUNCTL_E_JOURNAL_NETWORK",
  NeedsRebuild: "RUNCTL_E_JOURNAL_NEEDS_REBUILD",
  Unreadable: "RUNCTL_E_JOURNAL_UNREADABLE",
  Damaged: "RUNCTL_E_JOURNAL_DAMAGED"
} as const satisfies Readonly<Record<JournalError["reason"]["_tag"], Code>>

/** By the tag of an error without reasons. */
export const plainCodes = {
  DuplicateProvider: "RUNCTL_E_DUPLICATE_PROVIDER",
  UnknownProvider: "RUNCTL_E_UNKNOWN_PROVIDER",
  ProviderDisabled: "RUNCTL_E_PROVIDER_DISABLED",
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
} as const satisfies Readonly<Record<RegistryError["_tag"] | RuntimeError["_tag"], Code>>

const byReason = new Map<string, Readonly<Record<string, Code>>>([
  ["ProviderError", providerCodes],
  ["JobError", jobCodes],
  ["ShellError", shellCodes],
  ["JournalError", journalCodes]
])

const byTag: Readonly<Record<string, Code>> = plainCodes

const tagOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "_tag" in value && typeof value._tag === "string"
    ? value._tag
    : undefined

/** The code of an error, recognised by its tags alone; `undefined` for one that is not ours. */
export const codeOf = (error: unknown): Code | undefined => {
  const tag = tagOf(error)
  if (tag === undefined) return undefined
  const reasons = byReason.get(tag)
  if (reasons === undefined) return Object.hasOwn(byTag, tag) ? byTag[tag] : undefined
  const reason = typeof error === "object" && error !== null && "reason" in error ? tagOf(error.reason) : undefined
  return reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason] : undefined
}
