/**
 * Making an instance.
 *
 * @since 0.1.0
 */
import { formatUsd } from "@runctl/core/Money"
import type { GiB } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import type { Resource } from "@runctl/core/Resource"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import { UsdPerHour } from "@runctl/core/Money"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Answers from "./Answers.ts"
import * as Boot from "./Boot.ts"
import { type Cause, once, repeatable } from "./Failures.ts"
import * as Looking from "./Looking.ts"
import type { Cloud } from "./Looking.ts"
import { diskRateOf, priceIn, regionOf, shapeOf, typeOf, unknownType, usualDisk } from "./Market.ts"
import { isEnding, type Remembered } from "./Memory.ts"
import * as Power from "./Power.ts"

/** How often what was just made, or may have been, is looked for. */
const looks = 3

/** How many offers of one host are tried. */
const mostTries = 3

/** The most that may be bid. **Units**  US dollars per hour */
const highestBid = 128

const bytesIn = (text: string): number => {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return bytes
}

/** What is wrong with a request whatever the market says; nothing is asked then. @category decisions @since 0.1.0 */
export const refusalOf = ({
  bootstrap,
  offer
}: Pick<CreateRequest, "bootstrap" | "offer">):
  | ProviderError.UnsupportedCapability
  | ProviderError.Rejected
  | undefined => {
  if (shapeOf(offer.instanceType) === undefined) return unknownType(offer.instanceType)
  if (bootstrap.format === "cloud-config") {
    return new ProviderError.UnsupportedCapability({ message: "a container has no cloud-init: it boots a script" })
  }
  const bytes = bytesIn(bootstrap.content)
  return bytes > Boot.mostBytes
    ? new ProviderError.Rejected({
        message: `what the machine is to do at boot has ${bytes} bytes, and ${Boot.mostBytes} are carried to Vast.ai`
      })
    : undefined
}

const diskFor = ({ diskGiB, offer }: CreateRequest): GiB => diskGiB ?? offer.diskGiB ?? usualDisk

/** What is wrong with an offer for a request, so that another one may still do. @category decisions @since 0.1.0 */
export const refuseByAsk = (ask: Answers.Ask, request: CreateRequest): ProviderError.Reason | undefined => {
  const { mark, market, priceLimit } = request
  const price = priceIn(ask, market)
  const type = typeOf(ask)
  if (price === undefined) {
    return new ProviderError.OutOfCapacity({
      message: `${type} has no ${market === "spot" ? "lowest bid" : "price"} now`
    })
  }
  if (priceLimit !== undefined && price > priceLimit) {
    const costs = market === "spot" ? "takes no bid below" : "costs"
    return new ProviderError.PriceTooLow({
      message: `${type} ${costs} ${formatUsd(price)}/h, at most ${formatUsd(priceLimit)}/h wanted`,
      usdPerHour: UsdPerHour.make(price)
    })
  }
  const disk = diskFor(request)
  if (typeof ask.disk_space === "number" && ask.disk_space < disk) {
    return new ProviderError.OutOfCapacity({ message: `${type} has ${ask.disk_space} GB of disk, ${disk} wanted` })
  }
  return typeof ask.end_date === "number" && ask.end_date < mark.deadlineEpochSeconds
    ? new ProviderError.OutOfCapacity({ message: `the host of ${type} rents out for less time than is wanted` })
    : undefined
}

/** The price that is offered for all of the GPUs together: what was agreed to, else the lowest that is taken. */
const bidOf = (ask: Answers.Ask, { market, priceLimit }: CreateRequest): number | undefined =>
  market === "spot" ? Math.min(highestBid, priceLimit ?? priceIn(ask, "spot") ?? 0) : undefined

