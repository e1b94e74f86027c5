/**
 * Runs as they are shown, from their records as they lie in the journal or as the runtime gives them.
 */
import type { RunRecord } from "@runctl/runtime/RunRecord"
import type { RunView } from "../output/runs.ts"
import { viewEstimate } from "./estimate.ts"
import { viewTried } from "./tried.ts"

/** A record, decoded or as it lies in the journal: what is shown is the same in both. */
export type RunFacts = Omit<typeof RunRecord.Encoded, "spec"> & {
  readonly spec: Pick<(typeof RunRecord.Encoded)["spec"], "name" | "job"> & {
    readonly placement:
      | { readonly _tag: "On"; readonly resource: string }
      | { readonly _tag: "Rent"; readonly provider: string }
  }
}

const iso = (millis: number): string => new Date(millis).toISOString()

const isoOrNull = (millis: number | undefined): string | null => (millis === undefined ? null : iso(millis))

const providerOf = (run: RunFacts): string | null => {
  const resource = run.attempts.at(-1)?.resource
  if (resource !== undefined) return resource.split("/")[0] ?? null
  return run.spec.placement._tag === "Rent"
    ? run.spec.placement.provider
    : (run.spec.placement.resource.split("/")[0] ?? null)
}

/** When an attempt was over, as far as it is. */
const endOf = (run: RunFacts, index: number, now: number): number =>
  run.attempts[index + 1]?.startedAt ?? run.closedAt ?? run.endedAt ?? now

/** Price times time over all attempts; `null` while a price is unknown. */
const estimate = (run: RunFacts, now: number): number | null => {
  let total = 0
  for (const [index, attempt] of run.attempts.entries()) {
    if (attempt.usdPerHour === undefined) return attempt.resource === undefined ? total : null
    total += (attempt.usdPerHour * Math.max(0, endOf(run, index, now) - attempt.startedAt)) / 3_600_000
  }
  return Math.round(total * 1e9) / 1e9
}

/** A run as it is shown at a time. */
export const viewRun = (run: RunFacts, now: number): RunView => {
  const { outputs, problem } = run
  const since = run.startedAt
  return {
    id: run.id,
    name: run.spec.name,
    state: run.state,
    phase: run.phase,
    script: run.spec.job.script,
    args: run.spec.job.args,
    secretNames: run.spec.job.secretNames,
    provider: providerOf(run),
    resource: run.attempts.at(-1)?.resource ?? null,
    requestedAt: iso(run.requestedAt),
    startedAt: isoOrNull(since),
    endedAt: isoOrNull(run.endedAt),
    deadline: iso(run.deadlineAt),
    durationSeconds: since === undefined ? null : Math.max(0, Math.round(((run.endedAt ?? now) - since) / 1000)),
    attempts: run.attempts.length,
    history: run.attempts.map((attempt) => ({
      number: attempt.number,
      resource: attempt.resource ?? null,
      usdPerHour: attempt.usdPerHour ?? null,
      startedAt: iso(attempt.startedAt),
      interrupted: attempt.interrupted ?? null,
      why: attempt.why ?? null
    })),
    tried: (run.tried ?? []).map(viewTried),
    failures: run.failures ?? [],
    checkpoints: run.checkpoints.length,
    exitCode: run.exitCode ?? null,
    outputs: {
      state: outputs.state,
      files: outputs.files ?? null,
      bytes: outputs.bytes ?? null,
      folder: outputs.folder ?? null,
      message: outputs.message === undefined || outputs.message === "" ? null : outputs.message
    },
    quoted: viewEstimate(run.attempts.find(({ quote }) => quote !== undefined)?.quote),
    estimatedUsd: estimate(run, now),
    chargedUsd: run.chargedNanoUsd === undefined ? null : run.chargedNanoUsd / 1e9,
    problem:
      problem === undefined ? null : { code: problem.code, message: problem.message, advice: problem.advice ?? null }
  }
}

/** Newest first. */
export const viewRuns = (runs: ReadonlyArray<RunFacts>, now: number): ReadonlyArray<RunView> =>
  runs.toSorted((left, right) => right.requestedAt - left.requestedAt).map((run) => viewRun(run, now))

/** Whether there is anything left to do for it. */
export const isOpen = (run: RunView): boolean => run.phase !== "Closed"

/** A run by its id, or the newest of a name. */
export const findRun = (runs: ReadonlyArray<RunFacts>, wanted: string): RunFacts | undefined =>
  runs.find(({ id }) => id === wanted) ??
  runs.toSorted((left, right) => right.requestedAt - left.requestedAt).find(({ spec }) => spec.name === wanted)
