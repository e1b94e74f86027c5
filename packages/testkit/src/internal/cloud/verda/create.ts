import * as Schema from "effect/Schema"
import type { Answer, Request } from "../http.ts"
import { Timeline } from "../Timeline.ts"
import type { InstanceType } from "./catalogue.ts"
import { invalid, noCapacity, notFound, poor, forbidden, unavailable } from "./errors.ts"
import type { Account, Instance, InstanceState, OnDiscontinue, SshKey, Tag, Volume } from "./model.ts"
import { bare, type Call, noQuery, ok, type Route, route } from "./route.ts"
import { answers } from "./schemas.ts"
import type { World } from "./World.ts"

const { optionalKey } = Schema

const Uuid = Schema.String.check(Schema.isPattern(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/))

/** At least one letter, no hyphen at an end. */
const Hostname = Schema.String.check(
  Schema.isPattern(/^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/),
  Schema.isMaxLength(63)
)

export const NewTag = Schema.Struct({
  key: Schema.NonEmptyString.check(Schema.isMaxLength(63)),
  value: optionalKey(Schema.String.check(Schema.isMaxLength(127)))
})

const OnDiscontinue = Schema.Literals(["keep_detached", "move_to_trash", "delete_permanently"])

const Body = Schema.Struct({
  instance_type: Schema.NonEmptyString,
  image: Schema.NonEmptyString,
  hostname: Hostname,
  location_code: Schema.NonEmptyString,
  description: optionalKey(Schema.String),
  ssh_key_ids: optionalKey(Schema.Union([Uuid, Schema.Array(Uuid)])),
  startup_script_id: optionalKey(Uuid),
  tags: optionalKey(Schema.Array(NewTag).check(Schema.isMaxLength(10))),
  os_volume: optionalKey(
    Schema.Struct({
      name: Schema.NonEmptyString,
      size: Schema.Int.check(Schema.isBetween({ minimum: 20, maximum: 10_000 })),
      on_spot_discontinue: optionalKey(OnDiscontinue)
    })
  ),
  is_spot: optionalKey(Schema.Boolean),
  contract: optionalKey(Schema.Literals(["LONG_TERM", "PAY_AS_YOU_GO", "SPOT"]))
})

type Body = typeof Body.Type

interface Planned {
  readonly account: Account
  readonly type: InstanceType
  readonly location: string
  readonly hostname: string
  readonly isSpot: boolean
  readonly tags: ReadonlyArray<Tag>
  readonly image: string
  readonly keys: ReadonlyArray<SshKey>
  readonly body: Partial<Body>
  readonly volume: Volume | undefined
  readonly planted: boolean
}

export const newTags = (world: World, tags: ReadonlyArray<typeof NewTag.Type>): ReadonlyArray<Tag> =>
  tags.map(({ key, value = "" }) => ({ id: world.tagId(), key: key.toLowerCase(), value }))

/** A machine that is there from now on. */
export const addInstance = (world: World, planned: Planned, status: InstanceState["status"], now: number): Instance => {
  const { account, body, hostname, image, isSpot, keys, location, planted, tags, type } = planned
  const id = world.uuid()
  const osVolume =
    planned.volume ??
    world.newVolume(
      {
        name: body.os_volume?.name ?? `OS-NVMe-${world.hex(8)}`,
        account,
        gigabytes: body.os_volume?.size ?? 50,
        isOs: true,
        location,
        createdAt: now,
        onDiscontinue: body.os_volume?.on_spot_discontinue ?? ("keep_detached" satisfies OnDiscontinue),
        planted
      },
      id
    )
  if (planned.volume !== undefined) planned.volume.truth.set(now, { status: "attached", instance: id })
  const made: Instance = {
    id,
    hostname,
    description: body.description ?? "",
    account,
    type,
    location,
    isSpot,
    image,
    keys,
    script: world.scripts.get(body.startup_script_id ?? ""),
    osVolume,
    createdAt: now,
    usdPerHour: Number(isSpot ? type.spotPrice : type.price),
    address: world.around.address(world.next()),
    planted,
    visibleFrom: now + world.options.visibleSeconds * 1000,
    truth: new Timeline<InstanceState>(now, { status, hasAddress: status === "running", tags }),
    isBusy: false,
    billedUntil: undefined,
    touched: false
  }
  world.instances.set(id, made)
  world.note(made, "create", now)
  return made
}

