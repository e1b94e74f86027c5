import * as Schema from "effect/Schema"
import { Timeline } from "../Timeline.ts"
import { notFound, unprocessable } from "./errors.ts"
import type { Account, SshKey } from "./model.ts"
import { done, listed, noBody, noQuery, ok, onlyPaging, type Route, route } from "./route.ts"
import * as views from "./views.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

const ofAccount = (world: World, account: Account): ReadonlyArray<SshKey> =>
  [...world.keys.values()].filter((key) => key.account === account)

/** By its id or its fingerprint. */
export const findKey = (world: World, account: Account, wanted: string, at: number): SshKey | undefined =>
  ofAccount(world, account).find(
    (key) => (String(key.id) === wanted || key.fingerprint === wanted) && key.truth.at(at) !== undefined
  )

const material = (publicKey: string): string => publicKey.trim().split(/\s+/).slice(0, 2).join(" ")

/** Registers it, as a user of the console would. */
export const addKey = (world: World, account: Account, name: string, publicKey: string, now: number) => {
  const fingerprint = world.options.fingerprint(publicKey)
  if (fingerprint === undefined) return unprocessable("Key invalid, key should be of the format `ssh-ed25519 …`")
  const isKnown = ofAccount(world, account).some(
    (key) => material(key.publicKey) === material(publicKey) && key.truth.at(now) !== undefined
  )
  if (isKnown) return unprocessable("SSH Key is already in use on your account")
  const id = 50_000_000 + world.nextId()
  const key: SshKey = { id, publicKey, fingerprint, account, truth: new Timeline(now, { name }) }
  world.keys.set(id, key)
  return ok({ ssh_key: views.sshKey(key, name) }, 201)
}

const one = "/v2/account/keys/:key"

export const keyRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/v2/account/keys",
    answer: answers.keys,
    scope: "ssh_key:read",
    query: onlyPaging,
    body: noBody,
    run: (world, call) => {
      const keys = ofAccount(world, call.account).flatMap((key) => {
        const state = key.truth.at(call.readAt)
        return state === undefined ? [] : [{ key, name: state.name }]
      })
      return listed(world, call, "ssh_keys", keys, ({ key, name }) => views.sshKey(key, name))
    }
  }),
  route({
    method: "POST",
    path: "/v2/account/keys",
    answer: answers.key,
    scope: "ssh_key:create",
    query: noQuery,
    body: Schema.Struct({ name: Schema.NonEmptyString, public_key: Schema.NonEmptyString }),
    run: (world, { account, body, now }) => addKey(world, account, body.name, body.public_key, now)
  }),
  route({
    method: "GET",
    path: one,
    answer: answers.key,
    scope: "ssh_key:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, params: [wanted = ""], readAt }) => {
      const key = findKey(world, account, decodeURIComponent(wanted), readAt)
      return key === undefined ? notFound : ok({ ssh_key: views.sshKey(key, key.truth.at(readAt)?.name ?? "") })
    }
  }),
  route({
    method: "PUT",
    path: one,
    answer: answers.key,
    scope: "ssh_key:update",
    query: noQuery,
    body: Schema.Struct({ name: Schema.NonEmptyString }),
    run: (world, { account, body, now, params: [wanted = ""] }) => {
      const key = findKey(world, account, decodeURIComponent(wanted), now)
      if (key === undefined) return notFound
      key.truth.set(now, { name: body.name })
      return ok({ ssh_key: views.sshKey(key, body.name) })
    }
  }),
  route({
    method: "DELETE",
    path: one,
    answer: answers.none,
    scope: "ssh_key:delete",
    query: noQuery,
    body: noBody,
    run: (world, { account, now, params: [wanted = ""] }) => {
      const key = findKey(world, account, decodeURIComponent(wanted), now)
      if (key === undefined) return notFound
      key.truth.set(now, undefined)
      return done
    }
  })
]
