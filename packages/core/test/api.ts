import * as CloudApi from "@runctl/core/CloudApi"
import * as Pace from "@runctl/core/Pace"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"

export type Answer = (request: HttpClientRequest.HttpClientRequest) => Response

export const secret = "canary0123456789"
export const pace = () => Pace.make<"all">({ title: "Example", lanes: { all: {} } })

export const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json", ...headers } })

export const saidIn = ({ body }: CloudApi.Answered): CloudApi.Said | undefined => {
  const { code, error } = Object(body)
  return typeof error === "string" ? { message: error, code: typeof code === "string" ? code : undefined } : undefined
}

export const credential: CloudApi.CredentialSource = {
  missing: "EXAMPLE_KEY or a file",
  find: () => Effect.succeed({ token: Redacted.make(secret), setting: "EXAMPLE_KEY" })
}

/** An API that answers as told, and what it was asked. */
export const apiOf = (answer: Answer, changes: Partial<CloudApi.Options<"all">> = {}) => {
  const requests: Array<HttpClientRequest.HttpClientRequest> = []
  const client = HttpClient.make((request) =>
    Effect.sync(() => {
      requests.push(request)
      return HttpClientResponse.fromWeb(request, answer(request))
    })
  )
  const api = CloudApi.make({
    provider: "example",
    title: "Example",
    endpoint: "https://api.example.org",
    pace: pace(),
    turnOf: () => ({ lane: "all" }),
    credential,
    errorOf: saidIn,
    ...changes
  }).pipe(Effect.provideService(HttpClient.HttpClient, client))
  return Effect.map(api, (made) => ({ ...made, requests }))
}

export const get = { method: "GET", path: "/machines" } as const
export const post = { method: "POST", path: "/machines", body: { name: "a" } } as const

export const failureOf = (answer: Answer, call: CloudApi.Call = get, changes: Partial<CloudApi.Options<"all">> = {}) =>
  Effect.flatMap(apiOf(answer, changes), (api) => Effect.flip(api.call(call)))
