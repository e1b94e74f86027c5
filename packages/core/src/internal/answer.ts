/**
 * An answer as the API's own, or what it is instead.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Failure } from "../CloudFailure.ts"
import * as Reply from "./reply.ts"

/** What matters here of a call. */
interface Asked {
  readonly method: string
  readonly path: string
  readonly scope?: string | undefined
  readonly answer?: "json" | "text" | "any" | "secret" | undefined
}

interface Answered<C> {
  readonly call: C
  readonly status: number
  readonly text: string
  readonly body: unknown
}

interface Said {
  readonly message: string
  readonly code?: string | undefined
}

interface Came<C> {
  readonly call: C
  readonly status: number
  readonly text: string
  readonly isPage: boolean
  readonly retryAfter: Duration.Duration | undefined
}

interface By<C> {
  readonly provider: string
  readonly title: string
  readonly setting: string
  readonly errorOf: (answered: Answered<C>) => Said | undefined
  readonly errorInside?: (answered: Answered<C>) => Said | undefined
  readonly isRefusal?: (answered: Answered<C>, said: Said) => boolean
}

const strange = (message: string): Effect.Effect<never, Failure> => Effect.fail({ _tag: "Strange", message })

const isDone = (status: number): boolean => status >= 200 && status < 300

const refusesByStatus = ({ status }: { readonly status: number }): boolean => status < 500 && status !== 408

/** What a call that was done gives, as far as it is what was asked for. */
const given = ({ body, call, status, text }: Answered<Asked>, isPage: boolean): Effect.Effect<unknown, Failure> => {
  const { answer = "json", method, path } = call
  const isEmpty = text.trim() === ""
  if (isPage && !isEmpty) return strange(`${method} ${path} was answered with a page`)
  if (answer === "any") return Effect.succeed(body)
  if (answer === "text" && !isEmpty) return Effect.succeed(text)
  // Whatever shows what a call gave, as a trace may, shows nothing of it.
  if (answer === "secret" && !isEmpty) return Effect.succeed(Redacted.make(text))
  return body === undefined && status !== 204
    ? strange(`${method} ${path} was answered with something that is no JSON`)
    : Effect.succeed(body)
}

/** Reads an answer. */
export const read = <C extends Asked>(
  { call, isPage, retryAfter, status, text }: Came<C>,
  { errorInside = () => undefined, errorOf, isRefusal = refusesByStatus, provider, setting, title }: By<C>
): Effect.Effect<unknown, Failure> => {
  const what = `${call.method} ${call.path}`
  if (status >= 300 && status < 400) {
    return strange(
      `${what} was answered with a redirect, which is not followed: the token stays with its endpoint. Check providers.${provider}.endpoint`
    )
  }
  const body = text.trim() === "" ? undefined : Reply.jsonOf(text)
  const answered = { call, status, text, body }
  const said = isDone(status) ? errorInside(answered) : errorOf(answered)
  if (isDone(status) && said === undefined) return given(answered, isPage)
  if (said !== undefined ? !isRefusal(answered, said) : !refusesByStatus(answered)) {
    const message = `${what} failed at ${title} with ${status}${said === undefined ? "" : `: ${said.message}`}`
    return Effect.fail({ _tag: "Broken", message, retryAfter })
  }
  // Who is in between (a proxy, a login page of a network) has its own pages for what is not there or not allowed.
  if (said === undefined && status !== 429) {
    return strange(`${what} was answered with ${status} by something that is not its API`)
  }
  return Effect.fail({
    _tag: "Refused",
    status,
    message: said?.message ?? "too many requests",
    code: said?.code,
    retryAfter,
    setting,
    scope: call.scope,
    body
  })
}
