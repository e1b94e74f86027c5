import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { createRoute } from "./create.ts"
import { notFound, pendingEvent, unprocessable } from "./errors.ts"
import type { Account, Droplet } from "./model.ts"
import { type Call, done, listed, noBody, noQuery, ok, onlyPaging, paging, type Route, route } from "./route.ts"
import * as views from "./views.ts"
import { volumesOf } from "./volumes.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

const one = "/v2/droplets/#droplet"

/** A machine of this account, by the number in the path. */
export const dropletOf = (world: World, account: Account, id: string | undefined): Droplet | undefined => {
  const droplet = world.droplets.get(Number(id))
  return droplet?.account === account ? droplet : undefined
}

const List = Schema.Struct({
  ...paging,
  tag_name: Schema.optionalKey(Schema.String),
  name: Schema.optionalKey(Schema.String),
  type: Schema.optionalKey(Schema.Literals(["droplets", "gpus"]))
})

type List = typeof List.Type

const isGpu = ({ size }: Droplet): boolean => size.gpu_info !== undefined

const isWanted = (world: World, query: List, droplet: Droplet, tags: ReadonlyArray<string>): boolean => {
  if (query.tag_name !== undefined) {
    return tags.includes(query.tag_name) && (world.options.listsGpusByTag || !isGpu(droplet))
  }
  if (isGpu(droplet) !== (query.type === "gpus")) return false
  return query.name === undefined || droplet.name.toLowerCase() === query.name.toLowerCase()
}

const list = (world: World, call: Call<List, undefined>): Answer => {
  const { account, now, query, readAt } = call
  if (query.tag_name !== undefined && (query.name !== undefined || query.type !== undefined)) {
    return unprocessable("tag_name can not be combined with name or type")
  }
  const found = world.candidates(now).flatMap((droplet) => {
    const state = droplet.account === account ? world.seen(droplet, readAt) : undefined
    return state !== undefined && isWanted(world, query, droplet, state.tags) ? [{ droplet, state }] : []
  })
  return listed(world, call, "droplets", found, ({ droplet, state }) =>
    views.droplet(droplet, state, volumesOf(world, droplet.id, readAt))
  )
}

const destroy = (world: World, droplet: Droplet, now: number): Answer => {
  const request = { method: "DELETE", path: `/v2/droplets/${droplet.id}` }
  droplet.touched = true
  if (world.faults.pendingEvents.take(request) === true) return pendingEvent
  if (world.faults.ignoredDeletes.take(request) !== true) world.destroy(droplet, now)
  return done
}

const associated = (world: World, droplet: Droplet, readAt: number): Answer => {
  const volumes = volumesOf(world, droplet.id, readAt).flatMap((id) => {
    const volume = world.volumes.get(id)
    return volume === undefined ? [] : [{ id, name: volume.name, cost: (volume.gigabytes / 10).toFixed(2) }]
  })
  return ok({ reserved_ips: [], floating_ips: [], snapshots: [], volumes, volume_snapshots: [] })
}

export const dropletRoutes: ReadonlyArray<Route> = [
  createRoute,
  route({
    method: "GET",
    path: "/v2/droplets",
    answer: answers.droplets,
    scope: "droplet:read",
    query: List,
    body: noBody,
    run: list
  }),
  route({
    method: "DELETE",
    path: "/v2/droplets",
    answer: answers.none,
    scope: "droplet:delete",
    query: Schema.Struct({ tag_name: Schema.NonEmptyString }),
    body: noBody,
    run: (world, { account, now, query }) => {
      for (const droplet of world.candidates(now)) {
        const tags = droplet.account === account ? droplet.truth.at(now)?.tags : undefined
        if (tags?.includes(query.tag_name) === true) destroy(world, droplet, now)
      }
      return done
    }
  }),
  route({
    method: "GET",
    path: one,
    answer: answers.droplet,
    scope: "droplet:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, params: [id], readAt }) => {
      const droplet = dropletOf(world, account, id)
      const state = droplet && world.seen(droplet, readAt)
      if (droplet === undefined || state === undefined) return notFound
      return ok({ droplet: views.droplet(droplet, state, volumesOf(world, droplet.id, readAt)) })
    }
  }),
  route({
    method: "DELETE",
    path: one,
    answer: answers.none,
    scope: "droplet:delete",
    query: noQuery,
    body: noBody,
    run: (world, { account, now, params: [id] }) => {
      const droplet = dropletOf(world, account, id)
      return droplet?.truth.at(now) === undefined ? notFound : destroy(world, droplet, now)
    }
  }),
  route({
    method: "GET",
    path: `${one}/destroy_with_associated_resources`,
    answer: answers.associated,
    scope: "droplet:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, params: [id], readAt }) => {
      const droplet = dropletOf(world, account, id)
      const state = droplet && world.seen(droplet, readAt)
      return droplet === undefined || state === undefined ? notFound : associated(world, droplet, readAt)
    }
  }),
  ...(["snapshots", "firewalls"] as const).map((part) =>
    route({
      method: "GET",
      path: `${one}/${part}`,
      answer: answers[part],
      scope: "droplet:read",
      query: onlyPaging,
      body: noBody,
      run: (world, call) => {
        const droplet = dropletOf(world, call.account, call.params[0])
        const isSeen = droplet !== undefined && world.seen(droplet, call.readAt) !== undefined
        return isSeen ? listed(world, call, part, [], (each) => each) : notFound
      }
    })
  )
]
