/**
 * How fast Verda's API may be asked.
 *
 * @since 0.1.0
 */
import type * as CloudApi from "@runctl/core/CloudApi"
import * as Pace from "@runctl/core/Pace"

/** What a request is for. @category models @since 0.1.0 */
export type Lane = "read" | "list" | "change"

const changes = [{ requests: 470, millis: 62_000 }]
const reads = [{ requests: 420, millis: 62_000 }]

/** Of one method and path. */
const endpoint = [{ requests: 56, millis: 62_000 }]

/**
 * Below what Verda allows a project: 500 requests a minute, of one method and path 60, of the lists of instances and of
 * volumes 120.
 *
 * @source https://api.verda.com/v1/openapi.json, "Rate Limits" (a copy of 2026-09-25)
 * @category constants
 * @since 0.1.0
 */
export const plan: Pace.Plan<Lane> = {
  title: "Verda",
  lanes: {
    read: { all: reads, own: endpoint, reserve: 20 },
    list: { all: reads, own: [{ requests: 112, millis: 62_000 }], reserve: 20 },
    change: { all: changes, own: endpoint }
  },
  bucketPolicies: ["endpoint"]
}

const lists: ReadonlySet<string> = new Set(["/v1/instances", "/v1/volumes"])

/** The lane and the bucket of a call. @category decisions @since 0.1.0 */
export const turnOf = ({ method, path }: CloudApi.Call): Pace.Turn<Lane> => ({
  lane: method !== "GET" ? "change" : lists.has(path) ? "list" : "read",
  bucket: `${method} ${path}`
})

/** The pace that everybody in this process keeps towards an endpoint. @category constructors @since 0.1.0 */
export const towards: (endpoint: string) => Pace.Pace<Lane> = Pace.shared(plan)
