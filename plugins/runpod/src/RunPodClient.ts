/**
 * RunPod's REST API, version 2.
 *
 * @since 0.1.0
 */
import * as CloudApi from "@runctl/core/CloudApi"
import * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as HttpClient from "effect/http/HttpClient"
import { everywhere } from "./Credential.ts"
import { errorOf } from "./Failures.ts"
import { towards } from "./Pace.ts"

/**
 * Calls with the key that counts now. A create may take its time: it is waited for longer than the API's own
 * time for one.
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
    provider: "runpod",
    title: "RunPod",
    endpoint,
    pace: towards(endpoint),
    turnOf: (call) => ({ lane: CloudApi.isRead(call) ? "read" : "change" }),
    credential: { missing: everywhere, find: () => credential },
    errorOf: ({ body }) => errorOf(body),
    patience: { read: Duration.seconds(30), change: Duration.seconds(90) }
  })
