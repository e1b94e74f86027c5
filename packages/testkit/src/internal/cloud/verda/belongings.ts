import * as Schema from "effect/Schema"
import type { Answer } from "../http.ts"
import { Timeline } from "../Timeline.ts"
import { forbidden, invalid, notFound } from "./errors.ts"
import type { Account, Script, SshKey, Volume } from "./model.ts"
import { bare, type Call, done, noBody, noQuery, ok, type Route, route } from "./route.ts"
import { answers } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

const { optionalKey } = Schema

const found = <A extends { readonly account: Account; readonly truth: Timeline<true> }>(
  all: ReadonlyMap<string, A>,
  { account, params: [id = ""], readAt }: Call<unknown, unknown>
): A | undefined => {
  const one = all.get(id)
  return one?.account === account && one.truth.at(readAt) !== undefined ? one : undefined
}

const there = <A extends { readonly account: Account; readonly truth: Timeline<true> }>(
  all: ReadonlyMap<string, A>,
  account: Account,
  at: number
): ReadonlyArray<A> => [...all.values()].filter((one) => one.account === account && one.truth.at(at) !== undefined)

/** Registers a key; nothing for a text that is none. */
export const addKey = (world: World, account: Account, name: string, key: string, now: number): SshKey | undefined => {
  const fingerprint = world.around.fingerprint(key)
  if (fingerprint === undefined) return undefined
  const made = {
    id: world.uuid(),
    name,
    publicKey: key.trim(),
    fingerprint,
    account,
    truth: new Timeline(now, true as const)
  }
  world.keys.set(made.id, made)
  return made
}

const keyRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/ssh-keys",
    answer: answers.keys,
    query: noQuery,
    body: noBody,
    run: (world, { account, readAt }) => ok(there(world.keys, account, readAt).map(views.sshKey))
  }),
  route({
    method: "POST",
    path: "/ssh-keys",
    answer: answers.id,
    query: noQuery,
    body: Schema.Struct({ name: Schema.NonEmptyString, key: Schema.NonEmptyString }),
    run: (world, { account, body, now }) => {
      const made = addKey(world, account, body.name, body.key, now)
      return made === undefined ? invalid("Invalid SSH key") : bare(made.id, 201)
    }
  }),
  route({
    method: "GET",
    path: "/ssh-keys/:key",
    answer: Schema.Unknown,
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const key = found(world.keys, call)
      if (key === undefined) return notFound("SSH key not found")
      return ok(world.options.listsOneKey ? [views.sshKey(key)] : views.sshKey(key))
    }
  }),
  route({
    method: "DELETE",
    path: "/ssh-keys/:key",
    answer: answers.nothing,
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const key = found(world.keys, call)
      if (key === undefined) return notFound("SSH key not found")
      key.truth.set(call.now, undefined)
      return done(200)
    }
  })
]

const whole = Schema.FiniteFromString.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(1))

const Paged = Schema.Struct({
  page: optionalKey(whole),
  pageSize: optionalKey(whole.check(Schema.isLessThanOrEqualTo(100))),
  name: optionalKey(Schema.String)
})

/** Newest first, ten on a page; a name is found by a part of it. */
const listScripts = (world: World, { account, query, readAt }: Call<typeof Paged.Type, undefined>): Answer => {
  const { name = "", page = 1, pageSize = 10 } = query
  const all = there(world.scripts, account, readAt)
    .filter((script) => script.name.includes(name))
    .toReversed()
  return ok(all.slice((page - 1) * pageSize, page * pageSize).map(views.script), 200, {
    "x-page": String(page),
    "x-page-size": String(pageSize),
    "x-total-count": String(all.length)
  })
}

