import * as Emulator from "@runctl/testkit/Emulator"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"

/** A request as the cloud saw it. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every kind
  readonly body: any
}

/** An emulated cloud in this process: no sockets, and the time is that of the caller. */
export interface Place {
  readonly core: Emulator.VerdaCore
  readonly seen: Array<Seen>
  /** Nobody else's: who asks at the same address keeps a pace together. */
  readonly endpoint: string
}

let places = 0

export const newPlace = (options?: Emulator.VerdaOptions): Place => ({
  core: Emulator.verdaCore(options),
  seen: [],
  endpoint: `https://verda-${places++}.example`
})

const textOf = ({ body }: HttpClientRequest.HttpClientRequest): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""

const parsed = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

const lost = (request: HttpClientRequest.HttpClientRequest) =>
  new HttpClientError.HttpClientError({
    reason: new HttpClientError.TransportError({ request, cause: new Error("the connection was cut") })
  })

/** What goes wrong on the way goes wrong here too. */
const respond = (
  { core, seen }: Place,
  request: HttpClientRequest.HttpClientRequest,
  url: URL
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const text = textOf(request)
    const headers: Readonly<Record<string, string>> = { ...request.headers }
    const asked = { method: request.method, path: url.pathname, headers, body: parsed(text) }
    seen.push({ ...asked, query: url.search, text })
    const token = /^Bearer (\S+)$/.exec(headers["authorization"] ?? "")?.[1]
    const sent = { ...asked, path: `${url.pathname}${url.search}`, token }
    const plan = core.plan(sent)
    const answers = Array.from({ length: plan.effects }, () => core.handle(sent, now))
    const answer = plan.answer ?? answers[0]
    if (answer === undefined || plan.reply === "lost") return yield* lost(request)
    const { body, status } = answer
    const said = typeof body === "string" ? body : (JSON.stringify(body) ?? "")
    const told = { "content-type": "application/json", date: new Date(now).toUTCString(), ...answer.headers }
    return HttpClientResponse.fromWeb(request, new Response(status === 204 ? null : said, { status, headers: told }))
  })

/** The way to it. */
export const layerOf = (place: Place): Layer.Layer<HttpClient.HttpClient> =>
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make((request, url) => respond(place, request, url))
  )
