import * as Money from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { ResourceId } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import * as BudgetLedger from "@runctl/runtime/BudgetLedger"
import { type Event, event } from "@runctl/runtime/Event"
import { admit } from "@runctl/core/Budget"
import { needed } from "@runctl/runtime/Exposure"
import * as ResourceProjection from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import * as RunProjection from "@runctl/runtime/RunProjection"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import { type Action, decide } from "@runctl/runtime/Spending"
import * as DateTime from "effect/DateTime"
import { specOf } from "./fakeWorld.ts"

export const scope = "project/digits"
const cap = (usd: number) => ({ scope, capNanoUsd: Money.fromUsd(usd) })
export const keyOf = (index: number) => ResourceKey.make(String(index).padStart(20, "k"))
export const runOf = (index: number) => RunId.make(`run-${String(index).padStart(14, "0")}`)
export const second = 1000

/** Everything the journal would remember, folded as it does. */
export class Memory {
  readonly machines = new Map<string, ResourceRecord>()
  readonly runs = new Map<string, RunRecord>()
  ledger: BudgetLedger.Ledger = BudgetLedger.empty

  write(stream: string, fact: Event, at: number): void {
    const [kind, id = ""] = stream.split("/")
    if (kind === "budget") this.ledger = BudgetLedger.evolve(this.ledger, fact)
    if (kind === "resource") {
      const record = ResourceProjection.evolve(this.machines.get(id), fact, at)
      if (record !== undefined) this.machines.set(id, record)
    }
    if (kind === "run") {
      const record = RunProjection.evolve(this.runs.get(id), RunId.make(id), fact, at)
      if (record !== undefined) this.runs.set(id, record)
    }
  }

  get watched() {
    return {
      runs: [...this.runs.values()],
      resources: [...this.machines.values()],
      ledgers: new Map([[scope, this.ledger]])
    }
  }

  /** Decides, and writes down what was decided. */
  look(at: number): ReadonlyArray<Action> {
    const actions = decide(this.watched, at)
    for (const action of actions) {
      if (action._tag === "Append") for (const fact of action.events) this.write(action.stream, fact, at)
    }
    return actions
  }
}

interface Wish {
  readonly index: number
  readonly usdPerHour: number
  readonly capUsd: number
  readonly deadlineAt: number
  readonly graceSeconds?: number
  readonly holdSeconds?: number
  readonly hasRun?: boolean
}

/** A machine that its budget has admitted, with a job that runs on it; nothing when it is refused. */
export const rent = (memory: Memory, wish: Wish, at: number): ResourceRecord | undefined => {
  const { graceSeconds = 90, hasRun = true, holdSeconds = 7200, index } = wish
  const key = keyOf(index)
  const usdPerHour = Money.UsdPerHour.make(wish.usdPerHour)
  const reserve = {
    budgets: [cap(wish.capUsd)],
    diskUsdPerHour: Money.UsdPerHour.make(0),
    egressNanoUsd: Money.zero,
    graceSeconds,
    holdSeconds,
    sweepSeconds: 0,
    stoppedSeconds: 0
  }
  const worst = needed({ usdPerHour, provisionedAt: at, reserve }, wish.deadlineAt, at)
  const admission = admit([BudgetLedger.scopeOf(cap(wish.capUsd), memory.ledger)], worst)
  if (admission._tag === "Refused") return undefined
  const requested = event("InstanceRequested", {
    provider: "fake",
    mark: { owner: OwnerId.make("owner000"), key, deadlineEpochSeconds: Math.ceil(wish.deadlineAt / 1000) },
    offer: {
      provider: "fake",
      region: "r",
      instanceType: "t",
      gpuCount: 0,
      vcpus: 1,
      memoryGiB: GiB.make(1),
      source: "test",
      asOf: DateTime.makeUnsafe(0)
    },
    market: "spot",
    usdPerHour,
    scopes: [scope],
    reserve,
    ...(hasRun ? { run: runOf(index) } : {})
  })
  const resource = {
    id: ResourceId.make(`fake/r/${key}`),
    state: { _tag: "Running" as const },
    costPerHour: usdPerHour,
    tags: {},
    owner: OwnerId.make("owner000"),
    key
  }
  memory.write(`budget/${scope}`, event("BudgetReserved", { key, nanoUsd: admission.amount }), at)
  memory.write(`resource/${key}`, requested, at)
  memory.write(`resource/${key}`, event("InstanceProvisioned", { resource }), at)
  if (hasRun) {
    const spec = specOf("fake", [], { deadlineAt: wish.deadlineAt, graceSeconds, holdSeconds })
    memory.write(`run/${runOf(index)}`, event("RunRequested", { spec }), at)
  }
  return memory.machines.get(key)
}

export const price = (memory: Memory, index: number, usdPerHour: number, at: number, since?: number) =>
  memory.write(
    `resource/${keyOf(index)}`,
    event("InstancePriced", {
      usdPerHour: Money.UsdPerHour.make(usdPerHour),
      ...(since === undefined ? {} : { since })
    }),
    at
  )

export const gone = (memory: Memory, index: number, at: number): void => {
  const record = memory.machines.get(keyOf(index))
  if (record === undefined) return
  const chargedNanoUsd = ResourceProjection.accrued(record, at) ?? Money.zero
  memory.write(`budget/${scope}`, event("BudgetReleased", { key: keyOf(index), chargedNanoUsd }), at)
  memory.write(`resource/${keyOf(index)}`, event("InstanceDestroyed", { endedBy: "us", chargedNanoUsd }), at)
  if (record.run !== undefined) {
    memory.write(`run/${record.run}`, event("RunCancelled", {}), at)
    memory.write(`run/${record.run}`, event("RunClosed", { chargedNanoUsd }), at)
  }
}

export const hour = 3600 * second