const bodyOf = ({ settings }: Cloud, request: CreateRequest, ask: Answers.Ask) => {
  const price = bidOf(ask, request)
  const { env, onstart } = Boot.carry(request)
  return {
    client_id: "me",
    image: request.image ?? settings.image,
    label: Ownership.toName(request.mark),
    disk: diskFor(request),
    runtype: settings.ssh === "proxy" ? "ssh_proxy" : "ssh_direct",
    onstart,
    env,
    target_state: "running",
    // Without it what cannot start now is a stopped instance whose disk is charged.
    cancel_unavail: true,
    ...(price === undefined ? {} : { price })
  }
}

/** One that is there under the label already. */
const existing = Effect.fnUntraced(function* (cloud: Cloud, { mark }: CreateRequest) {
  const now = yield* Clock.currentTimeMillis
  const rows = yield* Looking.labelled(cloud, mark)
  return yield* Effect.findFirst(rows, ({ id }) =>
    Effect.map(cloud.memory.find(id), (remembered) => !isEnding(remembered, now))
  ).pipe(Effect.map((found) => (found._tag === "Some" ? found.value : undefined)))
})

const apart = ({ settings }: Cloud, times: number) =>
  Schedule.spaced(Duration.millis(2000 * Math.min(1, settings.pace))).pipe(Schedule.upTo({ times: times - 1 }))

/** A create whose answer was lost is looked for by its label; where it does not show nobody knows what came of it. */
const lookFor = Effect.fnUntraced(function* (cloud: Cloud, request: CreateRequest, cause: Cause) {
  const found = yield* existing(cloud, request).pipe(
    Effect.repeat({ schedule: apart(cloud, looks), until: (row) => row !== undefined }),
    Effect.orElseSucceed(() => undefined)
  )
  return found?.id ?? (yield* Effect.fail(once(cause)))
})

/** A refused create may leave an instance that does not run and costs its disk: it is ended before anything else. */
const clearUp = Effect.fnUntraced(function* (cloud: Cloud, left: number, cause: Cause) {
  const ended = yield* Effect.result(Power.destroy(cloud, left))
  yield* cloud.crowd.changed
  return Result.isSuccess(ended)
    ? once(cause)
    : new ProviderError.OutcomeUnknown({
        message: `${repeatable(cause).message}; the instance ${left} that it left could not be ended: ${repeatable(ended.failure).message}`
      })
})

/** The number of the new instance. The request is sent once. */
const put = Effect.fnUntraced(function* (
  cloud: Cloud,
  request: CreateRequest,
  ask: Answers.Ask
): Effect.fn.Return<number, Cause> {
  const made = yield* cloud.api
    .call({
      method: "PUT",
      path: `/api/v0/asks/${ask.id}/`,
      body: bodyOf(cloud, request, ask),
      scope: "instance_write"
    })
    .pipe(Effect.flatMap(Answers.created), Effect.result)
  // It is good for one create, whatever came of it.
  yield* cloud.asks.drop(ask)
  yield* cloud.crowd.changed
  if (Result.isSuccess(made)) return made.success.new_contract
  const { failure } = made
  if (failure._tag === "Refused") {
    const left = Answers.leftBy(failure.body)
    return yield* Effect.fail(left === undefined ? once(failure) : yield* clearUp(cloud, left, failure))
  }
  const isUnknown = failure._tag === "Lost" || failure._tag === "Broken" || failure._tag === "Strange"
  return isUnknown ? yield* lookFor(cloud, request, failure) : yield* Effect.fail(once(failure))
})

/**
 * Takes the offer. Its id may be another since it was found, whenever somebody rents any of the host's GPUs: it is looked
 * up again as long as nothing was made and there is one that was not tried.
 */
const taken = Effect.fnUntraced(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<{ readonly ask: Answers.Ask; readonly instance: number }, Cause> {
  const { market, offer } = request
  const wanted = { instanceType: offer.instanceType, market, diskGiB: diskFor(request) }
  const tried = new Map<number, Cause>()
  while (true) {
    const ask = yield* cloud.asks.find(wanted)
    const before = tried.get(ask.id)
    if (before !== undefined) return yield* Effect.fail(before)
    const wrong = refuseByAsk(ask, request)
    if (wrong !== undefined) return yield* Effect.fail(wrong)
    const made = yield* Effect.result(put(cloud, request, ask))
    if (Result.isSuccess(made)) return { ask, instance: made.success }
    tried.set(ask.id, made.failure)
    const isGone = repeatable(made.failure)._tag === "OutOfCapacity"
    if (!isGone || tried.size >= mostTries) return yield* Effect.fail(made.failure)
  }
})

