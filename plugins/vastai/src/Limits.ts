/**
 * How fast Vast.ai may be asked: for each address a shortest time between two calls.
 *
 * @since 0.1.0
 */
import type { Call } from "@runctl/core/CloudApi"
import * as Pace from "@runctl/core/Pace"
import * as Duration from "effect/Duration"

/** What a call is for; each is counted by itself. @category models @since 0.1.0 */
export type Lane = "search" | "create" | "destroy" | "show" | "list" | "manage" | "other"

/**
 * The documented times between two calls, and a little more: calls may come closer together than they were sent. Ten
 * searches a minute are counted by address of the network.
 *
 * @source https://docs.vast.ai/api-reference/rate-limits-and-errors (read 2026-11-27). **Units**  milliseconds
 * @category constants
 * @since 0.1.0
 */
export const limits: Readonly<Record<Lane, Pace.Limit>> = {
  search: { requests: 9, millis: 62_000 },
  create: { requests: 1, millis: 4600 },
  destroy: { requests: 1, millis: 3100 },
  show: { requests: 1, millis: 2100 },
  list: { requests: 1, millis: 1100 },
  manage: { requests: 1, millis: 1100 },
  other: { requests: 1, millis: 1100 }
}

/** The lane of a call. @category accessors @since 0.1.0 */
export const laneOf = ({ method, path }: Call): Lane => {
  if (path.startsWith("/api/v0/bundles/")) return "search"
  if (path.startsWith("/api/v0/asks/")) return "create"
  if (path.startsWith("/api/v1/instances/")) return "list"
  if (!/^\/api\/v0\/instances\/\d+\/$/.test(path)) return "other"
  return method === "DELETE" ? "destroy" : method === "PUT" ? "manage" : "show"
}

const planFor = (factor: number): Pace.Plan<Lane> => {
  const lane = ({ millis, requests }: Pace.Limit): Pace.Lane => ({
    own: factor === 0 ? [] : [{ requests, millis: millis * factor }]
  })
  return {
    title: "Vast.ai",
    // Many machines may be ended at once, three seconds apart.
    patience: Duration.minutes(5),
    lanes: {
      search: lane(limits.search),
      create: lane(limits.create),
      destroy: lane(limits.destroy),
      show: lane(limits.show),
      list: lane(limits.list),
      manage: lane(limits.manage),
      other: lane(limits.other)
    }
  }
}

const known = new Map<string, Pace.Pace<Lane>>()

/**
 * The pace that everybody in this process keeps towards an endpoint, however often its provider is made anew.
 *
 * @category constructors
 * @since 0.1.0
 */
export const towards = (endpoint: string, factor: number): Pace.Pace<Lane> => {
  const name = `${factor} ${endpoint}`
  const pace = known.get(name) ?? Pace.make(planFor(factor))
  known.set(name, pace)
  return pace
}
