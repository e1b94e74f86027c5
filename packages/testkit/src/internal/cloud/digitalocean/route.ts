import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import type { Account } from "./model.ts"
import { Failure } from "./schemas.ts"
import type { World } from "./World.ts"

/** A request that is allowed, of somebody who may. `readAt` is how old what it reads is. */
export interface Call<Query, Body> {
  readonly account: Account
  readonly now: number
  readonly readAt: number
  readonly path: string
  readonly params: ReadonlyArray<string>
  readonly rawQuery: Readonly<Record<string, string>>
  readonly query: Query
  readonly body: Body
  readonly headers: Readonly<Record<string, string>>
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
  readonly scope: string | undefined
  readonly run: (world: World, call: Raw, refuses: boolean) => Outcome
  /** What is wrong with what it answered. */
  readonly check: (answer: Answer) => string | undefined
}

interface Spec<Q extends Schema.ConstraintDecoder<unknown>, B extends Schema.ConstraintDecoder<unknown>> {
  readonly method: string
  /** A `:name` stands for a part of the path, a `#name` for a number. */
  readonly path: string
  readonly scope?: string
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

const whole = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(1))

export const paging = {
  page: Schema.optionalKey(whole),
  per_page: Schema.optionalKey(whole.check(Schema.isLessThanOrEqualTo(200)))
}

export const onlyPaging = Schema.Struct(paging)

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
  const path = spec.path.replaceAll(/[:#]\w+/g, (part) => (part.startsWith("#") ? "([1-9]\\d*)" : "([^/]+)"))
  return {
    method: spec.method,
    path: new RegExp(`^${path}$`),
    scope: spec.scope,
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
      const complaint = Result.isFailure(query) ? `query: ${query.failure.message}` : `body: ${saidOf(body)}`
      return { answer: refuses ? undefined : lenient(world, call), complaint }
    }
  }
}

const saidOf = (result: Result.Result<unknown, Schema.SchemaError>): string =>
  Result.isFailure(result) ? result.failure.message : ""

interface Page {
  readonly page?: number
  readonly per_page?: number
}

type Paged = Pick<Call<Page, unknown>, "path" | "query" | "rawQuery">

const pages = (world: World, { path, query, rawQuery }: Paged, last: number): unknown => {
  const { page = 1 } = query
  const link = (to: number) =>
    `${world.options.origin()}${path}?${new URLSearchParams({ ...rawQuery, page: String(to) }).toString()}`
  const back = page > 1 ? { first: link(1), prev: link(Math.min(page - 1, last)) } : {}
  const on = page < last ? { next: link(page + 1), last: link(last) } : {}
  return last === 1 && page === 1 ? {} : { pages: { ...back, ...on } }
}

/** One page of them, with the links to the others. */
export const listed = <A>(
  world: World,
  call: Paged,
  name: string,
  all: ReadonlyArray<A>,
  view: (one: A) => unknown
): Answer => {
  const { page = 1, per_page = 20 } = call.query
  const last = Math.max(1, Math.ceil(all.length / per_page))
  const shown = all.slice((page - 1) * per_page, page * per_page).map(view)
  return ok({ [name]: shown, links: pages(world, call, last), meta: { total: all.length } })
}

export const ok = (body: unknown, status = 200): Answer => ({ status, headers: {}, body })

export const done: Answer = { status: 204, headers: {}, body: undefined }
