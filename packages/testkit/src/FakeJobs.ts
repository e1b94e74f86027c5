/**
 * A provider without a shell: it runs jobs itself, as functions of time, on the machines of the fake cloud.
 *
 * @since 0.1.0
 */
import type { JobEvent, JobRequest, OutputFile, UnitId } from "@runctl/core/Job"
import * as JobError from "@runctl/core/JobError"
import type { Clocks } from "@runctl/core/MachineClocks"
import type { ResourceId } from "@runctl/core/Resource"
import { type AnyTrainingProvider, TrainingProvider, type Using } from "@runctl/core/TrainingProvider"
import * as SafePath from "@runctl/remote/SafePath"
import * as Sha256 from "@runctl/remote/Sha256"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Stream from "effect/Stream"
import * as FakeProvider from "./FakeProvider.ts"
import { clockStatusAt } from "./internal/fakeClocks.ts"
import { absent, doneAt, type FakeJob, logAt, nextChange, statusAt } from "./internal/fakeJob.ts"
import { type Program, program } from "./internal/lawJob.ts"

/**
 * What the fake runs as a job: everything it will print and leave, and when.
 *
 * @category models
 * @since 0.1.0
 */
export type FakeProgram = Program

/**
 * The fake cloud's options, and what a job does; without it, what the laws' own script would do.
 *
 * @category models
 * @since 0.1.0
 */
export interface FakeJobsOptions extends FakeProvider.FakeOptions {
  readonly program?: (request: JobRequest) => FakeProgram
}

type Operation = JobError.JobError["operation"]

const failed = (operation: Operation, reason: JobError.JobError["reason"]) =>
  new JobError.JobError({ operation, reason })

const refused = (operation: Operation, message: string) => failed(operation, new JobError.MachineRefused({ message }))

const isOutput = ({ output }: FakeProgram["steps"][number]) => (output === undefined ? [] : [output])
const isCheckpoint = ({ checkpoint }: FakeProgram["steps"][number]) => (checkpoint === undefined ? [] : [checkpoint])

interface Content {
  readonly path: string
  readonly content: Uint8Array
}

const described = ({ content, path }: Content): Effect.Effect<OutputFile> =>
  Effect.map(Sha256.ofBytes(content), (sha256) => ({ path, bytes: content.length, mode: 0o644, sha256 }))

const piece = (fromByte: number, log: Uint8Array): ReadonlyArray<JobEvent> =>
  log.length > fromByte ? [{ _tag: "Log", fromByte, bytes: log.slice(fromByte) }] : []

const checkpointEvent = ({ content, path }: Content, now: number): JobEvent => ({
  _tag: "Checkpoint",
  checkpoint: { path, bytes: content.length, atEpochSeconds: Math.floor(now / 1000) }
})

