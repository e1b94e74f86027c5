import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import type { Account, Token } from "./model.ts"
import { Failure } from "./schemas.ts"
import type { World } from "./World.ts"

/** A request that is allowed, of somebody who may. `readAt` is how old what it reads is. */
export interface Call<Query, Body> {
  readonly account: Account
  readonly now: number
  readonly readAt: number
  readonly path: string
  readonly params: ReadonlyArray<string>
  readonly query: Query
  readonly body: Body
}

type Raw = Call<Readonly<Record<string, string>>, unknown>

/** What comes of a request: an answer, what is wrong with it, or both where that is only written down. */
export interface Outcome {
  readonly answer: Answer | undefined
  readonly complaint: string | undefined
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  /** Which of the documented times between two calls is kept, and how long it is. **Units** seconds */
  readonly every: number
  /** Whether a key is asked for at all, and whether an instance's own will do. */
  readonly key: "none" | "account" | "own"
  readonly run: (world: World, call: Raw, refuses: boolean) => Outcome
  /** What is wrong with what it answered. */
  readonly check: (answer: Answer) => string | undefined
}

interface Spec<Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>> {
  readonly method: string
  /** A `#name` stands for a number in the path. */
  readonly path: string
  readonly every: number
  readonly key?: Route["key"]
  readonly query: Q
  readonly body: B
  /** Of an answer that says yes. */
  readonly answer: Schema.ConstraintDecoder<unknown>
  readonly run: (world: World, call: Call<Q["Type"], B["Type"]>) => Answer
}

const strict = { errors: "all", onExcessProperty: "error" } as const

const decodeFailure = Schema.decodeUnknownResult(Failure, strict)

/** What is wrong with an answer that says no. */
export const checkFailure = (answer: Answer): string | undefined => {
  const result = decodeFailure(answer.body)
  return Result.isFailure(result) ? result.failure.message : undefined
}

export const noQuery = Schema.Struct({})

export const noBody = Schema.Undefined

/** The key of who asks, as far as it may do this. */
export const mayCall = ({ key }: Route, { instance }: Token, params: ReadonlyArray<string>): boolean =>
  instance === undefined || (key === "own" && params[0] === String(instance))

/** Binds what is written down of a request to what is done for it. */
export const route = <Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>>(
  spec: Spec<Q, B>
): Route => {
  const decodeQuery = Schema.decodeUnknownResult(spec.query, strict)
  const decodeBody = Schema.decodeUnknownResult(spec.body, strict)
  const lenient = (world: World, call: Raw): Answer | undefined => {
    const query = Schema.decodeUnknownResult(spec.query)(call.query)
    const body = Schema.decodeUnknownResult(spec.body)(call.body)
    if (Result.isFailure(query) || Result.isFailure(body)) return undefined
    return spec.run(world, { ...call, query: query.success, body: body.success })
  }
  const decodeAnswer = Schema.decodeUnknownResult(spec.answer, strict)
  return {
    method: spec.method,
    path: new RegExp(`^${spec.path.replaceAll(/#\w+/g, "([1-9]\\d*)")}$`),
    every: spec.every,
    key: spec.key ?? "account",
    check: (answer) => {
      if (answer.status >= 400) return checkFailure(answer)
      const result = decodeAnswer(answer.body)
      return Result.isFailure(result) ? result.failure.message : undefined
    },
    run: (world, call, refuses) => {
      const query = decodeQuery(call.query)
      const body = decodeBody(call.body)
      if (Result.isSuccess(query) && Result.isSuccess(body)) {
        const answer = spec.run(world, { ...call, query: query.success, body: body.success })
        return { answer, complaint: undefined }
      }
      const what = Result.isFailure(query) ? `query: ${query.failure.message}` : `body: ${saidOf(body)}`
      return { answer: refuses ? undefined : lenient(world, call), complaint: what }
    }
  }
}

const saidOf = (result: Result.Result<unknown, Schema.SchemaError>): string =>
  Result.isFailure(result) ? result.failure.message : ""

export const ok = (body: unknown): Answer => ({ status: 200, headers: {}, body })

export const done: Answer = ok({ success: true })
