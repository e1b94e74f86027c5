import * as CloudFailure from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Stream from "effect/Stream"
import type { Failure } from "../Failures.ts"

/** What an SDK hands over to be sent. */
export interface Outgoing {
  readonly method: string
  readonly protocol?: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | ReadonlyArray<string> | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** What it gets back. */
export interface Incoming {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** What goes wrong below the API, as something that can be thrown through an SDK. */
export class Broken extends Error {
  readonly _tag = "Broken"
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** More than any page of these APIs has. **Units**  bytes */
const longest = 64 * 1024 ** 2

const patience = "60 seconds"

const ofTransport = CloudFailure.ofTransport("AWS")

const textIn = (body: Uint8Array): Effect.Effect<string> => Stream.mkString(Stream.decodeText(Stream.make(body)))

const addressOf = ({ hostname, path, port, protocol = "https:", query = {} }: Outgoing): string => {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(
      (each) => `${encodeURIComponent(name)}=${encodeURIComponent(each ?? "")}`
    )
  )
  const at = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}`
  return pairs.length === 0 ? at : `${at}?${pairs.join("&")}`
}

const tooLong: Failure = { _tag: "Strange", message: "AWS answered with more than 64 MiB" }

const collected = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, Failure> =>
  stream.pipe(
    Stream.mapError(ofTransport),
    Stream.runFoldEffect(
      (): { readonly chunks: Array<Uint8Array>; readonly bytes: number } => ({ chunks: [], bytes: 0 }),
      ({ bytes, chunks }, more) => {
        chunks.push(more)
        const all = bytes + more.length
        return all > longest ? Effect.fail(tooLong) : Effect.succeed({ chunks, bytes: all })
      }
    ),
    Effect.map(({ bytes, chunks }) => {
      const whole = new Uint8Array(bytes)
      let at = 0
      for (const chunk of chunks) {
        whole.set(chunk, at)
        at += chunk.length
      }
      return whole
    })
  )

/** An error of the way into which somebody else has come: a page, a redirect, half of an answer. */
const strangeness = (operation: string, status: number, text: string): Failure | undefined => {
  if (status >= 300 && status < 400) {
    return { _tag: "Strange", message: `${operation} was answered with a redirect, which is not followed` }
  }
  const isJson = text.startsWith("{") && text.endsWith("}")
  const isXml = text.endsWith(`</${operation}Response>`) || /<\/(Response|ErrorResponse)>$/.test(text)
  const isOk = status >= 200 && status < 300
  if (isJson || (isXml && (!isOk || text.endsWith(`</${operation}Response>`)))) return undefined
  const message = `${operation} was answered with ${status} by something that is not AWS, or not whole`
  return status >= 500 ? { _tag: "Broken", message, retryAfter: undefined } : { _tag: "Strange", message }
}

const withBody = ({ body, headers }: Outgoing) => {
  const type = headers["content-type"] ?? "text/plain"
  return body instanceof Uint8Array
    ? HttpClientRequest.bodyUint8Array(body, type)
    : HttpClientRequest.bodyText(typeof body === "string" ? body : "", type)
}

/** Sends one signed request, and brings the whole answer. */
export const exchange = (
  http: HttpClient.HttpClient,
  operation: string,
  request: Outgoing
): Effect.Effect<Incoming, Failure> =>
  Effect.gen(function* () {
    const { method } = request
    const sent = HttpClientRequest.make(method === "GET" ? "GET" : "POST")(addressOf(request)).pipe(
      HttpClientRequest.setHeaders(
        // These are set by whoever sends.
        Object.fromEntries(Object.entries(request.headers).filter(([name]) => !/^(host|content-length)$/i.test(name)))
      ),
      withBody(request)
    )
    const response = yield* http.execute(sent).pipe(Effect.mapError(ofTransport))
    const body = yield* collected(response.stream).pipe(
      Effect.catch((failure) =>
        response.headers["content-length"] === "0" ? Effect.succeed(new Uint8Array()) : Effect.fail(failure)
      )
    )
    const strange = strangeness(operation, response.status, (yield* textIn(body)).trim())
    if (strange !== undefined) return yield* Effect.fail(strange)
    return { statusCode: response.status, headers: { ...response.headers }, body }
  }).pipe(
    Effect.timeoutOrElse({
      duration: patience,
      orElse: () => Effect.fail<Failure>({ _tag: "Lost", message: `${operation} was not answered within ${patience}` })
    }),
    Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
    Effect.provideService(HttpClient.TracerPropagationEnabled, false),
    Effect.provideService(Headers.CurrentRedactedNames, ["authorization", "x-amz-security-token", "cookie"])
  )
