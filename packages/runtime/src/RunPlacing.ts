/**
 * Finds a run its machine: the one that was named, the one it already has, or a new one.
 *
 * @since 0.1.0
 */
import type { Resource } from "@runctl/core/Resource"
import * as Effect from "effect/Effect"
import { Endings } from "./Endings.ts"
import { type Event, event, type Tried } from "./Event.ts"
import * as MachineClocks from "./MachineClocks.ts"
import { about } from "./NextOffer.ts"
import type { ProviderFailure } from "./Placement.ts"
import { streams } from "./Projections.ts"
import { Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { Rents } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import { Resources } from "./Resources.ts"
import type { Observation } from "./RunMachine.ts"
import type { RunRecord } from "./RunRecord.ts"

const isUsable = (resource: Resource): boolean => resource.state._tag === "Running"

/** What became of an intent; nothing when asking again was refused for good, as another offer may do. */
const resolved = Effect.fnUntraced(function* (record: ResourceRecord) {
  const rents = yield* Rents
  const records = yield* Records
  return yield* rents.resolve(record).pipe(
    Effect.catchIf(
      (error) => about(error) !== "all",
      (error) =>
        // Only what is written down as nothing is: that nobody could be asked says nothing of the machine.
        Effect.flatMap(records.resource(record.mark.key), (now) =>
          now?.phase === "Failed" ? Effect.succeed<ResourceRecord | undefined>(undefined) : Effect.fail(error)
        )
    )
  )
})

/** The machines that were taken back under this run. */
const lostKeys = (run: RunRecord): ReadonlySet<string> =>
  new Set(
    run.attempts.flatMap(({ interrupted, key }) => (interrupted === "preempted" && key !== undefined ? [key] : []))
  )

/** A machine that an earlier try of this run has rented, if it still lives. */
const rentedBefore = Effect.fnUntraced(function* (run: RunRecord) {
  const records = yield* Records
  const endings = yield* Endings
  const providers = yield* Providers
  const mine = (yield* records.resources).filter((record) => record.run === run.id)
  for (const record of mine) {
    // What is being taken back is on its way out, even while it is still there.
    if (record.phase === "Ending") yield* endings.end(record.mark.key, "us")
    if (record.phase !== "Intended" && record.phase !== "Held") continue
    const held = record.phase === "Intended" ? yield* resolved(record) : record
    if (held?.resource === undefined) continue
    const { provider } = yield* providers.get(held.provider)
    const usable = yield* MachineClocks.ready(provider, held.resource, MachineClocks.madeAt(held)).pipe(
      Effect.map(isUsable),
      Effect.catchReason("ProviderError", "NotFound", () => Effect.succeed(false))
    )
    if (usable) return held
    yield* endings.end(held.mark.key, "provider")
  }
  return undefined
})

const rented = Effect.fnUntraced(function* (run: RunRecord) {
  const { placement, budgets, graceSeconds, holdSeconds, name, project } = run.spec
  if (placement._tag !== "Rent") return yield* Effect.die(new Error(`run ${run.id} does not rent`))
  const rents = yield* Rents
  const providers = yield* Providers
  const limits = {
    deadlineAt: run.deadlineAt,
    graceSeconds,
    holdSeconds,
    budgets,
    ...(project === undefined ? {} : { project }),
    ...(run.spec.expectedHours === undefined ? {} : { expectedHours: run.spec.expectedHours }),
    ...(run.spec.isDeadlineDerived === true ? { isDeadlineDerived: true } : {})
  }
  const records = yield* Records
  const lost = lostKeys(run)
  const losses = (yield* records.resources).filter(
    ({ mark, problem }) => lost.has(mark.key) || problem?.code === "RUNCTL_E_BAD_MACHINE"
  )
  const write = (facts: ReadonlyArray<Event>) =>
    facts.length === 0 ? Effect.void : Effect.asVoid(records.append(streams.run(run.id), facts, { run: run.id }))
  const tell = (tried: Tried) => write([event("OfferFailed", tried)])
  const tellFailures = (failures: ReadonlyArray<ProviderFailure>) =>
    Effect.flatMap(records.run(run.id), (known) =>
      write(
        failures
          .filter(
            ({ message, provider }) =>
              // Whoever waits for a cloud is told once.
              known?.failures?.every((each) => each.provider !== provider || each.message !== message) ?? true
          )
          .map(({ message, provider }) => event("ProviderFailed", { provider, message }))
      )
    )
  // Whoever was there at the beginning need not be when a machine is replaced.
  const asksAboutPrice = run.spec.asksAboutPrice === true && run.attempts.length <= 1
  const record = yield* rents.rent({
    rent: placement,
    limits,
    label: name,
    run: run.id,
    asksAboutPrice,
    losses,
    tell,
    tellFailures
  })
  const { provider } = yield* providers.get(record.provider)
  if (record.resource !== undefined) {
    yield* MachineClocks.ready(provider, record.resource, MachineClocks.madeAt(record))
  }
  return record
})

/** A machine may cost more than the one that was planned, and a budget keep it for less long. */
const placedOn = (run: RunRecord, record: ResourceRecord): Observation | undefined =>
  record.resource === undefined
    ? undefined
    : {
        _tag: "Placed",
        resource: record.resource.id,
        key: record.mark.key,
        usdPerHour: record.usdPerHour ?? record.resource.costPerHour,
        ...(record.quote === undefined ? {} : { quote: record.quote }),
        rented: true,
        ...(run.spec.isDeadlineDerived === true && record.deadlineAt < run.deadlineAt
          ? { deadlineAt: record.deadlineAt }
          : {})
      }

/** Finds the machine: the one that was named, the one this run already has, or a new one. @category steps @since 0.1.0 */
export const place = Effect.fn("RunPlacing.place")(function* (run: RunRecord) {
  const { placement } = run.spec
  if (placement._tag === "Rent") {
    const record = (yield* rentedBefore(run)) ?? (yield* rented(run))
    return placedOn(run, record) ?? (yield* Effect.die(new Error(`machine ${record.mark.key} has no id`)))
  }
  const resources = yield* Resources
  const view = yield* resources.get(placement.resource)
  if (view.resource === undefined) return yield* Effect.die(new Error(`machine ${view.id} was never provisioned`))
  const observation: Observation = {
    _tag: "Placed",
    resource: view.resource.id,
    key: view.resource.key,
    usdPerHour: view.resource.costPerHour,
    rented: false
  }
  return observation
})
