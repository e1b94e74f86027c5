import * as Schema from "effect/Schema"
import type { Answer, Request } from "../http.ts"
import { Timeline } from "../Timeline.ts"
import type { Image, Region, Size } from "./catalogue.ts"
import { noCapacity, unprocessable } from "./errors.ts"
import { findKey } from "./keys.ts"
import type { Account, Action, Droplet, DropletState, SshKey } from "./model.ts"
import { type Call, noQuery, ok, type Route, route } from "./route.ts"
import * as views from "./views.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

const bytesOfUserData = 65_536

const Tag = Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9_\-:]+$/), Schema.isMaxLength(255))

const Name = Schema.String.check(Schema.isPattern(/^[a-zA-Z0-9]?[a-z0-9A-Z.-]*[a-z0-9A-Z]$/), Schema.isMaxLength(255))

const Identifier = Schema.Union([Schema.String, Schema.Int])

const Body = Schema.Struct({
  name: Schema.optionalKey(Name),
  names: Schema.optionalKey(Schema.Array(Name).check(Schema.isMinLength(1), Schema.isMaxLength(10))),
  size: Schema.String,
  image: Identifier,
  region: Schema.optionalKey(Schema.String),
  ssh_keys: Schema.optionalKey(Schema.Array(Identifier)),
  user_data: Schema.optionalKey(Schema.String),
  tags: Schema.optionalKey(Schema.NullOr(Schema.Array(Tag))),
  monitoring: Schema.optionalKey(Schema.Boolean),
  backups: Schema.optionalKey(Schema.Boolean),
  ipv6: Schema.optionalKey(Schema.Boolean),
  private_networking: Schema.optionalKey(Schema.Boolean),
  volumes: Schema.optionalKey(Schema.Array(Schema.String)),
  vpc_uuid: Schema.optionalKey(Schema.String),
  with_droplet_agent: Schema.optionalKey(Schema.Boolean),
  public_networking: Schema.optionalKey(Schema.Boolean)
})

type Body = typeof Body.Type

interface Wanted {
  readonly size: Size
  readonly region: Region
  readonly image: Image
  readonly sshKeys: ReadonlyArray<SshKey>
}

const invalid = (what: string): Answer => unprocessable(`You specified an invalid ${what} for Droplet creation.`)

const regionFor = (world: World, body: Body, size: Size): Region | Answer => {
  const all = [...world.regions.values()]
  const { region: wanted } = body
  // A prefix such as `nyc` leaves the choice to the vendor, nothing leaves it entirely.
  const named =
    wanted === undefined
      ? all
      : all.filter(({ slug }) => slug === wanted || (/^[a-z]+$/.test(wanted) && slug.startsWith(wanted)))
  if (named.length === 0) return invalid("region")
  const open = named.filter(({ available }) => available)
  if (open.length === 0) return unprocessable("Region is not available")
  return open.find(({ slug }) => size.regions.includes(slug)) ?? unprocessable("Size is not available in this region.")
}

const isAnswer = (value: object): value is Answer => "status" in value && "headers" in value

const keysFor = (world: World, account: Account, body: Body, now: number): ReadonlyArray<SshKey> | Answer => {
  const found = (body.ssh_keys ?? []).map((wanted) => ({ wanted, key: findKey(world, account, String(wanted), now) }))
  const unknown = found.filter(({ key }) => key === undefined).map(({ wanted }) => String(wanted))
  if (unknown.length > 0) {
    return unprocessable(`${unknown.join(", ")} are invalid key identifiers for Droplet creation.`)
  }
  return found.flatMap(({ key }) => (key === undefined ? [] : [key]))
}

/** No character has more than three bytes of its own; counting them takes time. */
const isTooLong = (text: string): boolean =>
  text.length * 3 > bytesOfUserData && new TextEncoder().encode(text).length > bytesOfUserData

