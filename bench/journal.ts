import * as NodeServices from "@effect/platform-node/NodeServices"
import { UnitId } from "@runctl/core/Job"
import * as Money from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { RunId } from "@runctl/core/Run"
import * as NodeFileSystems from "@runctl/platform-node/NodeFileSystems"
import * as NodeProcesses from "@runctl/platform-node/NodeProcesses"
import * as NodeSqlite from "@runctl/platform-node/NodeSqlite"
import { type Event, event } from "@runctl/runtime/Event"
import { Journal } from "@runctl/runtime/Journal"
import { projections, streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync } from "node:fs"
import { join } from "node:path"

const ended = (unit: string) => ({
  unit,
  state: "Completed" as const,
  exitCode: 0,
  startedAt: 1_795_000_000,
  endedAt: 1_795_000_060,
  logBytes: 12_345,
  logClosed: true,
  pid: null,
  deadline: null,
  reason: null
})

/** The events of a run that is over; `length` of them, most of them checkpoints and extensions. */
const eventsOf = (id: RunId, index: number, length: number): ReadonlyArray<Event> => {
  const deadlineAt = 1_795_000_000_000
  const job = { project: "/work/project", script: "train.py", args: [], environment: {}, secretNames: [] }
  const unit = UnitId.make(`${id}-1`)
  const head: ReadonlyArray<Event> = [
    event("RunRequested", {
      spec: {
        name: `bench-${index}`,
        job,
        placement: { _tag: "Rent", provider: "local", query: {}, market: "on-demand" },
        deadlineAt,
        graceSeconds: 90,
        holdSeconds: 7200,
        budgets: [],
        keep: false,
        envFiles: []
      }
    }),
    event("AttemptStarted", { number: 1, epoch: 1, unit }),
    event("RunPrepared", {}),
    event("RunStarted", { status: { ...ended(unit), state: "Running", exitCode: null, endedAt: null } })
  ]
  const tail: ReadonlyArray<Event> = [
    event("JobEnded", { status: ended(unit) }),
    event("OutputsVerified", { files: 3, bytes: 4096, folder: "/work/project/out", message: "" }),
    event("RunCompleted", {}),
    event("RunClosed", { chargedNanoUsd: Money.zero })
  ]
  const between = Array.from({ length: Math.max(0, length - head.length - tail.length) }, (_, step) =>
    event("RunExtended", { deadlineAt: deadlineAt + step })
  )
  return [...head, ...between, ...tail]
}

/** The events of a machine that a run had; every fifth is still there. */
const machineOf = (run: RunId, key: Ownership.ResourceKey, index: number): ReadonlyArray<Event> => {
  const mark = { owner: Ownership.OwnerId.make("benchbox"), key, deadlineEpochSeconds: 1_795_000_000 }
  const usdPerHour = Money.UsdPerHour.make(2)
  const asOf = DateTime.makeUnsafe(1_794_990_000_000)
  const place = { provider: "local", region: "here", instanceType: "cpu" }
  const offer = {
    ...place,
    gpuCount: 0,
    vcpus: 2,
    memoryGiB: GiB.make(8),
    onDemandUsdPerHour: usdPerHour,
    source: "bench",
    asOf
  }
  const resource = {
    id: resourceId("local", "here", key),
    name: Ownership.toName(mark),
    state: ResourceState.Running,
    costPerHour: usdPerHour,
    tags: Ownership.toTags(mark),
    owner: mark.owner,
    key
  }
  return [
    event("InstanceRequested", { provider: "local", mark, offer, market: "on-demand", run, usdPerHour, scopes: [] }),
    event("InstanceProvisioned", { resource }),
    ...(index % 5 === 0
      ? []
      : [
          event("ShutdownRequested", { by: "us" }),
          event("InstanceDestroyed", { endedBy: "us", chargedNanoUsd: Money.zero })
        ])
  ]
}

const layer = (home: string) =>
  Records.layer.pipe(
    Layer.provideMerge(Journal.layer({ file: join(home, "journal.db"), projections })),
    Layer.provide([NodeSqlite.layer, NodeProcesses.layer, NodeFileSystems.layer, NodeServices.layer])
  )

/** Events for a stream of a journal. */
export interface Streamed {
  readonly stream: string
  readonly events: ReadonlyArray<Event>
}

/** Writes events into the journal of a home by the product's own means. */
export const append = (home: string, all: ReadonlyArray<Streamed>): Promise<void> =>
  Effect.gen(function* () {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    const records = yield* Records
    for (const { events, stream } of all) yield* records.append(stream, events)
  }).pipe(Effect.provide(layer(home)), Effect.runPromise)

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

/** Fills the journal of a home with runs that are over, each with its machine, by the product's own means. */
export const fill = (home: string, options: { readonly runs: number; readonly events: number }): Promise<void> =>
  Effect.gen(function* () {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    const records = yield* Records
    for (let index = 0; index < options.runs; index++) {
      const suffix = `${alphabet[Math.floor(index / 32) % 32]}${alphabet[index % 32]}`
      const id = RunId.make(`run-1nz00000000${suffix}`)
      const key = Ownership.ResourceKey.make(`benchmachine000000${suffix}`)
      yield* records.append(streams.resource(key), machineOf(id, key, index), { run: id })
      yield* records.append(streams.run(id), eventsOf(id, index, options.events / options.runs), { run: id })
    }
  }).pipe(Effect.provide(layer(home)), Effect.runPromise)
