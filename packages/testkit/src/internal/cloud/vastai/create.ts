import type { Answer } from "../http.ts"
import { Timeline } from "../Timeline.ts"
import { bidTooLow, noCredit, noSuchAsk, unavailable } from "./errors.ts"
import type { Account, Ask, Instance, InstanceState } from "./model.ts"
import { type Call, noQuery, ok, type Route, route } from "./route.ts"
import { answers, Create } from "./schemas.ts"
import type { World } from "./World.ts"

/** Of a disk nobody says how large it is to be. **Units** GB */
const usualDisk = 10

interface Planned {
  readonly ask: Pick<Ask, "gpus" | "host">
  readonly account: Account
  readonly body: Pick<Create, "disk" | "env" | "image" | "label" | "onstart" | "price" | "runtype">
  readonly planted: boolean
}

/** A contract that is there from now on, and begins as its state says. */
export const addInstance = (
  world: World,
  { account, ask: { gpus, host }, body, planted }: Planned,
  state: InstanceState,
  now: number
): Instance => {
  const index = world.nextId()
  const id = 30_000_000 + index
  const instance: Instance = {
    id,
    account,
    host,
    gpus,
    isBid: body.price !== undefined,
    gpuUsdPerHour: body.price ?? host.gpuUsd * gpus,
    diskGb: body.disk ?? usualDisk,
    image: body.image,
    runtype: body.runtype ?? "ssh",
    onstart: body.onstart ?? null,
    env: body.env ?? {},
    key: world.addToken(account, id),
    createdAt: now,
    planted,
    index,
    truth: new Timeline(now, state),
    visibleFrom: now + world.options.visibleSeconds * 1000,
    runs: state.actual === "running" ? [{ from: now, until: undefined }] : [],
    sshKeys: [],
    billedUntil: undefined,
    touched: false
  }
  world.add(instance, now)
  return instance
}

const stopped = { actual: null, current: "stopped", next: "stopped", intended: "stopped" } as const
const loading = { actual: "loading", current: "loading", next: "running", intended: "running" } as const
const broken = "Error response from daemon: failed to create task: OCI runtime create failed: exec format error"

const run = (world: World, { account, body: sent, now, params, path }: Call<unknown, Create>): Answer => {
  const id = Number(params[0])
  const { price, ...unpriced } = sent
  const body: Create = world.ignoresBids ? unpriced : sent
  if (account.credit <= 0) return noCredit
  const ask = world.asks.get(id)
  const isBid = body.price !== undefined
  if (ask === undefined || world.free(ask.host, now, isBid) < ask.gpus) return noSuchAsk(id)
  const request = { method: "PUT", path, body }
  const words = world.faults.capacity.take(request)
  if (words !== undefined) return unavailable(id, words)
  const state = { message: null, label: body.label ?? null }
  const planned = { ask, account, body, planted: false }
  const lowest = ask.host.lowestBid * ask.gpus
  if (isBid && (price ?? 0) < lowest - 1e-9) {
    return bidTooLow(id, lowest, addInstance(world, planned, { ...stopped, ...state }, now).id)
  }
  const fails = world.faults.failedCreates.take(request) === true
  const begun = fails ? { ...loading, actual: "created", message: broken } : { ...loading, message: null }
  const instance = addInstance(world, planned, { ...begun, label: state.label }, now)
  return ok({ success: true, new_contract: instance.id, instance_api_key: instance.key })
}

export const createRoute: Route = route({
  method: "PUT",
  path: "/api/v0/asks/#id/",
  every: 4.5,
  query: noQuery,
  body: Create,
  answer: answers.created,
  run
})