const keysOf = (world: World, { account, body, now }: Call<unknown, Body>): ReadonlyArray<SshKey> | Answer => {
  const all = [...world.keys.values()].filter((key) => key.account === account && key.truth.at(now) !== undefined)
  if (all.length === 0) return invalid("At least one SSH key must exist")
  const wanted = typeof body.ssh_key_ids === "string" ? [body.ssh_key_ids] : (body.ssh_key_ids ?? [])
  const found = wanted.flatMap((id) => all.filter((key) => key.id === id))
  return found.length === wanted.length ? found : invalid("Invalid SSH key id")
}

/** What an image is: a system that the type has, or a detached volume of one's own. */
const imageOf = (
  world: World,
  { account, body, now }: Call<unknown, Body>,
  type: InstanceType
): Volume | Answer | undefined => {
  if (type.systems.includes(body.image)) return undefined
  const volume = world.volumes.get(body.image)
  if (volume?.account === account && volume.isOs && volume.truth.at(now)?.status === "detached") {
    return body.os_volume === undefined ? volume : notFound(`Operating system or volume not found ${body.image}`)
  }
  const isKnown = [...world.types.values()].some(({ systems }) => systems.includes(body.image))
  return isKnown
    ? invalid("Operating system is not valid for this instance type")
    : notFound(`Operating system or volume not found ${body.image}`)
}

const isAnswer = (value: object): value is Answer => "headers" in value

const refusal = (world: World, { account, now }: Call<unknown, Body>): Answer | undefined => {
  if (account.balance <= 0) return poor
  const living = [...world.instances.values()].filter(
    (instance) => instance.account === account && (instance.billedUntil ?? Infinity) > now
  )
  return living.length >= account.instanceLimit ? forbidden("Instance quota exceeded") : undefined
}

const idAs = (world: World, id: string): Answer => {
  switch (world.options.idsAs) {
    case "text":
      return bare(id, 202)
    case "json":
      return ok(JSON.stringify(id), 202)
    case "object":
      return ok({ id }, 202)
  }
}

const hasStock = (world: World, { instance_type: type, is_spot: isSpot, location_code: location }: Body): boolean =>
  world.stock[isSpot === true ? "spot" : "demand"][location]?.includes(type) === true

const run = (world: World, call: Call<unknown, Body>): Answer => {
  const { account, body, now } = call
  const type = world.types.get(body.instance_type)
  if (type === undefined) return invalid("Invalid instance type")
  if (body.tags !== undefined && world.options.refusesTags) return invalid("property tags should not exist")
  const keys = keysOf(world, call)
  if (isAnswer(keys)) return keys
  const volume = imageOf(world, call, type)
  if (volume !== undefined && isAnswer(volume)) return volume
  const script = body.startup_script_id
  if (script !== undefined && world.scripts.get(script)?.truth.at(now) === undefined)
    return notFound("Script not found")
  const refused = refusal(world, call)
  if (refused !== undefined) return refused
  const request: Request = { method: "POST", path: "/v1/instances", body }
  const words = world.faults.capacity.take(request)
  if (words !== undefined || !hasStock(world, body)) return unavailable(words ?? noCapacity)
  const planned = {
    account,
    type,
    location: body.location_code,
    hostname: body.hostname,
    isSpot: body.is_spot ?? false,
    tags: newTags(world, body.tags ?? []),
    image: body.image,
    keys,
    body,
    volume,
    planted: false
  }
  const made = addInstance(world, planned, "provisioning", now)
  if (world.faults.failedCreates.take(request) === true) {
    const at = now + world.options.bootSeconds * 1000
    world.fail(made, "installation_failed", at, "the installation failed")
  } else world.act(made, "create", now)
  return idAs(world, made.id)
}

export const createRoute: Route = route({
  method: "POST",
  path: "/instances",
  answer: answers.id,
  query: noQuery,
  body: Body,
  run
})
