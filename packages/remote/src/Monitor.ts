/**
 * Follows a unit: its log without a lost or repeated byte, however often the connection is cut.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { isOver, type JobEvent, type JobStatus, type UnitId } from "@runctl/core/Job"
import type { UseError } from "@runctl/core/TrainingProvider"
import * as JobErrors from "@runctl/core/JobError"
import * as ProviderErrors from "@runctl/core/ProviderError"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { JobRunner, Position } from "./JobRunner.ts"
import * as LogScanner from "./LogScanner.ts"

/** Lends the runner of a machine that is reached anew when the last way to it was cut. */
export type WithRunner = <A>(use: (runner: JobRunner) => Effect.Effect<A, UseError>) => Effect.Effect<A, UseError>

/** Between the end of a log and the machine's word that the job is over. */
const ending = Duration.millis(100)

const mayPass = (error: UseError): boolean =>
  error._tag === "JobError" ? JobErrors.isRetryable(error) : ProviderErrors.isRetryable(error.reason)

/** The pauses between questions, growing from the first to the last until something happens. */
const pauses = () => {
  let next = Duration.zero
  return {
    reset: (): void => {
      next = Duration.zero
    },
    next: (): Duration.Duration => {
      const pause = next
      next = Duration.clamp(Duration.times(next, 1.6), {
        minimum: defaults.statusPollFirst,
        maximum: defaults.statusPollLast
      })
      return pause
    }
  } as const
}

/**
 * Follows a unit from a byte of its log on, or tells once what there is.
 *
 * **Details**  all samples and checkpoints are told from their beginning; a status whenever it changed, and at the end.
 * With `follow` it ends when the job is over, its log is closed and every byte of it was passed on.
 * **Errors**   none for an unreachable machine, which is asked again for ever; whatever else the machine or the cloud
 * refuses.
 *
 * @category constructors
 * @since 0.1.0
 */
export const follow = (
  withRunner: WithRunner,
  unit: UnitId,
  options: { readonly follow: boolean; readonly fromByte: number }
): Stream.Stream<JobEvent, UseError> =>
  Stream.callback<JobEvent, UseError>((queue) =>
    Effect.gen(function* () {
      const tell = (event: JobEvent) => Queue.offer(queue, event)
      const printed = new Set<string>()
      const logEnded = yield* Deferred.make<void, UseError>()
      yield* log(withRunner, unit, options, tell, printed).pipe(Deferred.into(logEnded), Effect.forkScoped)
      yield* states(withRunner, unit, options.follow, tell, printed, logEnded)
    }).pipe(
      Effect.matchCauseEffect({
        onSuccess: () => Queue.end(queue),
        onFailure: (cause) => Queue.failCause(queue, cause)
      })
    )
  )

type Tell = (event: JobEvent) => Effect.Effect<unknown>

/** Passes on the log; ends when all of a closed log was passed on, or of what there is without `follow`. */
const log = (
  withRunner: WithRunner,
  unit: UnitId,
  options: { readonly follow: boolean; readonly fromByte: number },
  tell: Tell,
  printed: Set<string>
): Effect.Effect<void, UseError> =>
  Effect.suspend(() => {
    const scanner = LogScanner.make()
    let offset = options.fromByte
    const note = (said: ReadonlyArray<LogScanner.Said>): void => {
      for (const each of said) if (each._tag === "Checkpoint") printed.add(each.path)
    }

    const pass = withRunner((runner) =>
      runner.logs(unit, { fromByte: offset, follow: options.follow }).pipe(
        Stream.runForEach((part) => {
          if (part._tag !== "Stdout") return Effect.void
          const fromByte = offset
          offset += part.bytes.length
          note(scanner.push(part.bytes))
          return tell({ _tag: "Log", fromByte, bytes: part.bytes })
        }),
        Effect.andThen(runner.status(unit))
      )
    )

    const isDelivered = (status: JobStatus): boolean =>
      !options.follow || status.state === "Absent" || (status.logClosed && offset >= status.logBytes)

    return Effect.gen(function* () {
      const pause = pauses()
      while (true) {
        const before = offset
        const answer = yield* Effect.result(pass)
        if (Result.isSuccess(answer) && isDelivered(answer.success)) break
        if (Result.isFailure(answer) && !(options.follow && mayPass(answer.failure))) return yield* answer.failure
        if (offset > before) pause.reset()
        yield* Effect.sleep(Result.isSuccess(answer) ? ending : pause.next())
      }
      note(scanner.end())
    })
  })

/** Tells samples, checkpoints and changes of state, the last ones after the log has ended. */
const states = (
  withRunner: WithRunner,
  unit: UnitId,
  isFollowing: boolean,
  tell: Tell,
  printed: Set<string>,
  logEnded: Deferred.Deferred<void, UseError>
): Effect.Effect<void, UseError> =>
  Effect.gen(function* () {
    let position: Position = { samples: 0, checkpoints: 0 }
    let told = ""
    const pause = pauses()
    if (!isFollowing) yield* Deferred.await(logEnded)

    const look = Effect.gen(function* () {
      const paths = [...printed]
      const found = yield* withRunner((runner) => runner.observe(unit, position, paths))
      for (const path of paths) printed.delete(path)
      position = found.next
      for (const sample of found.samples) yield* tell({ _tag: "Sample", sample })
      for (const checkpoint of found.checkpoints) yield* tell({ _tag: "Checkpoint", checkpoint })
      return found
    })

    pause.next()
    while (true) {
      const logIsOver = yield* Deferred.isDone(logEnded)
      if (logIsOver) yield* Deferred.await(logEnded)
      const answer = yield* Effect.result(look)
      if (Result.isFailure(answer)) {
        if (!isFollowing || !mayPass(answer.failure)) return yield* answer.failure
      } else {
        const { status, hasMore } = answer.success
        // The status was taken before the lists were read: when it says that all is over, they were complete.
        const isLast = logIsOver && !hasMore && printed.size === 0 && (!isFollowing || isOver(status))
        const words = JSON.stringify({ ...status, logBytes: 0 })
        if (isLast || words !== told) yield* tell({ _tag: "Status", status })
        told = words
        if (isLast) return
      }
      if (logIsOver) yield* Effect.sleep(Result.isSuccess(answer) ? ending : pause.next())
      else yield* Effect.timeoutOrElse(Deferred.await(logEnded), { duration: pause.next(), orElse: () => Effect.void })
    }
  })
