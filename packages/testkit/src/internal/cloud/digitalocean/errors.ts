import type { Failure } from "../FaultScript.ts"
import type { Answer } from "../http.ts"

const error = (status: number, id: string, message: string, more: Readonly<Record<string, unknown>> = {}): Answer => ({
  status,
  headers: {},
  body: { id, message, ...more }
})

const failures: Readonly<Record<Failure, readonly [id: string, message: string]>> = {
  unauthorized: ["unauthorized", "Unable to authenticate you."],
  forbidden: ["forbidden", "You do not have permission to perform this action."],
  unavailable: ["service_unavailable", "Server Error"],
  serverError: ["server_error", "Server Error"]
}

/** What it says when the request is not to blame, or nobody knows who asks. */
export const failed = (status: number, failure: Failure): Answer => error(status, ...failures[failure])

export const unauthorized: Answer = failed(401, "unauthorized")

export const forbidden: Answer = failed(403, "forbidden")

export const notFound: Answer = error(404, "not_found", "The resource you were accessing could not be found.")

export const conflict = (message: string): Answer => error(409, "conflict", message)

export const unprocessable = (message: string, more?: Readonly<Record<string, unknown>>): Answer =>
  error(422, "unprocessable_entity", message, more)

export const tooMany: Answer = error(429, "too_many_requests", "API rate limit exceeded.")

export const serverError: Answer = error(500, "server_error", "Unexpected server-side error")

/** As they have been seen in the wild; each says the same and says it differently. */
export const capacityMessages = [
  "The size you selected is temporarily unavailable because of High CPU server capacity",
  "Size is not available in this region.",
  "Region is not available"
] as const

export const noCapacity = (message: string, regions: ReadonlyArray<string>): Answer =>
  unprocessable(message, message === capacityMessages[0] ? { error_attributes: { available_regions: regions } } : {})

export const pendingEvent: Answer = unprocessable("Droplet already has a pending event.")
