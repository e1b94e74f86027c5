/**
 * Follows a unit: its log without a lost or repeated byte, however often the connection is cut.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { isOver, type JobEvent, type UnitId } from "@runctl/core/Job"
import type { UseError } from "@runctl/core/TrainingProvider"
import * as JobErrors from "@runctl/core/JobError"
import * as ProviderErrors from "@runctl/core/ProviderError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { JobRunner, Observation, Position } from "./JobRunner.ts"
import * as LogScanner from "./LogScanner.ts"

/**
 * Lends the runner of a machine that is reached anew when the last way to it was cut.
 *
 * @category models
 * @since 0.1.0
 */
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

/** What following has come to. */
interface Progress {
  offset: number
  position: Position
  told: string
  readonly printed: Set<string>
}

/**
 * Follows a unit from a byte of its log on, or tells once what there is.
 *
 * **Details**  all samples and checkpoints are told from their beginning; a status whenever it changed, and at the end.
 * With `follow` it ends when the job is over, its log is closed and every byte of it was passed on.
 * **Errors**   with `follow` none for an unreachable machine, which is asked again for ever; otherwise that, and always
 * whatever else the machine or the cloud refuses.
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
    followInto((event) => Queue.offer(queue, event), withRunner, unit, options).pipe(
      Effect.matchCauseEffect({
        onSuccess: () => Queue.end(queue),
        onFailure: (cause) => Queue.failCause(queue, cause)
      })
    )
  )

type Tell = (event: JobEvent) => Effect.Effect<unknown>

const followInto = Effect.fnUntraced(function* (
  tell: Tell,
  withRunner: WithRunner,
  unit: UnitId,
  options: { readonly follow: boolean; readonly fromByte: number }
): Effect.fn.Return<void, UseError, Scope.Scope> {
  const at: Progress = {
    offset: options.fromByte,
    position: { samples: 0, checkpoints: 0 },
    told: "",
    printed: new Set()
  }
  const passing = logPass(tell, withRunner, unit, options.follow, at)
  const [untilLook, retry] = [pauses(), pauses()]
  untilLook.next()
  const isFinal = (error: UseError): boolean => !options.follow || !mayPass(error)

  let pass = yield* Effect.forkScoped(Effect.result(passing))
  let [isPassOver, isDelivered] = [false, false]
  let lookAt = (yield* Clock.currentTimeMillis) + Duration.toMillis(untilLook.next())
  while (true) {
    if (!isPassOver) {
      const wait = options.follow
        ? Duration.millis(Math.max(0, lookAt - (yield* Clock.currentTimeMillis)))
        : Duration.infinity
      const before = at.offset
      const ended = yield* Effect.timeoutOption(Fiber.join(pass), wait)
      if (at.offset > before) retry.reset()
      if (Option.isSome(ended) && Result.isFailure(ended.value)) {
        if (isFinal(ended.value.failure)) return yield* ended.value.failure
        yield* Effect.sleep(retry.next())
        pass = yield* Effect.forkScoped(Effect.result(passing))
        if ((yield* Clock.currentTimeMillis) < lookAt) continue
      }
      isPassOver = Option.isSome(ended) && Result.isSuccess(ended.value)
    }

    const looked = yield* Effect.result(look(tell, withRunner, unit, at))
    if (Result.isFailure(looked)) {
      if (isFinal(looked.failure)) return yield* looked.failure
      yield* Effect.sleep(retry.next())
      continue
    }
    const { status, hasMore } = looked.success
    if (isPassOver) {
      isDelivered ||= !options.follow || status.state === "Absent" || (status.logClosed && at.offset >= status.logBytes)
      // The status was taken before the lists were read: when it says that all is over, they were complete.
      const isLast = isDelivered && !hasMore && at.printed.size === 0 && (!options.follow || isOver(status))
      if (isLast) return yield* Effect.asVoid(tell({ _tag: "Status", status }))
      yield* Effect.sleep(ending)
      if (!isDelivered) {
        isPassOver = false
        pass = yield* Effect.forkScoped(Effect.result(passing))
      }
    }
    lookAt = (yield* Clock.currentTimeMillis) + Duration.toMillis(untilLook.next())
  }
})

/** Passes on what the log holds from where we are, as far as one connection carries. */
const logPass = (
  tell: Tell,
  withRunner: WithRunner,
  unit: UnitId,
  isFollowing: boolean,
  at: Progress
): Effect.Effect<void, UseError> => {
  const scanner = LogScanner.make()
  const note = (said: ReadonlyArray<LogScanner.Said>): void => {
    for (const each of said) if (each._tag === "Checkpoint") at.printed.add(each.path)
  }
  return withRunner((runner) =>
    runner.logs(unit, { fromByte: at.offset, follow: isFollowing }).pipe(
      Stream.runForEach((part) => {
        if (part._tag !== "Stdout") return Effect.void
        const fromByte = at.offset
        at.offset += part.bytes.length
        note(scanner.push(part.bytes))
        return tell({ _tag: "Log", fromByte, bytes: part.bytes })
      }),
      Effect.andThen(Effect.sync(() => note(scanner.end())))
    )
  )
}

/** Tells what is new beside the log, and a status that changed. */
const look = Effect.fnUntraced(function* (
  tell: Tell,
  withRunner: WithRunner,
  unit: UnitId,
  at: Progress
): Effect.fn.Return<Observation, UseError> {
  const paths = [...at.printed]
  const found = yield* withRunner((runner) => runner.observe(unit, at.position, paths))
  for (const path of paths) at.printed.delete(path)
  at.position = found.next
  for (const sample of found.samples) yield* tell({ _tag: "Sample", sample })
  for (const checkpoint of found.checkpoints) yield* tell({ _tag: "Checkpoint", checkpoint })
  const words = JSON.stringify({ ...found.status, logBytes: 0 })
  if (words !== at.told) yield* tell({ _tag: "Status", status: found.status })
  at.told = words
  return found
})
