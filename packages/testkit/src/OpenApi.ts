/**
 * Holds requests and answers to a vendor's own OpenAPI 3.0 description, more strictly than the vendor does.
 *
 * @since 0.1.0
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { compileDocument, type Operation } from "./internal/emulator/openApiDocument.ts"

/**
 * A request as it was sent; values of the query are still words.
 *
 * @category models
 * @since 0.1.0
 */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Parsed; `undefined` for none. */
  readonly body?: unknown
}

/**
 * What came back, its body parsed.
 *
 * @category models
 * @since 0.1.0
 */
export interface Answered {
  readonly status: number
  readonly body?: unknown
}

/**
 * Says what is wrong; nothing is where nothing is said.
 *
 * **Details**  Fields at the root of a body and parameters of a query that the description does not know are wrong too.
 * In the body of a failure they are not: vendors add to those as they like.
 *
 * @category models
 * @since 0.1.0
 */
export class OpenApi {
  readonly #operations: ReadonlyArray<Operation>

  constructor(operations: ReadonlyArray<Operation>) {
    this.#operations = operations
  }

  /** What is wrong with a request. */
  request(sent: Sent): ReadonlyArray<string> {
    const found = this.#find(sent)
    return found === undefined
      ? [`${sent.method} ${sent.path} is not described`]
      : found.operation.request(sent, found.params)
  }

  /** What is wrong with the answer to a request. */
  answer(sent: Pick<Sent, "method" | "path">, answered: Answered): ReadonlyArray<string> {
    return this.#find(sent)?.operation.answer(answered) ?? []
  }

  #find({ method, path }: Pick<Sent, "method" | "path">) {
    for (const operation of this.#operations) {
      const params = operation.method === method ? operation.match(path) : undefined
      if (params !== undefined) return { operation, params }
    }
    return undefined
  }
}

/**
 * Reads a description: a file, or the file of that name in a folder such as the one that `RUNCTL_OPENAPI_DIR` names.
 *
 * @category constructors
 * @since 0.1.0
 */
export const load = async (path: string, name?: string): Promise<OpenApi> => {
  const file = path.endsWith(".json") ? path : join(path, `${name ?? "openapi"}.json`)
  return new OpenApi(await compileDocument(JSON.parse(await readFile(file, "utf8"))))
}
