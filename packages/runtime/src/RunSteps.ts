/**
 * Does the one thing a run needs next, and says what it saw. Each step may be cut off anywhere and begun again.
 *
 * @since 0.1.0
 */
import type { JobRequest, Preparation } from "@runctl/core/Job"
import * as Money from "@runctl/core/Money"
import { parts } from "@runctl/core/Resource"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import { untilReached } from "@runctl/remote/Reaching"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Endings } from "./Endings.ts"
import * as FirstContact from "./FirstContact.ts"
import * as Holding from "./Holding.ts"
import { Home } from "./Home.ts"
import * as MachineClocks from "./MachineClocks.ts"
import * as NewMachine from "./NewMachine.ts"
import { problemOf } from "./Problems.ts"
import { type LoadedProvider, Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { RunFiles } from "./RunFiles.ts"
import type { Observation } from "./RunMachine.ts"
import { type AttemptRecord, currentAttempt, type RunRecord } from "./RunRecord.ts"
import { Secrets } from "./Secrets.ts"

/** How long a run waits for a client to hand over the values of its secrets. */
const secretsWithin = Duration.minutes(2)

/** The machine of an attempt that was placed, with its provider. @category queries @since 0.1.0 */
export const machineOf = Effect.fnUntraced(function* (run: RunRecord) {
  const attempt = currentAttempt(run)
  if (attempt?.resource === undefined)
    return yield* Effect.die(new Error(`run ${run.id} has no machine in phase ${run.phase}`))
  const providers = yield* Providers
  const loaded = yield* providers.get(parts(attempt.resource).provider)
  return { ...loaded, id: attempt.resource, attempt }
})

/** The checkpoint to go on from: this run's newest, else the newest of the run it resumes. */
const resumeFrom = Effect.fnUntraced(function* (run: RunRecord) {
  const records = yield* Records
  const own = run.checkpoints.at(-1)
  if (own !== undefined || run.spec.resumeOf === undefined) return own?.local
  return (yield* records.run(run.spec.resumeOf))?.checkpoints.at(-1)?.local
})

const requestFor = Effect.fnUntraced(function* (run: RunRecord, attempt: AttemptRecord, provider: AnyTrainingProvider) {
  const { job, graceSeconds } = run.spec
  const secrets = yield* Secrets
  const { root } = yield* Home
  const handed =
    job.secretNames.length === 0 ? undefined : yield* secrets.awaitFor(run.id).pipe(Effect.timeoutOption(secretsWithin))
  const request: JobRequest = {
    unit: attempt.unit,
    job,
    secrets: handed !== undefined && handed._tag === "Some" ? handed.value.secrets : new Map(),
    deadline: DateTime.makeUnsafe(run.deadlineAt),
    grace: Duration.seconds(graceSeconds),
    claim: "all",
    resumeFrom: yield* resumeFrom(run),
    preemptionProbe: provider.preemptionProbe,
    // Keys and records of all machines may lie within the project.
    withheld: [...run.spec.envFiles, root]
  }
  const missing = job.secretNames.filter((name) => !request.secrets.has(name))
  return missing.length === 0 ? { request } : { missing }
})

const withoutSecrets = (missing: ReadonlyArray<string>): Observation => ({
  _tag: "Refused",
  problem: {
    code: "RUNCTL_E_SECRETS",
    message: `no value was handed over for ${missing.join(", ")}`,
    advice: "Start the run again from a shell in which they are set, and stay attached until the job has started."
  }
})

/**
 * Meets the machine of a run. One that the run has rented and that is no good is ended, and counts as gone: another is
 * rented, up to a number for the whole run. One that was rented before is met if nobody has done so, and never ended here.
 */
const metFor = Effect.fnUntraced(function* (run: RunRecord, loaded: LoadedProvider, tell: FirstContact.Tell) {
  const records = yield* Records
  const attempt = currentAttempt(run)
  const record = attempt?.key === undefined ? undefined : yield* records.resource(attempt.key)
  if (attempt === undefined || record === undefined) return undefined
  if (!attempt.rented && !FirstContact.isOutstanding(record)) return undefined
  const clocks = attempt.rented ? MachineClocks.ofRun(run) : MachineClocks.ofMachine(record)
  const { key } = record.mark
  const bad = yield* Holding.alone(Holding.meeting(key), () =>
    Effect.flatMap(records.resource(key), (now) => FirstContact.meet(loaded, now ?? record, clocks, tell))
  ).pipe(
    Effect.as(undefined),
    Effect.catchTag("BadMachine", (error) => Effect.succeed(error))
  )
  if (bad === undefined) return undefined
  const problem = problemOf(bad)
  const refused: Observation = { _tag: "Refused", problem }
  if (!attempt.rented) return refused
  yield* NewMachine.discard(record, bad)
  const all = (yield* records.resources).filter((each) => each.run === run.id && each.problem?.code === problem.code)
  const gone: Observation = { _tag: "Gone", cause: "gone", message: bad.message }
  return all.length < NewMachine.mostBad ? gone : refused
})

/** Meets a rented machine and arms its clocks first, then brings code, dependencies, data and checkpoint to it, writing down its progress. @category steps @since 0.1.0 */
export const prepare = Effect.fn("RunSteps.prepare")(function* (run: RunRecord) {
  const files = yield* RunFiles
  const { attempt, id, provider, using, ...loaded } = yield* machineOf(run)
  const folder = files.attempt(run.id, attempt.number)
  const tell = (told: Preparation) => Effect.ignore(files.addPreparation(folder, told))
  const bad = yield* metFor(run, { provider, using, ...loaded }, tell)
  if (bad !== undefined) return bad
  if (attempt.rented) yield* untilReached(MachineClocks.keep({ using }, id, MachineClocks.ofRun(run)), tell)
  const { request, missing } = yield* requestFor(run, attempt, provider)
  if (request === undefined) return withoutSecrets(missing)
  yield* Stream.runForEach(using.prepare(id, request), (preparation) => files.addPreparation(folder, preparation))
  const observation: Observation = { _tag: "Prepared" }
  return observation
})

/** Starts the job once, however often it is called. @category steps @since 0.1.0 */
export const start = Effect.fn("RunSteps.start")(function* (run: RunRecord) {
  const { provider, using, id, attempt } = yield* machineOf(run)
  const { request, missing } = yield* requestFor(run, attempt, provider)
  if (request === undefined) return withoutSecrets(missing)
  const observation: Observation = { _tag: "Started", status: yield* using.train(id, request) }
  return observation
})

/** Gives back what the run had: ends its machines, or clears up on a machine that stays. @category steps @since 0.1.0 */
export const release = Effect.fn("RunSteps.release")(function* (run: RunRecord) {
  const records = yield* Records
  const endings = yield* Endings
  const mine = (yield* records.resources).filter((record) => record.run === run.id)
  const ended = run.spec.keep ? mine : yield* Effect.forEach(mine, ({ mark }) => endings.end(mark.key, endedBy(run)))
  if (run.spec.keep || mine.length === 0) yield* clearUp(run)
  const observation: Observation = {
    _tag: "Released",
    machine: run.spec.keep || run.spec.placement._tag === "On" ? "kept" : mine.length === 0 ? "none" : "terminated",
    chargedNanoUsd:
      mine.length === 0
        ? borrowed(run, yield* Clock.currentTimeMillis)
        : Money.sum(ended.map(({ chargedNanoUsd }) => chargedNanoUsd ?? Money.zero))
  }
  return observation
})

const endedBy = (run: RunRecord) => (run.problem?.code === "RUNCTL_E_DEADLINE" ? "deadline" : "us")

/** What the time on somebody else's machine was worth. */
const borrowed = (run: RunRecord, now: number): Money.NanoUsd =>
  Money.sum(
    run.attempts.map(({ usdPerHour, startedAt }) =>
      usdPerHour === undefined ? Money.zero : Money.overSeconds(usdPerHour, ((run.endedAt ?? now) - startedAt) / 1000)
    )
  )

/** A machine that stays should hold nothing of ours; one that cannot be reached any more keeps what it has. */
const clearUp = (run: RunRecord) =>
  Effect.gen(function* () {
    const attempt = currentAttempt(run)
    if (attempt?.resource === undefined) return
    const { using, id } = yield* machineOf(run)
    // Whoever keeps a machine wants it beyond the hold.
    if (attempt.rented) yield* MachineClocks.keep({ using }, id, MachineClocks.ofRun(run))
    if (attempt.status === undefined || run.outputs.state !== "verified") return
    yield* using.release(id, attempt.unit)
  }).pipe(Effect.catch((error) => Effect.logWarning(`could not clear up after run ${run.id}: ${error.message}`)))
