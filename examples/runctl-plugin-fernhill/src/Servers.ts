/** The cloud's servers as machines, in the words that all providers share. */
import type { CloudApi } from "@runctl/core/CloudApi"
import * as CloudPages from "@runctl/core/CloudPages"
import { UsdPerHour } from "@runctl/core/Money"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { under } from "./Answers.ts"
import { provider } from "./Api.ts"

const maybe = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.NullOr(schema))

/** What has no id is no server; everything else may be missing without breaking a list. */
const Server = Schema.Struct({
  id: Schema.NonEmptyString,
  name: maybe(Schema.String),
  state: maybe(Schema.String),
  plan: maybe(Schema.String),
  site: maybe(Schema.String),
  address: maybe(Schema.String),
  created_at: maybe(Schema.String),
  usd_per_hour: maybe(Schema.Finite)
})
export type Server = typeof Server.Type

/** The server in an answer about one. */
export const oneIn = under("server", Server)

const Page = Schema.Struct({ servers: Schema.Array(Server), next: Schema.NullOr(Schema.String) })

/** Every server of the account, or of one name: all pages. Half a list would look like machines that are gone. */
export const list = (api: CloudApi, query: Readonly<Record<string, string>> = {}) =>
  CloudPages.byCursor({
    what: "servers",
    read: (cursor) => {
      const page = cursor === undefined ? query : { ...query, page: cursor }
      return api.call({ method: "GET", path: "/v1/servers", query: page }).pipe(
        Effect.flatMap((body) => under("page", Page)({ page: body })),
        Effect.map(({ next, servers }) => ({ rows: servers, next: next ?? undefined }))
      )
    }
  })

/** Whose it is: the name says so, since there are no tags. */
export const markOf = ({ name }: Server): Ownership.Mark | undefined => Ownership.fromName(name ?? "")

/** Words that mean something of their own here come first; the others are those that clouds share. */
const stateOf = (word: string): ResourceState.ResourceState => {
  switch (word) {
    case "on":
      return ResourceState.Running
    case "removing":
      return ResourceState.Terminating
    default:
      return ResourceState.normalizeState(word)
  }
}

/** A server as a machine; nothing when it carries nobody's mark. */
export const toResource = (server: Server): Resource | undefined => {
  const mark = markOf(server)
  if (mark === undefined) return undefined
  const { address, created_at: created, id, name, plan, site, state, usd_per_hour: price } = server
  const launchTime = Option.getOrUndefined(DateTime.make(created ?? ""))
  return {
    id: resourceId(provider, site ?? "unknown", id),
    name: name ?? Ownership.toName(mark),
    state: stateOf(state ?? ""),
    ...(typeof plan === "string" ? { instanceType: plan } : {}),
    ...(launchTime === undefined ? {} : { launchTime }),
    costPerHour: UsdPerHour.make(Math.max(0, price ?? 0)),
    ...(typeof address === "string" && address !== "" ? { publicIp: address } : {}),
    tags: Ownership.toTags(mark),
    owner: mark.owner,
    key: mark.key,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  }
}

/** Where the API has the server of an id; nothing when no server can have it: ids are text that somebody typed. */
export const pathOf = (id: ResourceId): string | undefined => {
  const { nativeId, provider: name } = parts(id)
  return name === provider && /^srv-[0-9a-z]+$/.test(nativeId) ? `/v1/servers/${nativeId}` : undefined
}

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no server ${id} of runctl's` })

/** One machine; `NotFound` when it is not there, or nobody of runctl's has made it. */
export const get = Effect.fnUntraced(function* (api: CloudApi, id: ResourceId) {
  const path = pathOf(id)
  if (path === undefined) return yield* missing(id)
  const found = toResource(yield* Effect.flatMap(api.call({ method: "GET", path }), oneIn))
  return found ?? (yield* missing(id))
})
