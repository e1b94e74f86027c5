import type { Failure } from "../FaultScript.ts"
import type { Answer } from "../http.ts"

const error = (status: number, code: string, message: string): Answer => ({
  status,
  headers: {},
  body: { code, message }
})

export const invalid = (message: string): Answer => error(400, "invalid_request", message)

export const unauthorized: Answer = error(401, "unauthorized_request", "Unauthorized")

export const wrongClient: Answer = error(401, "unauthorized_request", "Invalid client id or client secret")

export const forbidden = (message: string): Answer => error(403, "forbidden_action", message)

export const notFound = (message: string): Answer => error(404, "not_found", message)

export const conflict = (message: string): Answer => error(409, "conflict", message)

export const poor: Answer = error(402, "insufficient_funds", "Insufficient funds")

export const serverError: Answer = error(500, "server_error", "Unexpected error")

/** The words of the public documentation. */
export const noCapacity = "No capacity available"

export const unavailable = (message: string): Answer => error(503, "service_unavailable", message)

/** What cannot be ended yet. */
export const provisioning: Answer = forbidden("Can't discontinue a provisioning instance")

/** Eleven bytes that are not the usual object, as the documentation's own example has it. */
export const tooMany: Answer = { status: 429, headers: {}, body: "Slow down.\n" }

export const failed = (status: number, failure: Failure): Answer => {
  switch (failure) {
    case "unauthorized":
      return { ...unauthorized, status }
    case "forbidden":
      return error(status, "forbidden_action", "Insufficient scope")
    case "unavailable":
      return error(status, "service_unavailable", "Service unavailable")
    case "serverError":
      return { ...serverError, status }
  }
}
