/**
 * Follows a running job: mirrors its log byte for byte, brings checkpoints home, and tells when it is over.
 *
 * @since 0.1.0
 */
import type { Checkpoint, JobEvent, JobStatus } from "@runctl/core/Job"
import { isOver } from "@runctl/core/Job"
import { JobError, MachineUnreachable } from "@runctl/core/JobError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Path from "effect/Path"
import * as Schedule from "effect/Schedule"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { event } from "./Event.ts"
import * as MachineClocks from "./MachineClocks.ts"
import { streams } from "./Projections.ts"
import { isPassing, type StepError } from "./Problems.ts"
import { Records } from "./Records.ts"
import { ofLoss, ofNotice, orGone } from "./RunEvidence.ts"
import { RunFiles } from "./RunFiles.ts"
import { isLost, type Observation } from "./RunMachine.ts"
import type { RunRecord } from "./RunRecord.ts"
import { machineOf } from "./RunSteps.ts"

/** How much later than deadline and grace a machine may say that its job has ended. */
const slack = Duration.minutes(1)

/** The stream of a job ended before the job did. */
const cut = new JobError({
  operation: "monitor",
  reason: new MachineUnreachable({ message: "the machine stopped talking before the job was over" })
})

/** From half a second between tries to ten. */
const backoff = Schedule.min([Schedule.exponential("500 millis", 2), Schedule.spaced("10 seconds")])

/** Brings each checkpoint home once, one after another, beside the log. */
const makeKeeper = Effect.fnUntraced(function* (run: RunRecord) {
  const records = yield* Records
  const files = yield* RunFiles
  const path = yield* Path.Path
  const { using, id, attempt } = yield* machineOf(run)
  const folder = files.attempt(run.id, attempt.number).checkpoints
  const nameOf = ({ path: name, bytes, atEpochSeconds }: Checkpoint) => `${name}\n${bytes}\n${atEpochSeconds}`
  const known = run.checkpoints.filter((each) => each.attempt === attempt.number)
  const told = new Set(known.map(nameOf))
  const digests = new Map(known.map(({ local, sha256 }) => [local, sha256]))
  const oneAtATime = Semaphore.makeUnsafe(1)
  const fetching = yield* FiberSet.make<void>()

  const fetch = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
    const safe = checkpoint.path
      .split("/")
      .filter((part) => part !== "" && part !== "." && part !== "..")
      .join("/")
    const local = path.join(folder, safe)
    const { sha256 } = yield* using.fetchCheckpoint(id, attempt.unit, checkpoint.path, local)
    // The script names a checkpoint, and the machine finds it too: the same bytes are one.
    if (digests.get(local) === sha256) return
    digests.set(local, sha256)
    yield* records.append(streams.run(run.id), [
      event("CheckpointSaved", { attempt: attempt.number, checkpoint, local, sha256 })
    ])
  })

  return {
    keep: (checkpoint: Checkpoint) => {
      if (told.has(nameOf(checkpoint))) return Effect.void
      told.add(nameOf(checkpoint))
      const fetched = Semaphore.withPermits(
        oneAtATime,
        1
      )(fetch(checkpoint)).pipe(
        Effect.retry({ schedule: backoff, while: isPassing, times: 5 }),
        // A checkpoint that was replaced or removed meanwhile is not worth a run.
        Effect.catch((error) => Effect.logWarning(`checkpoint ${checkpoint.path} of ${run.id}: ${error.message}`))
      )
      return Effect.asVoid(FiberSet.run(fetching, fetched))
    },
    settled: FiberSet.awaitEmpty(fetching)
  }
})

/** How a job ended, with what its provider says where it did not end by itself. */
const explained = Effect.fnUntraced(function* (run: RunRecord, status: JobStatus) {
  const over: Observation = { _tag: "Over", status }
  if (!isLost(status)) return over
  if (status.reason !== "preempted") return (yield* ofLoss(run)) ?? over
  const evidence = yield* ofNotice(run)
  return evidence === undefined ? over : { ...over, evidence }
})

/**
 * Follows until the job is over and everything it printed is on this disk.
 *
 * **Details**  a machine that does not answer is asked again for as long as its provider says that it lives, and until
 * its time is over.
 *
 * @category steps
 * @since 0.1.0
 */
export const watch = Effect.fn("RunWatch.watch")(function* (run: RunRecord) {
  const files = yield* RunFiles
  const { using, id, attempt } = yield* machineOf(run)
  const folder = files.attempt(run.id, attempt.number)
  const mirror = yield* files.mirror(folder)
  const checkpoints = yield* makeKeeper(run)
  let last: JobStatus | undefined
  let sampledUntil = yield* files.sampledUntil(folder)

  const take = (seen: JobEvent): Effect.Effect<void, StepError> => {
    switch (seen._tag) {
      case "Log":
        return mirror.write(seen.fromByte, seen.bytes)
      case "Gap":
        return mirror.skip(seen.fromByte, seen.lostBytes)
      case "Sample":
        // The machine tells all its samples again whenever it is followed anew.
        if (seen.sample.at <= sampledUntil) return Effect.void
        sampledUntil = seen.sample.at
        return files.addSample(folder, seen.sample)
      case "Checkpoint":
        return checkpoints.keep(seen.checkpoint)
      case "Status":
        return Effect.sync(() => {
          last = seen.status
        })
    }
  }

  const clocks = attempt.rented ? MachineClocks.keep({ using }, id, MachineClocks.ofRun(run)) : Effect.void

  const followed = Effect.gen(function* () {
    // Whoever comes to a machine looks after its clocks; what is in the way shows in what follows.
    yield* Effect.ignore(clocks)
    const status = yield* using.status(id, attempt.unit)
    if (
      status.deadline !== null &&
      status.deadline !== Math.ceil(run.deadlineAt / 1000) &&
      status.state === "Running"
    ) {
      yield* using.extend(id, attempt.unit, Math.ceil(run.deadlineAt / 1000))
    }
    const fromByte = yield* mirror.length
    yield* Stream.runForEach(using.monitor(id, attempt.unit, { follow: true, fromByte }), take)
    yield* checkpoints.settled
    return last !== undefined && isOver(last) ? last : yield* cut
  })

  const over = followed.pipe(
    Effect.flatMap((status) => explained(run, status)),
    orGone(run),
    Effect.retry({ schedule: backoff, while: isPassing })
  )
  const left =
    run.deadlineAt + run.spec.graceSeconds * 1000 + Duration.toMillis(slack) - (yield* Clock.currentTimeMillis)
  return yield* over.pipe(
    Effect.timeoutOrElse({
      duration: Duration.millis(Math.max(0, left)),
      orElse: () => Effect.succeed<Observation>({ _tag: "Overdue" })
    })
  )
}, Effect.scoped)

/** Ends the job, then follows it to its last byte. @category steps @since 0.1.0 */
export const stop = Effect.fn("RunWatch.stop")(function* (run: RunRecord, reason: "stop" | "deadline") {
  const { using, id, attempt } = yield* machineOf(run)
  const stopped = using.stop(id, attempt.unit, { graceSeconds: run.spec.graceSeconds, reason })
  return yield* orGone(run)(Effect.andThen(stopped, watch(run)))
})
