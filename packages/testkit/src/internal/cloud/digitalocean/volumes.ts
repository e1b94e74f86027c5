import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { Timeline } from "../Timeline.ts"
import { conflict, notFound, unprocessable } from "./errors.ts"
import type { Action, ActionState, Volume } from "./model.ts"
import { type Call, done, listed, noBody, noQuery, ok, paging, type Route, route } from "./route.ts"
import * as views from "./views.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

/** The volumes that are attached to a machine. */
export const volumesOf = (world: World, dropletId: number, at: number): ReadonlyArray<string> =>
  world.volumes.size === 0
    ? []
    : [...world.volumes.values()]
        .filter(({ truth }) => truth.at(at)?.dropletIds.includes(dropletId) === true)
        .map(({ id }) => id)

const find = (world: World, { account, params: [id = ""] }: Call<unknown, unknown>): Volume | undefined => {
  const volume = world.volumes.get(id)
  return volume?.account === account ? volume : undefined
}

const Create = Schema.Struct({
  name: Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,63}$/)),
  region: Schema.String,
  size_gigabytes: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16_384 })),
  description: Schema.optionalKey(Schema.String),
  filesystem_type: Schema.optionalKey(Schema.String),
  filesystem_label: Schema.optionalKey(Schema.String),
  snapshot_id: Schema.optionalKey(Schema.String),
  tags: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String)))
})

const create = (world: World, { account, body, now }: Call<unknown, typeof Create.Type>): Answer => {
  const region = world.regions.get(body.region)
  if (region === undefined) return unprocessable("region is invalid")
  const isTaken = [...world.volumes.values()].some(
    (each) => each.account === account && each.name === body.name && each.region === region && each.truth.at(now)
  )
  if (isTaken) return conflict("a volume with that name already exists in this region")
  const state = { dropletIds: [], tags: body.tags ?? [] }
  const volume: Volume = {
    id: world.uuid(),
    name: body.name,
    account,
    region,
    gigabytes: body.size_gigabytes,
    description: body.description ?? "",
    createdAt: now,
    truth: new Timeline<{ dropletIds: ReadonlyArray<number>; tags: ReadonlyArray<string> }>(now, state)
  }
  world.volumes.set(volume.id, volume)
  for (const tag of state.tags) world.addTag(account, tag, now)
  return ok({ volume: views.volume(volume, state) }, 201)
}

const Act = Schema.Struct({
  type: Schema.Literals(["attach", "detach"]),
  droplet_id: Schema.Int,
  region: Schema.optionalKey(Schema.String)
})

const act = (world: World, call: Call<unknown, typeof Act.Type>): Answer => {
  const { account, body, now } = call
  const volume = find(world, call)
  const state = volume?.truth.at(now)
  const droplet = world.droplets.get(body.droplet_id)
  if (volume === undefined || state === undefined) return notFound
  if (droplet?.account !== account || droplet.truth.at(now) === undefined) return notFound
  const isAttached = state.dropletIds.includes(droplet.id)
  if (body.type === "attach" && state.dropletIds.length > 0) return unprocessable("Volume is already attached")
  if (body.type === "detach" && !isAttached) return unprocessable("Volume is not attached to this Droplet")
  droplet.touched = true
  volume.truth.set(now, { ...state, dropletIds: body.type === "attach" ? [droplet.id] : [] })
  const action: Action = {
    id: 2_000_000_000 + world.nextId(),
    type: `${body.type}_volume`,
    account,
    resource: { type: "volume", id: volume.id },
    region: volume.region,
    startedAt: now,
    truth: new Timeline<ActionState>(now, { status: "completed", completedAt: now })
  }
  world.actions.set(action.id, action)
  return ok({ action: views.action(action, { status: "completed", completedAt: now }) }, 202)
}

export const volumeRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/v2/volumes",
    answer: answers.volumes,
    scope: "block_storage:read",
    query: Schema.Struct({
      ...paging,
      name: Schema.optionalKey(Schema.String),
      region: Schema.optionalKey(Schema.String)
    }),
    body: noBody,
    run: (world, call) => {
      const { account, query, readAt } = call
      const found = [...world.volumes.values()].flatMap((volume) => {
        const state = volume.account === account ? volume.truth.at(readAt) : undefined
        const isWanted =
          volume.name === (query.name ?? volume.name) && volume.region.slug === (query.region ?? volume.region.slug)
        return state !== undefined && isWanted ? [{ volume, state }] : []
      })
      return listed(world, call, "volumes", found, ({ state, volume }) => views.volume(volume, state))
    }
  }),
  route({
    method: "POST",
    path: "/v2/volumes",
    answer: answers.volume,
    scope: "block_storage:create",
    query: noQuery,
    body: Create,
    run: create
  }),
  route({
    method: "GET",
    path: "/v2/volumes/:volume",
    answer: answers.volume,
    scope: "block_storage:read",
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const volume = find(world, call)
      const state = volume?.truth.at(call.readAt)
      return volume === undefined || state === undefined ? notFound : ok({ volume: views.volume(volume, state) })
    }
  }),
  route({
    method: "DELETE",
    path: "/v2/volumes/:volume",
    answer: answers.none,
    scope: "block_storage:delete",
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const volume = find(world, call)
      const state = volume?.truth.at(call.now)
      if (volume === undefined || state === undefined) return notFound
      if (state.dropletIds.length > 0) return conflict("failed to delete volume: volume is attached")
      volume.truth.set(call.now, undefined)
      return done
    }
  }),
  route({
    method: "POST",
    path: "/v2/volumes/:volume/actions",
    answer: answers.action,
    scope: "block_storage_action:create",
    query: noQuery,
    body: Act,
    run: act
  })
]