/** The key that opens it is told to Vast.ai as well, which may write the container's keys anew; it is in there anyway. */
const attach = ({ api }: Cloud, instance: number, key: string) =>
  api
    .call({
      method: "POST",
      path: `/api/v0/instances/${instance}/ssh/`,
      body: { ssh_key: key },
      scope: "instance_write"
    })
    .pipe(Effect.catch((cause) => Effect.logDebug(`vastai: the key was not attached: ${repeatable(cause).message}`)))

/** What was rented is not what was asked for: it is ended, and that is said. */
const wrongWith = (made: NonNullable<Remembered["made"]>, request: CreateRequest, row: Answers.Instance) => {
  const difference = Looking.differenceFrom(made, row)
  if (difference !== undefined)
    return new ProviderError.Rejected({ message: `Vast.ai rented something else: ${difference}` })
  const { dph_base: price } = row
  const { market, priceLimit } = request
  return market === "on-demand" && priceLimit !== undefined && typeof price === "number" && price > priceLimit + 1e-9
    ? new ProviderError.PriceTooLow({
        message: `it costs ${formatUsd(price)}/h, at most ${formatUsd(priceLimit)}/h wanted`,
        usdPerHour: UsdPerHour.make(price)
      })
    : undefined
}

/** Looks at what was made: the answer to a create does not say what it is. */
const checked = Effect.fnUntraced(function* (
  cloud: Cloud,
  request: CreateRequest,
  instance: number,
  made: NonNullable<Remembered["made"]>
): Effect.fn.Return<Resource, Cause> {
  const row = yield* Looking.show(cloud.api, instance).pipe(
    Effect.repeat({ schedule: apart(cloud, looks), until: (found) => found !== undefined }),
    Effect.orElseSucceed(() => undefined)
  )
  if (row === undefined) return Looking.unseen(instance, made)
  const wrong = wrongWith(made, request, row)
  if (wrong !== undefined) return yield* Effect.fail(yield* clearUp(cloud, instance, wrong))
  return (yield* Looking.described(cloud, row, made.region)) ?? Looking.unseen(instance, made)
})

/**
 * Rents an instance, or answers with the one that has the key's label already.
 *
 * **Errors**  `OutOfCapacity` where the offer is gone, which happens between any search and its create; `OutcomeUnknown`
 * when the answer to the one request that rents was lost and no instance shows.
 *
 * @category commands
 * @since 0.1.0
 */
export const rent = Effect.fn("VastaiRenting.rent")(function* (
  cloud: Cloud,
  request: CreateRequest
): Effect.fn.Return<Resource, Cause> {
  const { authorizedKey, mark, market, offer } = request
  const refusal = refusalOf(request)
  if (refusal !== undefined) return yield* refusal
  const found = yield* existing(cloud, request)
  const known = found === undefined ? undefined : yield* Looking.described(cloud, found)
  if (known !== undefined) return known

  const { ask, instance } = yield* cloud.asks.alone(offer.instanceType, taken(cloud, request))
  const diskGiB = diskFor(request)
  const made = {
    mark,
    region: regionOf(ask),
    instanceType: typeOf(ask),
    market,
    prices: { compute: bidOf(ask, request) ?? priceIn(ask, market) ?? 0, disk: (diskRateOf(ask) ?? 0) * diskGiB },
    at: yield* Clock.currentTimeMillis
  }
  yield* cloud.memory.note(instance, { made })
  if (authorizedKey !== undefined) yield* attach(cloud, instance, authorizedKey)
  return yield* checked(cloud, request, instance, made)
})
