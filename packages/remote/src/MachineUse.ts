/**
 * The using half of a provider, made for any machine with a shell.
 *
 * @since 0.1.0
 */
import type { Endpoint } from "@runctl/core/Endpoint"
import type { JobRequest, Preparation, UnitId } from "@runctl/core/Job"
import { type JobError, isRetryable } from "@runctl/core/JobError"
import type { ResourceId } from "@runctl/core/Resource"
import { type Shell, Shells } from "@runctl/core/Shell"
import type { AnyTrainingProvider, UseError, Using } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Queue from "effect/Queue"
import * as RcMap from "effect/RcMap"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Clocks from "./Clocks.ts"
import * as Download from "./Download.ts"
import * as Failure from "./Failure.ts"
import { quote } from "./internal/quote.ts"
import { run } from "./internal/run.ts"
import * as JobEnvironment from "./JobEnvironment.ts"
import * as JobRunner from "./JobRunner.ts"
import * as Layout from "./Layout.ts"
import * as Monitor from "./Monitor.ts"
import * as Outputs from "./Outputs.ts"
import * as Prepare from "./Prepare.ts"
import { untilReached } from "./Reaching.ts"
import * as Transfer from "./Transfer.ts"
import * as Upload from "./Upload.ts"

/**
 * What the default half needs to know beside the provider.
 *
 * **Details**  `node` runs scripts on this computer; other machines use their own.
 *
 * @category models
 * @since 0.1.0
 */
export interface MachineUseOptions {
  readonly node?: string
}

interface Machine {
  readonly endpoint: Endpoint
  readonly shell: Shell
  readonly runner: JobRunner.JobRunner
  readonly clocks: Clocks.Clocks
  readonly endAction: string | undefined
}

/** How long a way to a machine stays open after its last use. */
const idle = Duration.minutes(1)