const resolve = (world: World, account: Account, body: Body, now: number): Wanted | Answer => {
  const size = world.sizes.get(body.size)
  if (size === undefined) return invalid("size")
  const image = world.images.find(({ id, slug }) => id === body.image || slug === body.image)
  if (image === undefined) return invalid("image")
  const region = regionFor(world, body, size)
  if ("status" in region) return region
  const sshKeys = keysFor(world, account, body, now)
  if (isAnswer(sshKeys)) return sshKeys
  if (isTooLong(body.user_data ?? "")) {
    return unprocessable("User data is too long (maximum is 64 KiB)")
  }
  return { size, region, image, sshKeys }
}

const refusal = (world: World, { account, now }: Call<unknown, Body>, count: number): Answer | undefined => {
  if (account.status === "locked") return unprocessable("Your account is locked.")
  if (world.alive(account, now) + count > account.dropletLimit) {
    return unprocessable("creating this/these droplet(s) will exceed your droplet limit")
  }
  return undefined
}

interface Planned extends Wanted {
  readonly name: string
  readonly tags: ReadonlyArray<string>
  readonly userData: string | undefined
  readonly hasPublicAddress: boolean
  readonly planted: boolean
}

/** A machine that is there from now on, and begins as its state says. */
export const addDroplet = (
  world: World,
  account: Account,
  planned: Planned,
  state: DropletState,
  now: number
): Droplet => {
  const index = world.nextId()
  const droplet: Droplet = {
    id: 400_000_000 + index,
    name: planned.name,
    account,
    size: planned.size,
    region: planned.region,
    image: planned.image,
    createdAt: now,
    usdPerHour: planned.size.price_hourly,
    sshKeys: planned.sshKeys,
    userData: planned.userData,
    features: ["private_networking", "droplet_agent"],
    addresses: {
      public: planned.hasPublicAddress ? world.options.address(index) : undefined,
      private: `10.108.${(index >> 8) & 255}.${index & 255}`
    },
    planted: planned.planted,
    truth: new Timeline(now, state),
    visibleFrom: now + world.options.visibleSeconds * 1000,
    actions: [],
    billedUntil: undefined,
    touched: false
  }
  world.addDroplet(droplet)
  return droplet
}

const create = (world: World, call: Call<unknown, Body>, wanted: Wanted, name: string, request: Request) => {
  const { account, body, now } = call
  const tags = [...new Set(body.tags ?? [])]
  const hasPublicAddress = body.public_networking !== false
  const planned: Planned = { ...wanted, name, tags, userData: body.user_data, hasPublicAddress, planted: false }
  const state = { status: "new", locked: true, tags, hasAddress: false } as const
  const droplet = addDroplet(world, account, planned, state, now)
  const action = world.begin(droplet, "create", now)
  if (world.faults.failedCreates.take(request) === true) {
    droplet.billedUntil = now
    world.settle(action, now + world.options.bootSeconds * 1000, false)
  } else world.carryOut(droplet, action, now)
  return { droplet, action, state }
}

const link = (world: World, action: Action) => ({
  id: action.id,
  rel: "create",
  href: `${world.options.origin()}/v2/actions/${action.id}`
})

const run = (world: World, call: Call<unknown, Body>): Answer => {
  const { account, body, now } = call
  const names = body.names ?? (body.name === undefined ? [] : [body.name])
  if (names.length === 0 || (body.name !== undefined && body.names !== undefined)) {
    return unprocessable("Name can't be blank")
  }
  const wanted = resolve(world, account, body, now)
  if (isAnswer(wanted)) return wanted
  const refused = refusal(world, call, names.length)
  if (refused !== undefined) return refused
  const request = { method: "POST", path: call.path, body }
  const message = world.faults.capacity.take(request)
  if (message !== undefined) return noCapacity(message, wanted.size.regions)
  const made = names.map((name) => create(world, call, wanted, name, request))
  const droplets = made.map(({ droplet, state }) => views.droplet(droplet, state, []))
  const actions = made.map(({ action }) => link(world, action))
  const body_ = body.names === undefined ? { droplet: droplets[0] } : { droplets }
  return ok({ ...body_, links: { actions } }, 202)
}

export const createRoute: Route = route({
  method: "POST",
  path: "/v2/droplets",
  answer: answers.created,
  scope: "droplet:create",
  query: noQuery,
  body: Body,
  run
})
