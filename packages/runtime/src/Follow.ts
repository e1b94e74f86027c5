/**
 * What happens in a run, seen by any process from the journal and the mirrored files, with nothing lost or repeated.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import type { RunId } from "@runctl/core/Run"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { StoredEvent } from "./Journal.ts"
import { Journal } from "./Journal.ts"
import type { JournalError } from "./JournalError.ts"
import { streams } from "./Projections.ts"
import { Records } from "./Records.ts"
import { type AttemptTail, makeTail } from "./AttemptTail.ts"
import type { FollowEvent } from "./FollowEvent.ts"
import { RunFiles } from "./RunFiles.ts"
import type { HomeFailed } from "./RuntimeError.ts"
import type { Handed } from "./Secrets.ts"
import { SupervisorClient } from "./SupervisorClient.ts"

/**
 * How to follow. `handed` is handed over again when a supervisor has to be started anew.
 *
 * @category models
 * @since 0.1.0
 */
export interface FollowOptions {
  readonly follow: boolean
  readonly fromByte?: number
  readonly handed?: Handed
}

/** How many pieces may wait for a slow reader: with the size of a piece of log this bounds a follower's memory. */
const queued = 16

/** Whether a supervisor lives is looked at this often. */
const supervisorEvery = "1 second"

/** Events before which everything the job printed belongs. */
const endsLog: ReadonlySet<string> = new Set([
  "JobEnded",
  "AttemptInterrupted",
  "AttemptStarted",
  "RunCompleted",
  "RunFailed",
  "RunCancelled",
  "RunInterrupted",
  "RunClosed"
])

/**
 * Shows what happens in a run to whoever asks, in any process.
 *
 * @category services
 * @since 0.1.0
 */
export class Follow extends Context.Service<
  Follow,
  {
    readonly follow: (id: RunId, options: FollowOptions) => Stream.Stream<FollowEvent, JournalError | HomeFailed>
  }
>()("@runctl/runtime/Follow") {
  /** @category layers @since 0.1.0 */
  static readonly layer: Layer.Layer<
    Follow,
    never,
    Journal | Records | RunFiles | SupervisorClient | FileSystem.FileSystem
  > = Layer.effect(
    Follow,
    Effect.gen(function* () {
      const journal = yield* Journal
      const records = yield* Records
      const files = yield* RunFiles
      const supervisor = yield* SupervisorClient
      const fs = yield* FileSystem.FileSystem

      /** Keeps a supervisor alive for as long as somebody looks on, and hands it the secrets again. */
      const guard = (id: RunId, handed: Handed | undefined, tell: (event: FollowEvent) => Effect.Effect<unknown>) =>
        Effect.gen(function* () {
          let away = false
          while (true) {
            yield* Effect.sleep(supervisorEvery)
            if ((yield* supervisor.status).state === "running") continue
            if (!away) yield* tell({ _tag: "Supervisor", state: "away" })
            away = true
            yield* supervisor.ensure
            if (handed !== undefined) yield* supervisor.hand(id, handed)
            away = false
            yield* tell({ _tag: "Supervisor", state: "back" })
          }
        }).pipe(
          Effect.tapError((error) => Effect.logDebug(error.message)),
          Effect.retry(Schedule.spaced(supervisorEvery))
        )

      const follow = (id: RunId, { follow: onwards, fromByte = 0, handed }: FollowOptions) =>
        Stream.callback<FollowEvent, JournalError | HomeFailed>(
          Effect.fnUntraced(function* (queue) {
            const tell = (event: FollowEvent) => Queue.offer(queue, event)
            const news = yield* Queue.unbounded<StoredEvent>()
            const position = yield* journal.position
            const stream = streams.run(id)
            yield* Queue.offerAll(news, yield* journal.read(stream))
            if (onwards) {
              yield* Stream.runForEach(journal.subscribe({ fromPosition: position }), (event) =>
                event.stream === stream ? Queue.offer(news, event) : Effect.void
              ).pipe(Effect.forkScoped)
              yield* guard(id, handed, tell).pipe(Effect.forkScoped)
            }
            let tail: AttemptTail | undefined
            let seen = 0
            let closed = false
            let isPlaced = false
            while (true) {
              const fresh = (yield* Queue.clear(news)).filter(({ seq }) => seq > seen)
              for (const event of fresh) {
                seen = event.seq
                closed ||= event.type === "RunClosed"
                if (tail !== undefined && endsLog.has(event.type)) yield* tail.drain(tell)
                if (event.type === "AttemptStarted") {
                  const number = numberOf(event)
                  tail = makeTail(fs, files.attempt(id, number), number, number === 1 ? fromByte : 0)
                  isPlaced = false
                }
                if (event.type === "RunPlaced") isPlaced = true
                yield* tell({ _tag: "Event", event })
              }
              // The files of an attempt may be ahead of its events, which explain them.
              const moved = tail === undefined || !isPlaced ? false : yield* tail.drain(tell)
              const record = fresh.length === 0 ? undefined : yield* records.run(id)
              if (record !== undefined) yield* tell({ _tag: "Record", record })
              if (closed || seen === 0 || (!onwards && (yield* Queue.size(news)) === 0)) break
              if (!moved && fresh.length === 0) yield* Effect.sleep(defaults.journalPoll)
            }
            yield* Queue.end(queue)
          }),
          { bufferSize: queued, strategy: "suspend" }
        )

      return Follow.of({ follow })
    })
  )
}

const numberOf = ({ payload }: StoredEvent): number =>
  typeof payload === "object" && payload !== null && "number" in payload ? Number(payload.number) : 0
