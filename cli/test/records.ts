import { UnitId } from "@runctl/core/Job"
import { fromUsd, UsdPerHour } from "@runctl/core/Money"
import type { Offer } from "@runctl/core/Offer"
import { GiB } from "@runctl/core/Offer"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { type Resource, ResourceId } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import { type Event, event } from "@runctl/runtime/Event"
import * as DateTime from "effect/DateTime"

/** How far a thing has come. */
export type End = "open" | "done" | "failed"

const time = Date.UTC(2026, 10, 21, 12)
const deadline = Date.UTC(2099, 0, 1)

export const runIdOf = (index: number): RunId => RunId.make(`run-0000000000000${index}`)

export const keyOf = (index: number): ResourceKey =>
  ResourceKey.make(`key0000000000000000${index}`.slice(0, 20).padEnd(20, "0"))

const resourceIdOf = (index: number): ResourceId => ResourceId.make(`cloud/eu/${keyOf(index)}`)

const offer: Offer = {
  provider: "cloud",
  region: "eu",
  instanceType: "gpu-1",
  gpu: "H100",
  gpuCount: 1,
  gpuMemoryGiB: GiB.make(80),
  vcpus: 8,
  memoryGiB: GiB.make(64),
  onDemandUsdPerHour: UsdPerHour.make(2.5),
  source: "test",
  asOf: DateTime.makeUnsafe(time)
}

const mark = (index: number) => ({
  owner: OwnerId.make("owner000"),
  key: keyOf(index),
  deadlineEpochSeconds: deadline / 1000
})

const resource = (index: number): Resource => ({
  id: resourceIdOf(index),
  state: { _tag: "Running" },
  instanceType: "gpu-1",
  // Only of the first machine anybody says what it costs.
  costPerHour: UsdPerHour.make(index === 0 ? 2.5 : 0),
  tags: {},
  owner: OwnerId.make("owner000"),
  key: keyOf(index)
})

/** The events of a machine. */
export const aMachine = (index: number, end: End): ReadonlyArray<Event> => [
  event("InstanceRequested", {
    provider: "cloud",
    mark: mark(index),
    offer,
    market: "on-demand",
    label: `machine\u001B[31m-${index}`,
    run: runIdOf(index),
    ...(index === 0 ? { usdPerHour: UsdPerHour.make(2.5) } : {}),
    scopes: []
  }),
  ...(end === "failed"
    ? [event("InstanceFailed", { problem: { code: "RUNCTL_E_OUT_OF_CAPACITY", message: "none left" } })]
    : [event("InstanceProvisioned", { resource: resource(index) })]),
  ...(end === "done" ? [event("InstanceDestroyed", { endedBy: "us", chargedNanoUsd: fromUsd(1.25) })] : [])
]

const unit = (index: number): UnitId => UnitId.make(`${runIdOf(index)}-1`)

const status = (index: number, state: "Running" | "Completed" | "Failed", exitCode: number | null) => ({
  unit: unit(index),
  state,
  exitCode,
  startedAt: time / 1000,
  endedAt: exitCode === null ? null : time / 1000 + 60,
  logBytes: 10,
  logClosed: exitCode !== null,
  pid: null,
  deadline: null,
  reason: null
})

/** The events of a run named `train-<index>`. */
export const aRun = (index: number, end: End): ReadonlyArray<Event> => [
  event("RunRequested", {
    spec: {
      name: `train-${index}`,
      job: { project: "/p", script: "train.py", args: ["--x", "ü\u0007"], environment: {}, secretNames: ["TOKEN"] },
      placement: { _tag: "Rent", provider: "cloud", query: {}, market: "on-demand" },
      deadlineAt: deadline,
      graceSeconds: 90,
      holdSeconds: 7200,
      budgets: [],
      keep: false,
      envFiles: []
    }
  }),
  event("AttemptStarted", { number: 1, epoch: 1, unit: unit(index) }),
  event("RunPlaced", {
    resource: resourceIdOf(index),
    key: keyOf(index),
    usdPerHour: UsdPerHour.make(2.5),
    rented: true
  }),
  event("RunPrepared", {}),
  event("RunStarted", { status: status(index, "Running", null) }),
  ...(end === "open"
    ? []
    : [event("JobEnded", { status: status(index, end === "done" ? "Completed" : "Failed", end === "done" ? 0 : 3) })]),
  ...(end === "open" ? [] : [event("OutputsVerified", { files: 2, bytes: 4096, folder: "/p/out", message: "" })]),
  ...(end === "done" ? [event("RunCompleted", {}), event("RunClosed", { chargedNanoUsd: fromUsd(1.25) })] : []),
  ...(end === "failed"
    ? [
        event("RunFailed", {
          exitCode: 3,
          problem: { code: "RUNCTL_E_JOB_FAILED", message: "the script ended with exit code 3", advice: "See the log." }
        })
      ]
    : [])
]
