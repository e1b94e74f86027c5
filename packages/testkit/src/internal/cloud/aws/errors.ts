import type { Dialect } from "../FaultScript.ts"
import type { Answer } from "../http.ts"
import { errorXml, Refusal } from "./wire.ts"

export const xml = (status: number, body: string): Answer => ({
  status,
  headers: { "content-type": "text/xml;charset=UTF-8" },
  body
})

export const failures = {
  unauthorized: new Refusal("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
  forbidden: new Refusal("UnauthorizedOperation", "You are not authorized to perform this operation.", 403),
  unavailable: new Refusal("ServiceUnavailable", "The service is unavailable. Please try again shortly.", 503),
  serverError: new Refusal("InternalError", "An internal error has occurred", 500)
} as const

const noId = "00000000-0000-4000-8000-000000000000"

/** An error in the words of EC2, as any of its actions may have it. */
export const failed = (status: number, { code, message }: Refusal): Answer =>
  xml(status, errorXml(noId, { code, message }))

const isAction =
  (action: string) =>
  (body: unknown): boolean =>
    typeof body === "string" && new RegExp(`(^|&)Action=${action}(&|$)`).test(body)

export const dialect: Dialect = {
  create: { method: "POST", body: isAction("RunInstances") },
  action: { method: "POST", body: (body) => isAction("StopInstances")(body) || isAction("StartInstances")(body) },
  delete: { method: "POST", body: isAction("TerminateInstances") },
  capacity: "",
  typeOf: (body) => (typeof body === "string" ? new URLSearchParams(body).get("InstanceType") : undefined),
  failure: (status, failure) => failed(status, failures[failure])
}
