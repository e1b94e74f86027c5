/**
 * Lyceum's API: its words for what is wrong, and the pace that it is asked at.
 *
 * @since 0.1.0
 */
import * as CloudApi from "@runctl/core/CloudApi"
import * as CloudFailure from "@runctl/core/CloudFailure"
import * as Pace from "@runctl/core/Pace"
import * as ProviderError from "@runctl/core/ProviderError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as HttpClient from "effect/http/HttpClient"
import type * as Path from "effect/Path"
import * as Credential from "./Credential.ts"
import type { Settings } from "./Settings.ts"

/** Where everything is that we ask. @source docs.lyceum.technology @category constants @since 0.1.0 */
export const prefix = "/api/v2/external"

/** What rents a machine. @category constants @since 0.1.0 */
export const createPath: string = `${prefix}/vms/create`

/**
 * Nobody says how often it may be asked, only that it is too often some time: what it refuses for that is heeded, and
 * this keeps it seldom. Reads leave room for changes.
 *
 * @category constants
 * @since 0.1.0
 */
export const towards: (endpoint: string) => Pace.Pace<"read" | "change"> = Pace.shared({
  title: "Lyceum",
  lanes: {
    read: { all: [{ requests: 200, millis: 60_000 }] },
    change: { all: [{ requests: 240, millis: 60_000 }] }
  }
})

/** What keys look like in what others say. */
const scrubbed = (text: string): string => text.replaceAll(/lk_[A-Za-z0-9]+/g, "<key>")

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** One thing that is wrong with a body: where, and what. */
const itemOf = (item: unknown): string => {
  if (!isRecord(item)) return JSON.stringify(item)
  const { loc, msg } = item
  const where = Array.isArray(loc) ? `${loc.map(String).join(".")}: ` : ""
  return typeof msg === "string" ? `${where}${msg}` : JSON.stringify(item)
}

/**
 * What is wrong, in the API's own words: a sentence, a list of what is wrong with a body, or anything else.
 *
 * @category parsing
 * @since 0.1.0
 */
export const detailIn = (body: unknown): string | undefined => {
  const detail = isRecord(body) ? body["detail"] : undefined
  if (detail === undefined || detail === null) return undefined
  const said =
    typeof detail === "string" ? detail : Array.isArray(detail) ? detail.map(itemOf).join("; ") : JSON.stringify(detail)
  return scrubbed(said).slice(0, 1000)
}

/** That a create failed for want of machines: the API calls it a failure of its own. */
const noCapacity = /could not be provisioned right now/i

/** Only of a create it means that nothing was made: elsewhere the same words are a failure, and asked again. */
const isNoCapacity = ({ call, status }: CloudApi.Answered, { message }: CloudApi.Said): boolean =>
  call.method === "POST" && call.path === createPath && status === 500 && noCapacity.test(message)

/**
 * What the API's refusals mean.
 *
 * @category conversions
 * @since 0.1.0
 */
export const failures: CloudFailure.Failures = CloudFailure.make({
  provider: "lyceum",
  meaningOf: ({ code, message, status }) =>
    code === "capacity"
      ? new ProviderError.OutOfCapacity({ message })
      : status === 402
        ? new ProviderError.InsufficientFunds({
            message: `${message} (credits are bought at dashboard.lyceum.technology)`
          })
        : undefined
})

/**
 * The API with the key that counts now.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* ({
  apiKeyFile,
  endpoint,
  organization
}: Settings): Effect.fn.Return<CloudApi.CloudApi, never, HttpClient.HttpClient | FileSystem.FileSystem | Path.Path> {
  const files = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
  return yield* CloudApi.make({
    provider: "lyceum",
    title: "Lyceum",
    endpoint,
    pace: towards(endpoint),
    turnOf: (call) => ({ lane: CloudApi.isRead(call) ? "read" : "change" }),
    credential: {
      missing: apiKeyFile === undefined ? Credential.everywhere : `the file ${apiKeyFile}`,
      find: () => Effect.provideContext(Credential.find(apiKeyFile), files)
    },
    errorOf: (answered) => {
      const message = detailIn(answered.body)
      if (message === undefined) return undefined
      return isNoCapacity(answered, { message }) ? { message, code: "capacity" } : { message }
    },
    isRefusal: (answered, said) => (answered.status < 500 && answered.status !== 408) || isNoCapacity(answered, said),
    ...(organization === undefined ? {} : { headers: { "x-org-slug": organization } }),
    pauseWhenRefused: Duration.seconds(5)
  })
})