/** The using half: jobs are kept for as long as their machine. */
const makeUsing = Effect.fnUntraced(function* (
  { cloud, provider }: ReturnType<typeof FakeProvider.make>,
  programOf: (request: JobRequest) => FakeProgram
) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const jobs = new Map<string, FakeJob>()
  const files = new Map<string, Uint8Array>()
  const clocks = new Map<ResourceId, Clocks>()
  const keyOf = (id: ResourceId, name: string) => `${id} ${name}`

  /** The job as it is now, on a machine that the cloud still knows. */
  const find = Effect.fnUntraced(function* (id: ResourceId, unit: UnitId) {
    yield* provider.getResource(id)
    const job = jobs.get(keyOf(id, unit))
    return job === undefined ? undefined : { ...job, machineEndedAt: yield* cloud.endedAt(id) }
  })

  const started = Effect.fnUntraced(function* (operation: Operation, id: ResourceId, unit: UnitId) {
    return (yield* find(id, unit)) ?? (yield* refused(operation, `there is no unit ${unit}`))
  })

  const status: Using["status"] = Effect.fnUntraced(function* (id, unit) {
    const job = yield* find(id, unit)
    return job === undefined ? absent(unit) : statusAt(job, yield* Clock.currentTimeMillis)
  })

  /** Writes files under a folder, none outside it, and checks what arrived. */
  const bring = Effect.fnUntraced(function* (contents: ReadonlyArray<Content>, pathOf: (each: Content) => string) {
    return yield* Effect.forEach(contents, (each) =>
      Effect.gen(function* () {
        if (SafePath.parse(each.path, path.sep) === undefined) {
          const message = `${each.path} would leave its folder`
          return yield* failed("download", new JobError.PathEscapes({ path: each.path, message }))
        }
        const target = pathOf(each)
        const file = yield* described(each)
        yield* fs.makeDirectory(path.dirname(target), { recursive: true }).pipe(
          Effect.andThen(fs.writeFile(target, each.content)),
          Effect.mapError(({ message }) => failed("download", new JobError.LocalFileFailed({ path: target, message })))
        )
        return file
      })
    )
  })

  const outputsOf = Effect.fnUntraced(function* (id: ResourceId, unit: UnitId) {
    const job = yield* started("outputs", id, unit)
    return doneAt(job, yield* Clock.currentTimeMillis).flatMap(isOutput)
  })

  const clockStatus: Using["clockStatus"] = Effect.fnUntraced(function* (id) {
    yield* provider.getResource(id)
    const armed = clocks.get(id)
    return armed === undefined ? undefined : clockStatusAt(armed, yield* Clock.currentTimeMillis)
  })

  const using: Using = {
    arm: (id, told) =>
      Effect.suspend(() => {
        const deadlineEpochSeconds = clocks.get(id)?.deadlineEpochSeconds ?? told.deadlineEpochSeconds
        clocks.set(id, { ...told, deadlineEpochSeconds })
        return clockStatus(id)
      }),

    clockStatus,

    extendClocks: (id, deadlineEpochSeconds) =>
      Effect.suspend(() => {
        const armed = clocks.get(id)
        if (armed !== undefined) clocks.set(id, { ...armed, deadlineEpochSeconds })
        return clockStatus(id)
      }),

    prepare: (id) =>
      Stream.fromEffect(provider.getResource(id)).pipe(
        Stream.map(() => ({ _tag: "Step", step: "code", message: "nothing to bring" }))
      ),

    train: Effect.fnUntraced(function* (id, request) {
      const now = yield* Clock.currentTimeMillis
      const { state } = yield* provider.getResource(id)
      if (state._tag !== "Running") return yield* refused("train", `${id} is ${state._tag}`)
      const key = keyOf(id, request.unit)
      const job = jobs.get(key) ?? {
        request,
        program: programOf(request),
        startedAt: now,
        deadline: request.deadline?.epochMilliseconds,
        stop: undefined,
        machineEndedAt: undefined
      }
      jobs.set(key, job)
      return statusAt(job, now)
    }),

    status,

    monitor: (id, unit, options) =>
      Stream.paginate({ fromByte: options.fromByte, checkpoints: 0, pause: 0 }, (seen) =>
        Effect.gen(function* () {
          yield* Effect.sleep(seen.pause)
          const job = yield* started("monitor", id, unit)
          const now = yield* Clock.currentTimeMillis
          const log = logAt(job, now)
          const told = doneAt(job, now).flatMap(isCheckpoint)
          const current = statusAt(job, now)
          const events: ReadonlyArray<JobEvent> = [
            ...piece(seen.fromByte, log),
            ...told.slice(seen.checkpoints).map((each) => checkpointEvent(each, now)),
            { _tag: "Status", status: current }
          ]
          if (!options.follow || current.logClosed) return [events, Option.none()] as const
          // Somebody may stop it or move its deadline meanwhile.
          const pause = Math.min(1000, nextChange(job, now) - now)
          const next = { fromByte: Math.max(seen.fromByte, log.length), checkpoints: told.length, pause }
          return [events, Option.some(next)] as const
        })
      ),

    stop: Effect.fnUntraced(function* (id, unit, { reason }) {
      const job = yield* started("stop", id, unit)
      const at = yield* Clock.currentTimeMillis
      jobs.set(keyOf(id, unit), { ...job, stop: job.stop ?? { at, reason } })
      return yield* status(id, unit)
    }),

    extend: Effect.fnUntraced(function* (id, unit, deadlineEpochSeconds) {
      const job = yield* started("extend", id, unit)
      jobs.set(keyOf(id, unit), { ...job, deadline: deadlineEpochSeconds * 1000 })
      return yield* status(id, unit)
    }),

    outputs: (id, unit) => Effect.flatMap(outputsOf(id, unit), (all) => Effect.forEach(all, described)),

    collect: (id, unit, localPath) =>
      Effect.flatMap(outputsOf(id, unit), (all) => bring(all, (each) => path.join(localPath, each.path))),

    fetchCheckpoint: Effect.fnUntraced(function* (id, unit, wanted, localPath) {
      const job = yield* started("download", id, unit)
      const found = doneAt(job, yield* Clock.currentTimeMillis)
        .flatMap(isCheckpoint)
        .filter((checkpoint) => checkpoint.path === wanted)
      const [file] = yield* bring(found.slice(0, 1), () => localPath)
      return file ?? (yield* refused("download", `there is no checkpoint ${wanted}`))
    }),

    upload: Effect.fnUntraced(function* (id, localPath, remotePath) {
      yield* provider.getResource(id)
      const content = yield* Effect.mapError(fs.readFile(localPath), ({ message }) =>
        failed("upload", new JobError.LocalFileFailed({ path: localPath, message }))
      )
      files.set(keyOf(id, remotePath), content)
      return { files: [yield* described({ path: path.basename(remotePath), content })], unchanged: 0, skipped: [] }
    }),

    download: Effect.fnUntraced(function* (id, remotePath, localPath) {
      yield* provider.getResource(id)
      const content = files.get(keyOf(id, remotePath))
      if (content === undefined) return yield* refused("download", `there is no file ${remotePath}`)
      return {
        files: yield* bring([{ path: path.basename(remotePath), content }], () => localPath),
        unchanged: 0,
        skipped: []
      }
    }),

    release: (id, unit) =>
      Effect.map(provider.getResource(id), () => {
        jobs.delete(keyOf(id, unit))
      })
  }
  return using
})

/**
 * Builds the cloud with a provider that runs jobs on it, and the hand that moves it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function* (options: FakeJobsOptions = {}) {
  const capabilities = { ...options.capabilities, runMode: "job" as const }
  const made = FakeProvider.make({ name: "fakejobs", ...options, capabilities })
  const using = yield* makeUsing(made, options.program ?? (({ job }) => program(job.args)))
  const provider: AnyTrainingProvider & { readonly using: Using } = { ...made.provider, using }
  return { provider, cloud: made.cloud }
})

/**
 * The cloud and a provider that runs jobs on it without a shell.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: FakeJobsOptions = {}
): Layer.Layer<TrainingProvider | FakeProvider.FakeCloud, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effectContext(
    Effect.map(make(options), ({ cloud, provider }) =>
      Context.make(TrainingProvider, provider).pipe(Context.add(FakeProvider.FakeCloud, cloud))
    )
  )
