import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import type { Pod } from "./model.ts"
import { Problem } from "./schemas.ts"
import type { World } from "./World.ts"

/** A request that is allowed, of somebody who may. A pod that asks for itself is `own`. */
export interface Call<Query, Body> {
  readonly now: number
  readonly readAt: number
  readonly path: string
  readonly params: ReadonlyArray<string>
  readonly query: Query
  readonly body: Body
  readonly own: Pod | undefined
}

/** What comes of a request: an answer, or what is wrong with it. */
export interface Outcome {
  readonly answer: Answer | undefined
  readonly complaint: string | undefined
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  /** Whether a pod's own key will do, for the pod in the path. */
  readonly isForPods: boolean
  readonly run: (world: World, call: Call<unknown, unknown>) => Outcome
  /** What is wrong with what it answered. */
  readonly check: (answer: Answer) => string | undefined
}

interface Spec<Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>> {
  readonly method: string
  /** `:name` stands for a part of the path. */
  readonly path: string
  readonly isForPods?: boolean
  readonly query: Q
  readonly body: B
  /** Of an answer that says yes. */
  readonly answer: Schema.ConstraintDecoder<unknown>
  readonly run: (world: World, call: Call<Q["Type"], B["Type"]>) => Answer
}

const strict = { errors: "all", onExcessProperty: "error" } as const
const decodeProblem = Schema.decodeUnknownResult(Problem, strict)

const saidOf = (result: Result.Result<unknown, Schema.SchemaError>): string | undefined =>
  Result.isFailure(result) ? result.failure.message : undefined

/** What is wrong with an answer that says no. */
export const checkProblem = (answer: Answer): string | undefined => saidOf(decodeProblem(answer.body))

/** Binds what is written down of a request to what is done for it. */
export const route = <Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>>(
  spec: Spec<Q, B>
): Route => {
  const decodeQuery = Schema.decodeUnknownResult(spec.query, strict)
  const decodeBody = Schema.decodeUnknownResult(spec.body, strict)
  const decodeAnswer = Schema.decodeUnknownResult(spec.answer, strict)
  return {
    method: spec.method,
    path: new RegExp(`^${spec.path.replaceAll(/:\w+/g, "([^/]+)")}$`),
    isForPods: spec.isForPods ?? false,
    check: (answer) => (answer.status >= 400 ? checkProblem(answer) : saidOf(decodeAnswer(answer.body))),
    run: (world, call) => {
      const query = decodeQuery(call.query)
      const body = decodeBody(call.body)
      if (Result.isFailure(query)) return { answer: undefined, complaint: `query: ${query.failure.message}` }
      if (Result.isFailure(body)) return { answer: undefined, complaint: `body: ${body.failure.message}` }
      return { answer: spec.run(world, { ...call, query: query.success, body: body.success }), complaint: undefined }
    }
  }
}

export const ok = (body: unknown, status = 200): Answer => ({ status, headers: {}, body })

export const done: Answer = { status: 204, headers: {}, body: undefined }
