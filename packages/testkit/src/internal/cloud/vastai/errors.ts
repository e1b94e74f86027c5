import type { Answer } from "../http.ts"
import type { Failure } from "../FaultScript.ts"

const json = (status: number, body: unknown): Answer => ({ status, headers: {}, body })

/** The usual form of an error. */
export const error = (
  status: number,
  code: string,
  msg: string,
  more: Readonly<Record<string, unknown>> = {}
): Answer => json(status, { success: false, error: code, msg, ...more })

export const unauthorized: Answer = error(401, "auth_error", "Invalid user key")

/** A search says of the same that it is not there, and does not say `success`. */
export const unauthorizedSearch: Answer = json(404, { error: null, msg: "Invalid user key" })

export const forbidden: Answer = error(403, "forbidden", "This key is not authorized to access this endpoint.")

export const deprecated: Answer = error(
  410,
  "deprecated_endpoint",
  "/api/v0/instances/ is deprecated. Use /api/v1/instances/ instead."
)

export const noSuchPath: Answer = error(404, "not_found", "Not Found")

export const noSuchInstance: Answer = error(404, "no_such_instance", "Instance with that ID does not exist.")

/** When a delete does not find it. */
export const notFound: Answer = error(404, "not_found", "Instance not found")

export const invalid = (message: string): Answer => error(400, "invalid_args", message)

export const noSuchAsk = (id: number): Answer =>
  error(404, "invalid_args", `error 404/3603: no_such_ask Instance type by id ${id} is not available.`, { ask_id: id })

/** In which words an offer is gone. */
export const capacityWords = "is no longer available."

export const unavailable = (id: number, words: string): Answer =>
  error(410, "no_such_ask", `error 410/3907: no_such_ask Instance type ${id} ${words}`, { ask_id: id })

/** The instance that it names is there, does not run, and costs its disk. */
export const bidTooLow = (id: number, lowest: number, contract: number): Answer =>
  error(400, "invalid_price", `error 400/3702: bid price is below the minimum bid of ${lowest}.`, {
    ask_id: id,
    new_contract: contract
  })

export const noCredit: Answer = error(
  400,
  "invalid_args",
  "Your account lacks credit; see the billing page. Rent failed."
)

/** As plain text, without a word on when to come again. */
export const tooMany = (threshold: number): Answer => ({
  status: 429,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: `API requests too frequent: endpoint threshold=${threshold.toFixed(1)}`
})

const failures: Readonly<Record<Failure, readonly [string, string]>> = {
  unauthorized: ["auth_error", "Invalid user key"],
  forbidden: ["forbidden", "This key is not authorized to access this endpoint."],
  unavailable: ["unavailable", "Service Unavailable"],
  serverError: ["server_error", "Internal Server Error"]
}

/** What it says when something is wrong that has nothing to do with the request. */
export const failed = (status: number, failure: Failure): Answer => {
  const [code, message] = failures[failure]
  return error(status, code, message)
}
