/**
 * What laws do again and again: rent, look, wait.
 *
 * @since 0.1.0
 */
import { type Offer, priceOf } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { isBillable, type Resource, type ResourceId } from "@runctl/core/Resource"
import { type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { Broken, LawSettings } from "../Law.ts"

/** Fails the law unless something holds. */
export const check = (holds: boolean, otherwise: string): Effect.Effect<void, Broken> =>
  holds ? Effect.void : Effect.fail(new Broken({ message: otherwise }))

/** Who rents in the name of the laws, and somebody else. */
const us = OwnerId.make("lawsuite")
export const stranger = OwnerId.make("stranger")
export const owners: ReadonlyArray<OwnerId> = [us, stranger]

const characters = "abcdefghijklmnopqrstuvwxyz0123456789"

/** A mark that was never used, with a deadline in an hour or so. */
export const newMark = Effect.fnUntraced(function* (owner: OwnerId = us) {
  const now = yield* Clock.currentTimeMillis
  const indexes = yield* Effect.forEach(Array.from({ length: 20 }), () =>
    Random.nextIntBetween(0, characters.length - 1)
  )
  const key = indexes.map((index) => characters.charAt(index)).join("")
  const deadlineEpochSeconds = Math.ceil(now / 1000) + 3600 + (indexes[0] ?? 0)
  return { owner, key: ResourceKey.make(key), deadlineEpochSeconds } satisfies Mark
})

/** The offer that laws rent: the cheapest of those asked for. */
export const chosenOffer = Effect.gen(function* () {
  const provider = yield* TrainingProvider
  const { offerQuery } = yield* LawSettings
  const offers = yield* provider.offers(offerQuery)
  const price = (offer: Offer) => priceOf(offer, "on-demand") ?? Infinity
  const [cheapest] = offers.toSorted((left, right) => price(left) - price(right))
  return cheapest ?? (yield* new Broken({ message: "it offers nothing to rent; see the option offerQuery" }))
})

/** A plain request for a mark. */
export const requestFor = Effect.fnUntraced(function* (mark: Mark, changes: Partial<CreateRequest> = {}) {
  return {
    mark,
    offer: yield* chosenOffer,
    market: "on-demand",
    label: undefined,
    diskGiB: undefined,
    image: undefined,
    bootstrap: { format: "none", content: "" },
    authorizedKey: undefined,
    priceLimit: undefined,
    ...changes
  } satisfies CreateRequest
})

/** Ends everything rented under a key, and what was made beside it; a law leaves no bill behind. */
const giveBack = Effect.fnUntraced(function* (key: ResourceKey, known: ReadonlyArray<ResourceId>) {
  const provider = yield* TrainingProvider
  const { every, within } = yield* LawSettings
  const listed = yield* Effect.orElseSucceed(provider.listResources, () => [])
  const ids = listed.filter((resource) => resource.key === key && isBillable(resource)).map(({ id }) => id)
  const persistently = Effect.retry({ schedule: Schedule.spaced(every).pipe(Schedule.upTo({ duration: within })) })
  yield* Effect.forEach(new Set([...known, ...ids]), (id) => Effect.ignore(persistently(provider.terminate(id))), {
    discard: true
  })
  const beside = yield* Effect.orElseSucceed(provider.companions.list, () => [])
  yield* Effect.forEach(
    beside.filter((companion) => companion.key === key),
    ({ id }) => Effect.ignore(persistently(provider.companions.remove(id))),
    { discard: true }
  )
})

/** Rents for the length of a law, whatever comes of the call. */
export const rentWith = Effect.fnUntraced(function* (request: CreateRequest) {
  const provider = yield* TrainingProvider
  const rented = yield* Effect.acquireRelease(Effect.result(provider.createResource(request)), (created) =>
    giveBack(request.mark.key, Result.isSuccess(created) ? [created.success.id] : [])
  )
  return yield* Effect.fromResult(rented)
})

/** Rents a machine of a new mark. */
export const rent = Effect.fnUntraced(function* (mark?: Mark, changes?: Partial<CreateRequest>) {
  return yield* rentWith(yield* requestFor(mark ?? (yield* newMark()), changes))
})

/** Asks until the answer is right, as long as the settings allow; then the law is broken. */
export const eventually = <A, E, R>(
  ask: Effect.Effect<A, E, R>,
  isRight: (answer: A) => boolean,
  otherwise: string
): Effect.Effect<A, E | Broken, R | LawSettings> =>
  Effect.gen(function* () {
    const { every, within } = yield* LawSettings
    const start = yield* Clock.currentTimeMillis
    while (true) {
      const answer = yield* ask
      if (isRight(answer)) return answer
      const waited = (yield* Clock.currentTimeMillis) - start
      if (waited >= Duration.toMillis(within)) return yield* new Broken({ message: otherwise })
      yield* Effect.sleep(every)
    }
  })

/** The machine as getting it says, or nothing when it is not found. */
export const look = Effect.fnUntraced(function* (id: ResourceId) {
  const provider = yield* TrainingProvider
  return yield* provider.getResource(id).pipe(Effect.catchReason("ProviderError", "NotFound", () => Effect.undefined))
})

/** The machine once it runs. */
export const running = Effect.fnUntraced(function* ({ id }: Resource) {
  const seen = yield* eventually(look(id), (each) => each?.state._tag === "Running", `${id} does not come to run`)
  return seen ?? (yield* new Broken({ message: `${id} cannot be found` }))
})

/** A machine that runs. */
export const rentRunning = Effect.fnUntraced(function* (mark?: Mark) {
  return yield* running(yield* rent(mark))
})

/** The reason a call fails with; a success is a broken law. */
const reasonOf = <A, R>(call: Effect.Effect<A, ProviderError, R>, what: string) =>
  call.pipe(
    Effect.flip,
    Effect.mapError(() => new Broken({ message: `${what} succeeds` })),
    Effect.map(({ reason }) => reason._tag)
  )

/** Fails the law unless a call fails with one of some reasons. */
export const refuses = Effect.fnUntraced(function* <A, R>(
  call: Effect.Effect<A, ProviderError, R>,
  what: string,
  ...reasons: ReadonlyArray<ProviderError["reason"]["_tag"]>
) {
  const reason = yield* reasonOf(call, what)
  yield* check(reasons.includes(reason), `${what} fails with ${reason} instead of ${reasons.join(" or ")}`)
})
