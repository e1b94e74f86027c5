/**
 * What happens in a run, as lines of text on standard error.
 */
import type { Preparation } from "@runctl/core/Job"
import type { FollowEvent } from "@runctl/runtime/FollowEvent"
import { clean } from "../render/table.ts"
import { bytes, count, usdPerHour } from "../render/units.ts"

type Stored = Extract<FollowEvent, { readonly _tag: "Event" }>["event"]

const field = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
    value
  )

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? clean(String(value)) : "?"

const placed = (payload: unknown): string => {
  const price = field(payload, "usdPerHour")
  const cost = typeof price === "number" ? ` (${usdPerHour(price)})` : ""
  return `${field(payload, "rented") === true ? "created" : "using"} ${text(field(payload, "resource"))}${cost}`
}

const saved = (payload: unknown): string => {
  const size = field(payload, "checkpoint", "bytes")
  return `checkpoint ${text(field(payload, "checkpoint", "path"))} saved (${bytes(typeof size === "number" ? size : 0)})`
}

const fetched = (payload: unknown): string => {
  const files = Number(field(payload, "files"))
  return files === 0 ? "no new files to download" : `downloaded ${count(files, "file")}, verified by digest`
}

const closed = (payload: unknown): string | undefined => {
  const machine = field(payload, "machine")
  if (machine === "terminated") return "terminated: the provider says that the machine is gone"
  return machine === "kept" ? "the machine is kept" : undefined
}

const lines: Readonly<Record<string, (payload: unknown) => string | undefined>> = {
  AttemptStarted: (payload) =>
    field(payload, "number") === 1 ? undefined : `trying again (attempt ${text(field(payload, "number"))})`,
  ProviderFailed: (payload) =>
    `${text(field(payload, "provider"))} could not be asked: ${text(field(payload, "message"))}`,
  OfferFailed: (payload) =>
    `${["provider", "region", "instanceType"].map((key) => text(field(payload, key))).join("/")} could not be had: ${text(field(payload, "problem", "message"))}`,
  RunPlaced: placed,
  RunStarted: () => "started",
  CheckpointSaved: saved,
  RunCancelRequested: (payload) =>
    `${field(payload, "by") === "budget" ? "the budget ends the run" : "cancelling"}: the script may save its work first`,
  BudgetWarned: (payload) => `warning: ${text(field(payload, "message"))}`,
  BudgetExceeded: (payload) => text(field(payload, "message")),
  RunExtended: (payload) => {
    const at = field(payload, "deadlineAt")
    return `deadline moved to ${typeof at === "number" ? new Date(at).toISOString() : "?"}`
  },
  AttemptInterrupted: (payload) => `interrupted: ${text(field(payload, "message"))}`,
  OutputsVerified: fetched,
  OutputsFailed: (payload) => `outputs not brought home: ${text(field(payload, "problem", "message"))}`,
  RunClosed: closed,
  NotificationFailed: (payload) => `could not notify: ${text(field(payload, "message"))}`
}

/** The line for something that was recorded; most of it needs none. */
export const ofEvent = ({ payload, type }: Stored): string | undefined =>
  Object.hasOwn(lines, type) ? lines[type]?.(payload) : undefined

/** How far a transfer is. */
export const ofTransfer = (transfer: Extract<Preparation, { readonly _tag: "Transfer" }>): string =>
  `${transfer.step}: ${count(transfer.totalFiles, "file")}, ${bytes(transfer.bytes)} of ${bytes(transfer.totalBytes)}`

/** Whether a transfer has brought everything. */
export const isComplete = ({ bytes: done, totalBytes }: Extract<Preparation, { readonly _tag: "Transfer" }>): boolean =>
  done >= totalBytes
