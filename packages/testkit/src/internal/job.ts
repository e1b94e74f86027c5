/**
 * What laws about jobs do again and again: prepare, start, follow.
 *
 * @since 0.1.0
 */
import { isOver, type JobEvent, type JobRequest, JobStatus, UnitId } from "@runctl/core/Job"
import type { Resource } from "@runctl/core/Resource"
import type { UseError, Using } from "@runctl/core/TrainingProvider"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Broken, UsingHalf } from "../Law.ts"
import { text } from "./latin1.ts"
import { script, scriptName } from "./lawJob.ts"
import { check, eventually, newMark, rentRunning } from "./rent.ts"

const isStatus = Schema.is(JobStatus)
/** A folder of this computer for the length of a law. */
const folder = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  fs.makeTempDirectoryScoped({ prefix: "runctl-law-" })
).pipe(Effect.orDie)

/** A path in such a folder, where nothing is yet. */
export const inFolder = Effect.fnUntraced(function* (name: string) {
  const path = yield* Path.Path
  return path.join(yield* folder, name)
})

/** What was brought to a path. */
export const read = (file: string) =>
  FileSystem.FileSystem.use((fs) => fs.readFile(file)).pipe(
    Effect.mapError(() => new Broken({ message: `${file} was not brought` }))
  )

/** A prepared job on its machine. */
export interface Started {
  readonly machine: Resource
  readonly request: JobRequest
  readonly using: Using
  readonly status: Effect.Effect<JobStatus, UseError>
}

/** Prepares a job of the law script on a machine of its own, without starting it. */
export const prepare = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const using = yield* UsingHalf
  const mark = yield* newMark()
  const machine = yield* rentRunning(mark)
  const project = yield* folder
  yield* Effect.orDie(fs.writeFileString(path.join(project, scriptName), script))
  const request: JobRequest = {
    unit: UnitId.make(`law-${mark.key}`),
    job: { project, script: scriptName, args, environment: {}, secretNames: [] },
    secrets: new Map(),
    deadline: undefined,
    grace: Duration.seconds(1),
    claim: "none",
    resumeFrom: undefined,
    preemptionProbe: undefined
  }
  yield* Stream.runDrain(using.prepare(machine.id, request))
  return { machine, request, using, status: using.status(machine.id, request.unit) } satisfies Started
})

/** Starts such a job, with a deadline so many seconds later when one is given. */
export const start = Effect.fnUntraced(function* (args: ReadonlyArray<string>, deadlineIn?: number) {
  const prepared = yield* prepare(args)
  const now = yield* Clock.currentTimeMillis
  const deadline = deadlineIn === undefined ? undefined : DateTime.makeUnsafe(now + deadlineIn * 1000)
  const job = { ...prepared, request: { ...prepared.request, deadline } }
  const status = yield* job.using.train(job.machine.id, job.request)
  yield* check(isStatus(status) && status.state !== "Absent", `a job that was started is ${status.state}`)
  return job
})

/** Everything that following the job yields. */
export const follow = ({ machine, request, using }: Started) =>
  Stream.runCollect(using.monitor(machine.id, request.unit, { follow: true, fromByte: 0 }))

/** The log in the events; pieces that do not join break the law. */
export const logOf = Effect.fnUntraced(function* (events: ReadonlyArray<JobEvent>, fromByte = 0) {
  let end = fromByte
  let log = ""
  for (const event of events) {
    if (event._tag === "Gap") return yield* new Broken({ message: `the log lost ${event.lostBytes} bytes` })
    if (event._tag !== "Log") continue
    yield* check(event.fromByte === end, `a piece of the log begins at ${event.fromByte}, the last one ended at ${end}`)
    end += event.bytes.length
    log += text(event.bytes)
  }
  return log
})

/** What the job has left to read now. */
export const readLog = Effect.fnUntraced(function* ({ machine, request, using }: Started, fromByte = 0) {
  const once = using.monitor(machine.id, request.unit, { follow: false, fromByte })
  return yield* logOf(yield* Stream.runCollect(once), fromByte)
})

/** The job's status once it is over. */
export const finish = (job: Started) => eventually(job.status, isOver, `${job.request.unit} does not come to an end`)