/**
 * The using half of a provider: what the provider brings itself, and for the rest a shell on the machine.
 *
 * **Details**  one shell per machine, opened when needed, kept while it is used and a minute longer, opened anew after
 * the machine could not be reached.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fn("MachineUse.make")(function* (
  provider: AnyTrainingProvider,
  options: MachineUseOptions = {}
): Effect.fn.Return<Using, never, Shells | FileSystem.FileSystem | Path.Path | Scope.Scope> {
  const shells = yield* Shells
  const platform = yield* Effect.context<FileSystem.FileSystem | Path.Path>()

  const machines = yield* RcMap.make({
    lookup: (id: ResourceId): Effect.Effect<Machine, UseError, Scope.Scope> =>
      Effect.gen(function* () {
        const resource = yield* provider.getResource(id)
        const endpoint = yield* provider.endpoint(resource)
        const shell = yield* Effect.mapError(shells.open(endpoint), Failure.fromShell("status"))
        const endAction = provider.endActionScript(resource)
        return { endpoint, shell, runner: JobRunner.make(shell), clocks: Clocks.make(shell), endAction }
      }),
    idleTimeToLive: idle
  })

  const reopenAfter = (id: ResourceId) => (error: UseError) =>
    error._tag === "JobError" && isRetryable(error) ? RcMap.invalidate(machines, id) : Effect.void

  const using = <A>(
    id: ResourceId,
    use: (machine: Machine) => Effect.Effect<A, UseError, FileSystem.FileSystem | Path.Path>
  ): Effect.Effect<A, UseError> =>
    RcMap.get(machines, id).pipe(
      Effect.flatMap(use),
      Effect.provideContext(platform),
      Effect.scoped,
      Effect.tapError(reopenAfter(id))
    )

  const nodeOf = (endpoint: Endpoint): string | undefined => (endpoint._tag === "Local" ? options.node : undefined)

  /** The first contact: the machine is there once it runs a command. */
  const reach = (id: ResourceId) =>
    using(id, ({ endpoint, shell }) =>
      endpoint._tag === "Local" ? Effect.void : Effect.asVoid(run(shell, "prepare", { script: "exit 0" }))
    )

  /** Of a machine that cannot end itself, or that its provider alone uses, nothing is asked. */
  const clocked = <A>(id: ResourceId, use: (clocks: Clocks.Clocks, endAction: string) => Effect.Effect<A, UseError>) =>
    provider.capabilities.runMode === "job"
      ? Effect.succeed(undefined)
      : using(id, ({ clocks, endAction }) =>
          endAction === undefined ? Effect.succeed(undefined) : use(clocks, endAction)
        )

  const prepare: Using["prepare"] = (id, request) =>
    Stream.callback<Preparation, UseError>((queue) => {
      const emit = (event: Preparation) => Effect.asVoid(Queue.offer(queue, event))
      return untilReached(reach(id), emit).pipe(
        Effect.andThen(
          using(id, ({ shell, endpoint }) => Prepare.prepare(shell, request, { node: nodeOf(endpoint), emit }))
        ),
        Effect.matchCauseEffect({
          onSuccess: () => Queue.end(queue),
          onFailure: (cause) => Queue.failCause(queue, cause)
        })
      )
    })

  const train: Using["train"] = (id, request) =>
    using(id, ({ runner }) => Effect.flatMap(startOf(request), runner.start))

  const collect: Using["collect"] = (id, unit, localPath) =>
    using(id, ({ shell }) =>
      Effect.flatMap(Outputs.find(shell, unit), ({ folder, files, unreadable: [first, ...more] }) =>
        Effect.andThen(
          Download.files(shell, "download", folder, files, localPath),
          // Said only now: whatever can be saved is.
          first === undefined
            ? Effect.succeed(files)
            : Effect.fail(
                Failure.refused(
                  "outputs",
                  `the machine cannot read ${first}${more.length > 0 ? ` and ${more.length} more` : ""}: no permission, gone, or a name that is not UTF-8`
                )
              )
        )
      )
    )

  return {
    arm: (id, armed) => clocked(id, (clocks, endAction) => clocks.arm(armed, endAction)),
    clockStatus: (id) => clocked(id, ({ status }) => status),
    extendClocks: (id, deadline) => clocked(id, ({ extend }) => extend(deadline)),
    prepare,
    train,
    status: (id, unit) => using(id, ({ runner }) => runner.status(unit)),
    monitor: (id, unit, how) => Monitor.follow((use) => using(id, ({ runner }) => use(runner)), unit, how),
    stop: (id, unit, how) => using(id, ({ runner }) => runner.stop(unit, how)),
    extend: (id, unit, deadline) => using(id, ({ runner }) => runner.extend(unit, deadline)),
    outputs: (id, unit) => using(id, ({ shell }) => Effect.map(Outputs.find(shell, unit), ({ files }) => files)),
    collect,
    fetchCheckpoint: (id, unit, path, localPath) =>
      using(id, ({ shell }) => Transfer.fetchCheckpoint(shell, unit, path, localPath)),
    download: (id, remotePath, localPath, copy) =>
      using(id, ({ shell }) => Transfer.download(shell, remotePath, localPath, copy)),
    upload: (id, localPath, remotePath, copy) =>
      using(id, ({ shell }) => Upload.upload(shell, localPath, remotePath, copy)),
    release: (id, unit) => using(id, (machine) => release(machine, unit)),
    ...provider.using
  }
})

const startOf = (request: JobRequest): Effect.Effect<JobRunner.Start, JobError> => {
  const { job } = request
  const description: Outputs.Description = {
    script: job.script,
    args: job.args,
    environment: Object.keys(job.environment),
    secretNames: job.secretNames,
    checkpointDir: job.checkpointDir ?? null
  }
  return Effect.fromResult(JobEnvironment.ofJob(request)).pipe(
    Effect.mapError((message) => Failure.refused("train", message)),
    Effect.map((environment) => ({
      unit: request.unit,
      environment,
      description: JSON.stringify(description),
      deadlineEpochSeconds:
        request.deadline === undefined ? undefined : Math.floor(DateTime.toEpochMillis(request.deadline) / 1000),
      graceSeconds: Math.ceil(Duration.toSeconds(request.grace)),
      claim: request.claim,
      preemptionProbe: request.preemptionProbe
    }))
  )
}

/** The folder goes with the last unit that was prepared in it. */
const release = ({ runner, shell }: Machine, unit: UnitId): Effect.Effect<void, UseError> => {
  const { command, prepared, work } = Layout.of(unit)
  return Effect.andThen(
    runner.remove(unit),
    Effect.flatMap(
      run(shell, "release", {
        script: `rm -f ${quote(prepared)} ${quote(command)} && for p in ${quote(work)}/prepared-*.sh; do [ ! -e "$p" ] || exit 0; done; rm -rf ${quote(work)}`
      }),
      (result) =>
        result.exitCode === 0
          ? Effect.void
          : Effect.fail(Failure.command("release", "the work folder could not be removed", result))
    )
  )
}
