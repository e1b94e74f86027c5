/**
 * All pods of the account in one list: whoever polls many of them asks once for all, since the API allows an account
 * one request a second.
 *
 * @since 0.1.0
 */
import type { CloudApi } from "@runctl/core/CloudApi"
import type { Cause } from "@runctl/core/CloudFailure"
import * as CloudPages from "@runctl/core/CloudPages"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Answers from "./Answers.ts"

/** The pods of an account, by their ids. @category models @since 0.1.0 */
export type Pods = ReadonlyMap<string, Answers.Pod>

/**
 * The list that all share.
 *
 * @category models
 * @since 0.1.0
 */
export interface Roll {
  /** As it was a few seconds ago at most, and after the last change made here. */
  readonly recent: Effect.Effect<Pods, Cause>
  /** Begun to be read now or later. */
  readonly fresh: Effect.Effect<Pods, Cause>
  /** No list that was begun before now counts any more. */
  readonly changed: Effect.Effect<void>
}

/** A list that is younger is as good as new: with one for each there are 20 a minute. **Units**  milliseconds */
const young = 3_000

/** Every pod of the account, from all pages. @category queries @since 0.1.0 */
export const readAll = (client: CloudApi): Effect.Effect<Pods, Cause> =>
  CloudPages.byCursor({
    what: "the pods",
    read: (cursor) =>
      Effect.gen(function* () {
        const body = yield* client.call({
          method: "GET",
          path: "/v2/pods",
          query: { includeClusterPods: "false", limit: "1000", ...(cursor === undefined ? {} : { cursor }) }
        })
        const rows = yield* Effect.forEach(yield* Answers.rowsOf("pods")(body), Answers.podOf)
        return { rows, next: yield* Answers.nextOf(body) }
      })
  }).pipe(Effect.map((pods) => new Map(pods.map((pod) => [pod.id, pod]))))

/**
 * Nobody has asked yet.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (client: CloudApi): Roll => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  let last: { readonly pods: Pods; readonly begunAt: number } | undefined
  let changes = 0
  let seen = -1

  const read = Effect.gen(function* () {
    const begunAt = yield* Clock.currentTimeMillis
    const before = changes
    const pods = yield* readAll(client)
    last = { pods, begunAt }
    seen = before
    return pods
  })

  const recent = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const isYoung = last !== undefined && seen === changes && Math.abs(now - last.begunAt) < young
    return isYoung && last !== undefined ? last.pods : yield* read
  })

  return {
    recent: oneAtATime.withPermit(recent),
    fresh: oneAtATime.withPermit(read),
    changed: Effect.sync(() => {
      changes += 1
    })
  }
}
