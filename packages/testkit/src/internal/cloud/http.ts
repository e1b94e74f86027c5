/** One request as a cloud sees it; `path` may carry its query. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
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

/** With the query beside the path. */
export const split = (request: Request): Request & { readonly query: Readonly<Record<string, string>> } => {
  const mark = request.path.indexOf("?")
  if (mark === -1) return { ...request, query: request.query ?? {} }
  const query = Object.fromEntries(new URLSearchParams(request.path.slice(mark + 1)))
  return { ...request, path: request.path.slice(0, mark), query: { ...query, ...request.query } }
}
