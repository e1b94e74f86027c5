import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import type { Account } from "./model.ts"
import { answers, Failure } from "./schemas.ts"
import type { World } from "./World.ts"

/** A request that is allowed, of somebody who may. `readAt` is how old what it reads is. */
export interface Call<Query, Body> {
  readonly account: Account
  readonly now: number
  readonly readAt: number
  readonly params: ReadonlyArray<string>
  readonly values: Readonly<Record<string, ReadonlyArray<string>>>
  readonly query: Query
  readonly body: Body
}

type Raw = Call<Readonly<Record<string, string>>, unknown>

export interface Route {
  readonly method: string
  readonly path: RegExp
  /** Whether anybody may ask. */
  readonly isPublic: boolean
  readonly run: (world: World, call: Raw, refuses: boolean) => Answer | { readonly complaint: string; answer?: Answer }
  /** What is wrong with what it answered. */
  readonly check: (answer: Answer) => string | undefined
}

interface Spec<Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>> {
  readonly method: string
  /** A `:name` stands for a part of the path. */
  readonly path: string
  readonly isPublic?: boolean
  readonly query: Q
  readonly body: B
  /** Of an answer that says yes. */
  readonly answer: Schema.ConstraintDecoder<unknown>
  readonly run: (world: World, call: Call<Q["Type"], B["Type"]>) => Answer
}

const strict = { errors: "all", onExcessProperty: "error" } as const

const decodeFailure = Schema.decodeUnknownResult(Failure, strict)

/** What is wrong with an answer that says no. */
export const checkFailure = ({ body, status }: Answer): string | undefined => {
  const result = decodeFailure(body)
  return status !== 429 && Result.isFailure(result) ? result.failure.message : undefined
}

const decodeToken = Schema.decodeUnknownResult(answers.token, strict)

/** What is wrong with an answer that gives out a token. */
export const checkToken = ({ body }: Answer): string | undefined => {
  const result = decodeToken(body)
  return Result.isFailure(result) ? result.failure.message : undefined
}

export const noQuery = Schema.Struct({})

export const noBody = Schema.Undefined

export const ok = (body: unknown, status = 200, headers: Answer["headers"] = {}): Answer => ({ status, headers, body })

/** A bare id: text, and no JSON. */
export const bare = (id: string, status: number): Answer => ok(id, status, { "content-type": "text/plain" })

export const done = (status: number): Answer => ok(undefined, status)

const said = (result: Result.Result<unknown, Schema.SchemaError>): string =>
  Result.isFailure(result) ? result.failure.message : ""

/** Binds what is written down of a request to what is done for it. */
export const route = <Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>>(
  spec: Spec<Q, B>
): Route => {
  const [decodeQuery, decodeBody] = [
    Schema.decodeUnknownResult(spec.query, strict),
    Schema.decodeUnknownResult(spec.body, strict)
  ]
  const lenient = (world: World, call: Raw): Answer | undefined => {
    const query = Schema.decodeUnknownResult(spec.query)(call.query)
    const body = Schema.decodeUnknownResult(spec.body)(call.body)
    if (Result.isFailure(query) || Result.isFailure(body)) return undefined
    return spec.run(world, { ...call, query: query.success, body: body.success })
  }
  const decodeAnswer = Schema.decodeUnknownResult(spec.answer, strict)
  return {
    method: spec.method,
    path: new RegExp(`^/v1${spec.path.replaceAll(/:\w+/g, "([^/]+)")}$`),
    isPublic: spec.isPublic ?? false,
    check: (answer) => {
      if (answer.status >= 400) return checkFailure(answer)
      const result = decodeAnswer(answer.body)
      return Result.isFailure(result) ? result.failure.message : undefined
    },
    run: (world, call, refuses) => {
      const [query, body] = [decodeQuery(call.query), decodeBody(call.body)]
      if (Result.isSuccess(query) && Result.isSuccess(body)) {
        return spec.run(world, { ...call, query: query.success, body: body.success })
      }
      const complaint = Result.isFailure(query) ? `query: ${query.failure.message}` : `body: ${said(body)}`
      const answer = refuses ? undefined : lenient(world, call)
      return answer === undefined ? { complaint } : { complaint, answer }
    }
  }
}
