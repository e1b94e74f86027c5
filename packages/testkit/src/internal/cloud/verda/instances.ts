import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { createRoute, NewTag, newTags } from "./create.ts"
import { conflict, forbidden, notFound, provisioning } from "./errors.ts"
import type { Account, Instance, Volume } from "./model.ts"
import { type Call, done, noBody, noQuery, ok, type Route, route } from "./route.ts"
import { answers } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

const { optionalKey } = Schema

const instanceOf = (world: World, account: Account, id: string | undefined): Instance | undefined => {
  const instance = world.instances.get(id ?? "")
  return instance?.account === account ? instance : undefined
}

const volumesOf = (world: World, { id }: Instance, at: number): ReadonlyArray<string> =>
  [...world.volumes.values()].filter(({ truth }) => truth.at(at)?.instance === id).map((volume) => volume.id)

const view = (world: World, instance: Instance, at: number): unknown => {
  const state = world.seen(instance, at)
  return state === undefined ? undefined : views.instance(instance, state, volumesOf(world, instance, at))
}

const isTagged = (tags: ReadonlyArray<{ readonly key: string; readonly value: string }>, wanted: string): boolean => {
  const mark = wanted.indexOf("=")
  const [key, value] = mark === -1 ? [wanted, undefined] : [wanted.slice(0, mark), wanted.slice(mark + 1)]
  return tags.some((tag) => tag.key === key && (value === undefined || tag.value === value))
}

const List = Schema.Struct({
  status: optionalKey(Schema.String),
  computeId: optionalKey(Schema.String),
  tag: optionalKey(Schema.String)
})

const list = (world: World, { account, query, readAt, values }: Call<typeof List.Type, undefined>): Answer =>
  ok(
    [...world.instances.values()].flatMap((instance) => {
      const state = instance.account === account ? world.seen(instance, readAt) : undefined
      if (state === undefined) return []
      // Those that are over are shown to whoever asks for them.
      if (query.status === undefined ? state.status === "discontinued" : state.status !== query.status) return []
      const isWanted = (values["tag"] ?? []).every((tag) => isTagged(state.tags, tag))
      return isWanted ? [view(world, instance, readAt)] : []
    })
  )

const Id = Schema.String

const Act = Schema.Struct({
  action: Schema.Literals(["boot", "start", "shutdown", "force_shutdown", "delete", "discontinue", "hibernate"]),
  id: Schema.Union([Id, Schema.Array(Id)]),
  volume_ids: optionalKey(Schema.Array(Id)),
  delete_permanently: optionalKey(Schema.Boolean)
})

type Act = typeof Act.Type

/** What comes of an action on one: it is done, it was so already, or it is refused. */
type Came = "success" | "already" | Answer

/** Which volumes go with it, and how: the one with the system into the trash, unless somebody names which. */
const goingWith = (world: World, instance: Instance, { delete_permanently: forEver = false, volume_ids: ids }: Act) => {
  const found = (ids ?? [instance.osVolume?.id ?? ""]).flatMap((id) => {
    const volume = world.volumes.get(id)
    return volume === undefined ? [] : [volume]
  })
  return new Map<Volume, "trash" | "deleted">(
    found.map((volume) => [volume, forEver && ids !== undefined ? "deleted" : "trash"])
  )
}

const end = (world: World, instance: Instance, body: Act, now: number): Came => {
  const status = instance.truth.at(now)?.status
  if (status === "discontinued" || status === "deleting") return "already"
  const request = { method: "PUT", path: "/v1/instances", body }
  if (status === "provisioning" || world.faults.pendingEvents.take(request) === true) return provisioning
  if (world.faults.ignoredDeletes.take(request) === true) return "success"
  world.end(instance, now, goingWith(world, instance, body))
  world.note(instance, "delete", now)
  return "success"
}

const actOn = (world: World, account: Account, id: string, body: Act, now: number): Came => {
  const instance = instanceOf(world, account, id)
  const status = instance?.truth.at(now)?.status
  if (instance === undefined || status === undefined) return notFound("Invalid instance id")
  instance.touched = true
  if (body.action === "delete" || body.action === "discontinue") return end(world, instance, body, now)
  if (body.action === "hibernate") return forbidden("Hibernation is not available")
  const isOn = body.action === "boot" || body.action === "start"
  if (status === (isOn ? "running" : "offline")) return "already"
  if (instance.isBusy || (status !== "running" && status !== "offline")) return forbidden(`Instance is ${status}`)
  const request = { method: "PUT", path: "/v1/instances", body }
  if (world.faults.failedActions.take(request) !== true) world.act(instance, isOn ? "powerOn" : "powerOff", now)
  world.note(instance, isOn ? "start" : "shutdown", now)
  return "success"
}

const row = (id: string, action: string, came: Came): unknown =>
  typeof came === "string"
    ? { instanceId: id, action, status: "success" }
    : {
        instanceId: id,
        action,
        status: "error",
        error:
          typeof came.body === "object" && came.body !== null && "message" in came.body
            ? String(came.body.message)
            : "",
        statusCode: came.status
      }

const act = (world: World, { account, body, now }: Call<unknown, Act>): Answer => {
  const ids = typeof body.id === "string" ? [body.id] : body.id
  const all = ids.map((id) => [id, actOn(world, account, id, body, now)] as const)
  const [first] = all
  if (typeof body.id === "string" && first !== undefined) {
    if (first[1] === "already") return done(204)
    if (first[1] !== "success") return first[1]
  }
  const isMixed = all.some(([, came]) => typeof came !== "string")
  return ok(
    all.map(([id, came]) => row(id, body.action, came)),
    isMixed ? 207 : 202
  )
}

export const instanceRoutes: ReadonlyArray<Route> = [
  createRoute,
  route({ method: "GET", path: "/instances", answer: answers.instances, query: List, body: noBody, run: list }),
  route({
    method: "GET",
    path: "/instances/:instance",
    answer: answers.instance,
    query: noQuery,
    body: noBody,
    run: (world, { account, params: [id], readAt }) => {
      const instance = instanceOf(world, account, id)
      const found = instance === undefined ? undefined : view(world, instance, readAt)
      return found === undefined ? notFound("Invalid instance id") : ok(found)
    }
  }),
  route({ method: "PUT", path: "/instances", answer: answers.acted, query: noQuery, body: Act, run: act }),
  route({
    method: "POST",
    path: "/instances/:instance/tags",
    answer: answers.tag,
    query: noQuery,
    body: NewTag,
    run: (world, { account, body, now, params: [id] }) => {
      const instance = instanceOf(world, account, id)
      const state = instance?.truth.at(now)
      if (instance === undefined || state === undefined) return notFound("Invalid instance id")
      if (state.tags.some(({ key }) => key === body.key.toLowerCase())) return conflict("Tag is already linked")
      instance.touched = true
      const [tag] = newTags(world, [body])
      if (tag === undefined) return notFound("Invalid tag")
      instance.truth.map(now, (each) => ({ ...each, tags: [...each.tags, tag] }))
      return ok(tag, 201)
    }
  }),
  route({
    method: "DELETE",
    path: "/instances/:instance/tags/:tag",
    answer: answers.nothing,
    query: noQuery,
    body: noBody,
    run: (world, { account, now, params: [id, tag] }) => {
      const instance = instanceOf(world, account, id)
      if (instance?.truth.at(now)?.tags.some((each) => each.id === tag) !== true) return notFound("Invalid tag id")
      instance.touched = true
      instance.truth.map(now, (each) => ({ ...each, tags: each.tags.filter((one) => one.id !== tag) }))
      return done(204)
    }
  })
]
