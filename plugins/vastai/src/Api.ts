/**
 * Vast.ai's API.
 *
 * @since 0.1.0
 */
import * as CloudApi from "@runctl/core/CloudApi"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Path from "effect/Path"
import { leftBy } from "./Answers.ts"
import * as Credential from "./Credential.ts"
import { errorInside, errorOf, pause } from "./Failures.ts"
import * as Limits from "./Limits.ts"
import { provider } from "./Market.ts"
import type { Settings } from "./Settings.ts"

/**
 * The API at the endpoint of the settings, asked no faster than it allows.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* ({
  endpoint,
  pace
}: Pick<Settings, "endpoint" | "pace">): Effect.fn.Return<
  CloudApi.CloudApi,
  never,
  FileSystem.FileSystem | Path.Path | HttpClient.HttpClient
> {
  const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  return yield* CloudApi.make({
    provider,
    title: "Vast.ai",
    endpoint,
    pace: Limits.towards(endpoint, pace),
    turnOf: (call) => ({ lane: Limits.laneOf(call) }),
    credential: {
      missing: Credential.everywhere,
      find: () => Effect.provideContext(Credential.find, files)
    },
    errorOf,
    errorInside,
    // A failure that tells what it has left behind is known as well as a refusal.
    isRefusal: ({ body, status }) => (status < 500 && status !== 408) || leftBy(body) !== undefined,
    ...(pace === 0 ? {} : { pauseWhenRefused: Duration.times(pause, pace) })
  })
})
