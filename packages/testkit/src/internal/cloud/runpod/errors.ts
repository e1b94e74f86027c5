import type { Answer } from "../http.ts"

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Content Too Large",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable"
}

/** In the form of RFC 9457. */
export const problem = (status: number, detail: string, errors?: ReadonlyArray<string>): Answer => ({
  status,
  headers: { "content-type": "application/problem+json" },
  body: { title: titles[status] ?? "Error", status, detail, ...(errors === undefined ? {} : { errors }) }
})

/** There is no code for it: a 400 like any other. */
export const capacityWords =
  "There are no longer any instances available with the requested specifications. Please refresh and try again."

export const noGpusOnHost = "There are not enough free GPUs on the host machine to start this pod."

export const unauthorized = problem(401, "missing bearer token")
export const forbidden = problem(403, "insufficient access")
export const notFound = problem(404, "resource not found")
export const serverError = problem(500, "internal server error")
