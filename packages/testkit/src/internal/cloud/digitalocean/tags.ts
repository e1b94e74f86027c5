import * as Schema from "effect/Schema"
import { notFound } from "./errors.ts"
import type { Account, Droplet } from "./model.ts"
import { done, listed, noBody, noQuery, ok, onlyPaging, type Route, route } from "./route.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

const Tag = Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9_\-:]+$/), Schema.isMaxLength(255))

const tagged = (world: World, account: Account, tag: string, at: number, now: number): ReadonlyArray<Droplet> =>
  world
    .candidates(now)
    .filter((droplet) => droplet.account === account && world.seen(droplet, at)?.tags.includes(tag) === true)

const view = (world: World, account: Account, tag: string, at: number, now: number): unknown => {
  const droplets = tagged(world, account, tag, at, now)
  const volumes = [...world.volumes.values()].filter(
    (volume) => volume.account === account && volume.truth.at(at)?.tags.includes(tag) === true
  )
  const last = droplets.at(-1)
  const uri = last === undefined ? {} : { last_tagged_uri: `${world.options.origin()}/v2/droplets/${last.id}` }
  const none = { count: 0 }
  const rest = { images: none, volume_snapshots: none, databases: none }
  const count = droplets.length + volumes.length
  const resources = { count, ...uri, droplets: { count: droplets.length, ...uri }, volumes: { count: volumes.length } }
  return { name: tag, resources: { ...resources, ...rest } }
}

const Resources = Schema.Struct({
  resources: Schema.Array(
    Schema.Struct({
      resource_id: Schema.String,
      resource_type: Schema.Literals(["droplet", "image", "volume", "volume_snapshot"])
    })
  )
})

type Resources = typeof Resources.Type

const change = (
  world: World,
  account: Account,
  { resources }: Resources,
  now: number,
  to: (tags: ReadonlyArray<string>) => ReadonlyArray<string>
): void => {
  for (const { resource_id: id } of resources) {
    const thing = world.droplets.get(Number(id)) ?? world.volumes.get(id)
    if (thing?.account !== account) continue
    if ("touched" in thing) {
      thing.touched = true
      thing.truth.map(now, (state) => ({ ...state, tags: to(state.tags) }))
    } else thing.truth.map(now, (state) => ({ ...state, tags: to(state.tags) }))
  }
}

const one = "/v2/tags/:tag"

export const tagRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/v2/tags",
    answer: answers.tags,
    scope: "tag:read",
    query: onlyPaging,
    body: noBody,
    run: (world, call) => {
      const { account, now, readAt } = call
      const tags = [...account.tags].filter(([, truth]) => truth.at(readAt) === true).map(([tag]) => tag)
      return listed(world, call, "tags", tags, (tag) => view(world, account, tag, readAt, now))
    }
  }),
  route({
    method: "POST",
    path: "/v2/tags",
    answer: answers.tag,
    scope: "tag:create",
    query: noQuery,
    body: Schema.Struct({ name: Tag }),
    run: (world, { account, body, now }) => {
      world.addTag(account, body.name, now)
      return ok({ tag: view(world, account, body.name, now, now) }, 201)
    }
  }),
  route({
    method: "GET",
    path: one,
    answer: answers.tag,
    scope: "tag:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, now, params: [tag = ""], readAt }) =>
      account.tags.get(decodeURIComponent(tag))?.at(readAt) === undefined
        ? notFound
        : ok({ tag: view(world, account, decodeURIComponent(tag), readAt, now) })
  }),
  route({
    method: "DELETE",
    path: one,
    answer: answers.none,
    scope: "tag:delete",
    query: noQuery,
    body: noBody,
    run: (world, { account, now, params: [encoded = ""] }) => {
      const tag = decodeURIComponent(encoded)
      const known = account.tags.get(tag)
      if (known?.at(now) === undefined) return notFound
      known.set(now, undefined)
      for (const droplet of tagged(world, account, tag, now, now)) {
        droplet.touched = true
        droplet.truth.map(now, (state) => ({ ...state, tags: state.tags.filter((each) => each !== tag) }))
      }
      return done
    }
  }),
  route({
    method: "POST",
    path: `${one}/resources`,
    answer: answers.none,
    scope: "tag:create",
    query: noQuery,
    body: Resources,
    run: (world, { account, body, now, params: [encoded = ""] }) => {
      const tag = decodeURIComponent(encoded)
      if (account.tags.get(tag)?.at(now) === undefined) return notFound
      change(world, account, body, now, (tags) => [...new Set([...tags, tag])])
      return done
    }
  }),
  route({
    method: "DELETE",
    path: `${one}/resources`,
    answer: answers.none,
    scope: "tag:delete",
    query: noQuery,
    body: Resources,
    run: (world, { account, body, now, params: [encoded = ""] }) => {
      const tag = decodeURIComponent(encoded)
      change(world, account, body, now, (tags) => tags.filter((each) => each !== tag))
      return done
    }
  })
]
