/** One request as a cloud sees it; `path` may carry its query. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** All values of the parameters that came more than once. */
  readonly values?: Readonly<Record<string, ReadonlyArray<string>>>
  /** What stands behind `Bearer` in its authorization, where it does. */
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Parsed JSON, or the text where it is none. */
  readonly body?: unknown
}

/** `body` is a value for JSON, or a text that goes out as it is; nothing without one. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Something that was sent or answered and is not allowed. */
export interface Violation {
  readonly of: "request" | "answer"
  /** Who says so: our own schemas, the vendor's OpenAPI, or a machine that cannot do what its user data wants. */
  readonly by: "schema" | "openapi" | "userData"
  readonly method: string
  readonly path: string
  readonly message: string
}

/** A request with the query beside the path. */
export interface Split extends Request {
  readonly query: Readonly<Record<string, string>>
  /** All values of each parameter. */
  readonly values: Readonly<Record<string, ReadonlyArray<string>>>
}

const each = (query: Readonly<Record<string, string>>): Split["values"] =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, [value]]))

/** With the query beside the path. */
export const split = (request: Request): Split => {
  const mark = request.path.indexOf("?")
  const { query: beside = {}, values: all } = request
  if (mark === -1) return { ...request, query: beside, values: all ?? each(beside) }
  const sent = new URLSearchParams(request.path.slice(mark + 1))
  const values = Object.fromEntries([...new Set(sent.keys())].map((name) => [name, sent.getAll(name)]))
  const query = { ...Object.fromEntries(sent), ...beside }
  return { ...request, path: request.path.slice(0, mark), query, values: { ...values, ...each(beside), ...all } }
}
