/**
 * DigitalOcean's API.
 *
 * @since 0.1.0
 */
import * as CloudApi from "@runctl/core/CloudApi"
import type * as Pace from "@runctl/core/Pace"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import { everywhere } from "./Credential.ts"
import * as Reply from "./internal/reply.ts"
import { type Lane, towards } from "./Pace.ts"

const turnOf = (call: CloudApi.Call): Pace.Turn<Lane> => ({
  lane: call.path.startsWith("/v2/account/keys") ? "keys" : CloudApi.isRead(call) ? "read" : "change"
})

/**
 * Calls with the token that counts now.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = ({
  credential,
  endpoint
}: {
  readonly endpoint: string
  readonly credential: Effect.Effect<CloudApi.Credential | undefined>
}): Effect.Effect<CloudApi.CloudApi, never, HttpClient.HttpClient> =>
  CloudApi.make({
    provider: "digitalocean",
    title: "DigitalOcean",
    endpoint,
    pace: towards(endpoint),
    turnOf,
    credential: { missing: everywhere, find: () => credential },
    errorOf: ({ body }) => Reply.errorOf(body)
  })