const scriptRoutes: ReadonlyArray<Route> = [
  route({ method: "GET", path: "/scripts", answer: answers.scripts, query: Paged, body: noBody, run: listScripts }),
  route({
    method: "POST",
    path: "/scripts",
    answer: answers.id,
    query: noQuery,
    body: Schema.Struct({ name: Schema.NonEmptyString, script: Schema.NonEmptyString }),
    run: (world, { account, body, now }) => {
      if (there(world.scripts, account, now).length >= account.scriptLimit) return forbidden("Script quota exceeded")
      const made: Script = {
        id: world.uuid(),
        name: body.name,
        text: body.script,
        account,
        createdAt: now,
        truth: new Timeline<true>(now, true)
      }
      world.scripts.set(made.id, made)
      return bare(made.id, 201)
    }
  }),
  route({
    method: "GET",
    path: "/scripts/:script",
    answer: answers.script,
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const script = found(world.scripts, call)
      return script === undefined ? notFound("Script not found") : ok(views.script(script))
    }
  }),
  route({
    method: "DELETE",
    path: "/scripts/:script",
    answer: answers.nothing,
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const script = found(world.scripts, call)
      if (script === undefined) return notFound("Script not found")
      script.truth.set(call.now, undefined)
      return done(200)
    }
  })
]

const volumeOf = (world: World, { account, params: [id = ""] }: Call<unknown, unknown>): Volume | undefined => {
  const volume = world.volumes.get(id)
  return volume?.account === account ? volume : undefined
}

const volumesIn = (
  world: World,
  account: Account,
  at: number,
  statuses: ReadonlyArray<string>
): ReadonlyArray<Volume> =>
  [...world.volumes.values()].filter(
    (volume) => volume.account === account && statuses.includes(volume.truth.at(at)?.status ?? "")
  )

const removeVolume = (world: World, call: Call<unknown, { readonly is_permanent?: boolean } | undefined>): Answer => {
  const volume = volumeOf(world, call)
  const status = volume?.truth.at(call.now)?.status
  if (volume === undefined || status === undefined) return notFound("Volume not found")
  if (status === "attached") return forbidden("Volume is attached")
  const isForEver = call.body?.is_permanent === true
  if (status === "deleted" || (status === "trash" && !isForEver)) return done(204)
  volume.truth.set(call.now, { status: isForEver ? "deleted" : "trash", instance: undefined })
  volume.billedUntil ??= call.now
  return done(202)
}

const volumeRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/volumes/trash",
    answer: answers.trash,
    query: noQuery,
    body: noBody,
    run: (world, { account, readAt }) =>
      ok(volumesIn(world, account, readAt, ["trash"]).map(({ id, name }) => ({ id, name, status: "deleted" })))
  }),
  route({
    method: "GET",
    path: "/volumes",
    answer: answers.volumes,
    query: Schema.Struct({ status: optionalKey(Schema.String) }),
    body: noBody,
    run: (world, { account, query: { status }, readAt }) =>
      ok(
        volumesIn(world, account, readAt, status === undefined ? ["attached", "detached"] : [status]).map((volume) =>
          views.volume(volume, readAt)
        )
      )
  }),
  route({
    method: "GET",
    path: "/volumes/:volume",
    answer: answers.volume,
    query: noQuery,
    body: noBody,
    run: (world, call) => {
      const volume = volumeOf(world, call)
      const isThere = volume?.truth.at(call.readAt) !== undefined && volume.truth.at(call.readAt)?.status !== "deleted"
      return volume === undefined || !isThere ? notFound("Volume not found") : ok(views.volume(volume, call.readAt))
    }
  }),
  route({
    method: "DELETE",
    path: "/volumes/:volume",
    answer: answers.nothing,
    query: noQuery,
    body: Schema.Union([Schema.Undefined, Schema.Struct({ is_permanent: optionalKey(Schema.Boolean) })]),
    run: removeVolume
  })
]

const journalRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/journal/compute/:instance",
    answer: answers.journal,
    query: Schema.Struct({ page: optionalKey(whole), pageSize: optionalKey(whole) }),
    body: noBody,
    run: (world, { account, params: [id], query: { page = 1, pageSize = 10 }, readAt }) => {
      const all = world.journal
        .filter(({ at, instance }) => instance.id === id && instance.account === account && at <= readAt)
        .toReversed()
      return ok(all.slice((page - 1) * pageSize, page * pageSize).map(views.event), 200, {
        "x-total-count": String(all.length)
      })
    }
  })
]

export const belongingRoutes: ReadonlyArray<Route> = [...keyRoutes, ...scriptRoutes, ...volumeRoutes, ...journalRoutes]
