import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { dropletOf } from "./droplets.ts"
import { notFound, pendingEvent, unprocessable } from "./errors.ts"
import type { Account, Action, Droplet } from "./model.ts"
import { type Call, listed, noBody, noQuery, ok, onlyPaging, type Route, route } from "./route.ts"
import * as views from "./views.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

const Act = Schema.Struct({
  type: Schema.Literals(["shutdown", "power_off", "power_on", "reboot", "power_cycle"])
})

type Act = typeof Act.Type

const answered = (action: Action, at: number, status = 200): Answer => {
  const state = action.truth.at(at)
  return state === undefined ? notFound : ok({ action: views.action(action, state) }, status)
}

const impossible = (type: Act["type"], status: "new" | "active" | "off"): string | undefined => {
  if (type === "power_on") return status === "active" ? "Droplet is already powered on." : undefined
  return status === "off" ? "Droplet is already powered off." : undefined
}

const act = (world: World, droplet: Droplet, type: Act["type"], now: number): Action | Answer => {
  const state = droplet.truth.at(now)
  if (state === undefined) return notFound
  droplet.touched = true
  const request = { method: "POST", path: `/v2/droplets/${droplet.id}/actions` }
  if (state.locked || world.faults.pendingEvents.take(request) === true) return pendingEvent
  const why = impossible(type, state.status)
  if (why !== undefined) return unprocessable(why)
  const action = world.begin(droplet, type, now)
  if (world.faults.failedActions.take(request) === true) {
    world.settle(action, now + world.options.powerSeconds * 1000, false)
  } else world.carryOut(droplet, action, now)
  return action
}

const inTag = (world: World, call: Call<{ readonly tag_name: string }, Act>): Answer => {
  const actions = world.candidates(call.now).flatMap((droplet) => {
    const tags = droplet.account === call.account ? droplet.truth.at(call.now)?.tags : undefined
    if (tags?.includes(call.query.tag_name) !== true) return []
    const action = act(world, droplet, call.body.type, call.now)
    return "truth" in action ? [action] : []
  })
  const views_ = actions.flatMap((action) => {
    const state = action.truth.at(call.now)
    return state === undefined ? [] : [views.action(action, state)]
  })
  return ok({ actions: views_ }, 201)
}

const find = (world: World, account: Account, id: string | undefined): Action | undefined => {
  const action = world.actions.get(Number(id))
  return action?.account === account ? action : undefined
}

const listOf = (
  world: World,
  call: Call<{ readonly page?: number; readonly per_page?: number }, undefined>,
  all: Iterable<Action>
) => {
  const seen = [...all].flatMap((action) => {
    const state = action.account === call.account ? action.truth.at(call.readAt) : undefined
    return state === undefined ? [] : [{ action, state }]
  })
  return listed(world, call, "actions", seen.toReversed(), ({ action, state }) => views.action(action, state))
}

const ofDroplet = "/v2/droplets/#droplet/actions"

export const actionRoutes: ReadonlyArray<Route> = [
  route({
    method: "POST",
    path: ofDroplet,
    answer: answers.action,
    scope: "droplet:update",
    query: noQuery,
    body: Act,
    run: (world, { account, body, now, params: [id] }) => {
      const droplet = dropletOf(world, account, id)
      const action = droplet === undefined ? notFound : act(world, droplet, body.type, now)
      return "truth" in action ? answered(action, now, 201) : action
    }
  }),
  route({
    method: "GET",
    path: ofDroplet,
    answer: answers.actions,
    scope: "droplet:read",
    query: onlyPaging,
    body: noBody,
    run: (world, call) => {
      const droplet = dropletOf(world, call.account, call.params[0])
      return droplet === undefined ? notFound : listOf(world, call, droplet.actions)
    }
  }),
  route({
    method: "GET",
    path: `${ofDroplet}/#action`,
    answer: answers.action,
    scope: "droplet:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, params: [id, actionId], readAt }) => {
      const action = find(world, account, actionId)
      return action === undefined || action.resource.id !== Number(id) ? notFound : answered(action, readAt)
    }
  }),
  route({
    method: "POST",
    path: "/v2/droplets/actions",
    answer: answers.bulk,
    scope: "droplet:update",
    query: Schema.Struct({ tag_name: Schema.NonEmptyString }),
    body: Act,
    run: inTag
  }),
  route({
    method: "GET",
    path: "/v2/actions",
    answer: answers.actions,
    scope: "actions:read",
    query: onlyPaging,
    body: noBody,
    run: (world, call) => listOf(world, call, world.actions.values())
  }),
  route({
    method: "GET",
    path: "/v2/actions/#action",
    answer: answers.action,
    scope: "actions:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, params: [id], readAt }) => {
      const action = find(world, account, id)
      return action === undefined ? notFound : answered(action, readAt)
    }
  })
]
