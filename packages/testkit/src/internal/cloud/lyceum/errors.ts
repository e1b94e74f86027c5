import type { Failure } from "../FaultScript.ts"
import type { Answer } from "../http.ts"
import { profileNames } from "./catalogue.ts"

const error = (status: number, detail: unknown): Answer => ({ status, headers: {}, body: { detail } })

const words: Readonly<Record<Failure, string>> = {
  unauthorized: "Token expired",
  forbidden: "Not allowed in this organization",
  unavailable: "Service Unavailable",
  serverError: "Internal Server Error"
}

/** What it says when the request is not to blame, or nobody knows who asks. */
export const failed = (status: number, failure: Failure): Answer => error(status, words[failure])

export const unauthorized: Answer = error(401, "Invalid authentication credentials")

export const noPath: Answer = error(404, "Not Found")

export const noVm: Answer = error(404, "VM not found")

export const noCredits: Answer = error(402, "Insufficient credits")

export const tooMany: Answer = error(429, "Too many requests")

export const invalid: Answer = error(
  400,
  "The instance request was invalid. Please check your parameters and try again."
)

export const unknownProfile = (profile: string): Answer =>
  error(400, `Unknown hardware_profile '${profile}'. Valid options: ${profileNames}`)

/** That there is none now is called a failure of the service. */
export const capacityWords = "The instance could not be provisioned right now. Please try again in a moment."

export const noCapacity = (message: string): Answer => error(500, message)

/** What is wrong with a body, as a list. */
export const unprocessable = (message: string): Answer =>
  error(422, [{ loc: ["body"], msg: message.slice(0, 500), type: "value_error" }])
