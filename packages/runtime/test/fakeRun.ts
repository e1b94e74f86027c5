import * as NodeServices from "@effect/platform-node/NodeServices"
import { JobError, MachineUnreachable } from "@runctl/core/JobError"
import * as ProviderError from "@runctl/core/ProviderError"
import { isBillable } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import type { AnyTrainingProvider, Using } from "@runctl/core/TrainingProvider"
import { event, type RunSpec } from "@runctl/runtime/Event"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { drive, type StepServices } from "@runctl/runtime/RunDriver"
import { RunFiles } from "@runctl/runtime/RunFiles"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import type * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { inVirtualTime, specOf, temporaryFolder, world } from "./fakeWorld.ts"

/** The run of every test. */
export const id = RunId.make("run-0123456789abcd")
export const minute = 60_000
export const hour = 60 * minute

export type Cloud = FakeProvider.FakeCloud["Service"]
type Change = (using: Using) => Partial<Using>

export interface Stage {
  readonly cloud: Cloud
  readonly provider: AnyTrainingProvider
  readonly folder: string
  readonly request: Effect.Effect<void>
  readonly cancel: Effect.Effect<void>
  readonly run: Effect.Effect<RunRecord>
  readonly living: Effect.Effect<number>
}

/** Plays on a cloud that runs jobs itself; `change` replaces parts of its using half. */
export const stage = <A, E>(
  args: ReadonlyArray<string>,
  play: (stage: Stage) => Effect.Effect<A, E, StepServices>,
  options: {
    readonly spec?: Partial<RunSpec>
    readonly fake?: FakeJobs.FakeJobsOptions
    readonly change?: Change
    readonly provider?: (provider: AnyTrainingProvider) => AnyTrainingProvider
    readonly step?: number
  } = {}
) =>
  Effect.gen(function* () {
    const made = yield* FakeJobs.make(options.fake)
    const using = { ...made.provider.using, ...options.change?.(made.provider.using) }
    const provider: AnyTrainingProvider = { ...made.provider, using }
    const folder = yield* temporaryFolder
    const services = yield* world(join(folder, "home"), options.provider?.(provider) ?? provider)
    const spec = specOf("fakejobs", args, options.spec)
    const job = { outputDest: join(folder, "out"), ...spec.job, ...options.spec?.job }
    return yield* inVirtualTime(
      Effect.gen(function* () {
        const records = yield* Records
        const append = (fact: Parameters<typeof records.append>[1][number]) =>
          Effect.asVoid(records.append(streams.run(id), [fact], { run: id })).pipe(Effect.orDie)
        return yield* play({
          cloud: made.cloud,
          provider,
          folder,
          request: append(event("RunRequested", { spec: { ...spec, job } })),
          cancel: append(event("RunCancelRequested", { by: "user" })),
          run: Effect.flatMap(records.run(id), (run) =>
            run === undefined ? Effect.die(new Error("no run")) : Effect.succeed(run)
          ).pipe(Effect.orDie),
          living: Effect.map(made.cloud.machines, (all) => all.filter(isBillable).length)
        })
      }).pipe(Effect.provideContext(services)),
      options.step
    )
  }).pipe(Effect.provide(NodeServices.layer))

/** The run, requested and on its way. */
export const begun = (s: Stage) => Effect.andThen(s.request, Effect.forkChild(Effect.andThen(drive(id), s.run)))

/** The run until it is closed. */
export const whole = ({ request, run }: Stage) => Effect.andThen(Effect.andThen(request, drive(id)), run)

/** How many machines there ever were. */
export const made = (cloud: Cloud) => Effect.map(cloud.machines, ({ length }) => length)

/** Until the run has come so far, or has gone beyond. */
export const until = (s: Stage, phase: RunRecord["phase"]) =>
  Effect.gen(function* () {
    while ((yield* s.run).phase !== phase) yield* Effect.sleep("100 millis")
  })

/** The mirrored log of an attempt. */
export const logOf = (attempt: number) =>
  Effect.map(RunFiles, (files) => readFileSync(files.attempt(id, attempt).log, "latin1"))

export const unreachable = new JobError({
  operation: "monitor",
  reason: new MachineUnreachable({ message: "no route to host" })
})
export const away = new ProviderError.Unavailable({ message: "away" })
