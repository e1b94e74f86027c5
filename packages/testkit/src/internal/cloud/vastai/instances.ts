import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { deprecated, invalid, noSuchInstance, notFound } from "./errors.ts"
import type { Instance, InstanceState } from "./model.ts"
import { type Call, done, noBody, noQuery, ok, type Route, route } from "./route.ts"
import { answers, Bid, Key, Manage, Nothing } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

interface Seen {
  readonly instance: Instance
  readonly state: InstanceState
}

const ofAccount = (world: World, { account, now, readAt }: Call<unknown, unknown>): ReadonlyArray<Seen> =>
  world.candidates(now).flatMap((instance) => {
    const state = world.seen(instance, readAt)
    return instance.account !== account || state === undefined ? [] : [{ instance, state }]
  })

/** The instance that a change is about. It is there as soon as it is made, whoever sees it. */
const find = (world: World, { account, now, params }: Call<unknown, unknown>): Instance | undefined => {
  const instance = world.instances.get(Number(params[0]))
  return instance?.account === account && instance.truth.at(now) !== undefined ? instance : undefined
}

const get = route({
  method: "GET",
  path: "/api/v0/instances/#id/",
  every: 2,
  key: "own",
  query: noQuery,
  body: noBody,
  answer: answers.instance,
  run: (world, call) => {
    const found = ofAccount(world, call).find(({ instance }) => instance.id === Number(call.params[0]))
    return ok({
      instances: found === undefined ? null : views.instance(world, found.instance, found.state, call.now)
    })
  }
})

const most = 25

const Filters = Schema.fromJsonString(
  Schema.Struct({
    label: Schema.optionalKey(Schema.Struct({ eq: Schema.String })),
    id: Schema.optionalKey(Schema.Struct({ eq: Schema.Int }))
  })
)

const Order = Schema.fromJsonString(
  Schema.Tuple([Schema.Struct({ col: Schema.Literal("id"), dir: Schema.Literal("asc") })])
)

const Listing = Schema.Struct({
  limit: Schema.optionalKey(Schema.FiniteFromString.check(Schema.isInt(), Schema.isLessThanOrEqualTo(most))),
  after_token: Schema.optionalKey(Schema.String),
  order_by: Schema.optionalKey(Order),
  select_filters: Schema.optionalKey(Filters)
})

const tokenFor = (id: number): string => btoa(JSON.stringify({ values: { id } }))

const Token = Schema.fromJsonString(Schema.Struct({ values: Schema.Struct({ id: Schema.Int }) }))

const isToken = Schema.is(Schema.toType(Token))

const afterOf = (token: string): number | undefined => {
  try {
    const parsed: unknown = JSON.parse(atob(token))
    return isToken(parsed) ? parsed.values.id : undefined
  } catch {
    return undefined
  }
}

const counts = (all: ReadonlyArray<Seen>): Readonly<Record<string, number>> => {
  const found: Record<string, number> = {}
  for (const { state } of all) found[state.label ?? ""] = (found[state.label ?? ""] ?? 0) + 1
  return found
}

const list = route({
  method: "GET",
  path: "/api/v1/instances/",
  every: 1,
  query: Listing,
  body: noBody,
  answer: answers.instances,
  run: (world, call): Answer => {
    const { after_token: token, limit = most, select_filters: filters = {} } = call.query
    const after = token === undefined ? 0 : afterOf(token)
    if (after === undefined) return { status: 400, headers: {}, body: invalidToken }
    const all = ofAccount(world, call)
    const found = all
      .filter(({ state }) => filters.label === undefined || state.label === filters.label.eq)
      .filter(({ instance }) => filters.id === undefined || instance.id === filters.id.eq)
      .toSorted((left, right) => left.instance.id - right.instance.id)
    const left = found.filter(({ instance }) => instance.id > after)
    const shown = left.slice(0, limit <= 0 ? 5 : limit)
    const last = shown.at(-1)
    return ok({
      success: true,
      instances_found: found.length,
      total_instances: all.length,
      label_counts: counts(all),
      next_token: last !== undefined && left.length > shown.length ? tokenFor(last.instance.id) : null,
      instances: shown.map(({ instance, state }) => views.instance(world, instance, state, call.now))
    })
  }
})

const invalidToken = { success: false, error: "invalid_token", msg: "Invalid token" }

/** As it was until 2026: whoever takes it for an empty list rents everything again. */
const oldList = route({
  method: "GET",
  path: "/api/v0/instances/",
  every: 1,
  query: Schema.Record(Schema.String, Schema.String),
  body: noBody,
  answer: answers.deprecated,
  run: () => deprecated
})

const manage = route({
  method: "PUT",
  path: "/api/v0/instances/#id/",
  every: 1,
  key: "own",
  query: noQuery,
  body: Manage,
  answer: answers.done,
  run: (world, call) => {
    const instance = find(world, call)
    if (instance === undefined) return noSuchInstance
    instance.touched = true
    const { body, now, path } = call
    if (!("state" in body)) {
      instance.truth.map(now, (state) => ({ ...state, label: body.label }))
      return done
    }
    if (world.faults.failedActions.take({ method: "PUT", path, body }) !== true) world.intend(instance, body.state, now)
    return done
  }
})

const destroy = route({
  method: "DELETE",
  path: "/api/v0/instances/#id/",
  every: 3,
  key: "own",
  query: noQuery,
  // Vast.ai's own program sends one that is empty.
  body: Schema.Union([Nothing, noBody]),
  answer: answers.done,
  run: (world, call) => {
    const instance = find(world, call)
    if (instance === undefined) return notFound
    instance.touched = true
    const isIgnored = world.faults.ignoredDeletes.take({ method: "DELETE", path: call.path, body: call.body }) === true
    if (!isIgnored) world.destroy(instance, call.now)
    return ok({ success: true, msg: "Instance destroyed successfully" })
  }
})

const attach = route({
  method: "POST",
  path: "/api/v0/instances/#id/ssh/",
  every: 1,
  query: noQuery,
  body: Key,
  answer: answers.done,
  run: (world, call) => {
    const instance = find(world, call)
    if (instance === undefined) return noSuchInstance
    instance.sshKeys.push(call.body.ssh_key)
    return ok({ success: true, msg: "SSH key added to instance." })
  }
})

/** The list in it is a text. */
const attached = route({
  method: "GET",
  path: "/api/v0/instances/#id/ssh/",
  every: 1,
  query: noQuery,
  body: noBody,
  answer: answers.keys,
  run: (world, call) => {
    const instance = find(world, call)
    if (instance === undefined) return noSuchInstance
    const keys = instance.sshKeys.map((key, index) => ({ id: index + 1, name: `key ${index + 1}`, public_key: key }))
    return ok({ success: true, ssh_keys: JSON.stringify(keys) })
  }
})

const bid = route({
  method: "PUT",
  path: "/api/v0/instances/bid_price/#id/",
  every: 5.5,
  query: noQuery,
  body: Bid,
  answer: answers.done,
  run: (world, call) => {
    const instance = find(world, call)
    if (instance === undefined) return noSuchInstance
    return call.body.price < 0.001 ? invalid("Please set a bid price >= 0.001.") : done
  }
})

export const instanceRoutes: ReadonlyArray<Route> = [get, list, oldList, manage, destroy, attach, attached, bid]
