/**
 * One history that a seed decides: somebody rents a machine, everything that can go wrong does, and others come after.
 */
import { NanoUsd } from "@runctl/core/Money"
import type { Resource } from "@runctl/core/Resource"
import { Endings } from "@runctl/runtime/Endings"
import * as Recovery from "@runctl/runtime/Recovery"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type { Bug } from "./bugs.ts"
import { makeDisk } from "./disk.ts"
import { fromSeed, type Random as Dice } from "./random.ts"
import { provider, SimCloud, type Weather } from "./SimCloud.ts"
import { type Fate, SimProcess, type Trace } from "./SimProcess.ts"
import { VirtualTime } from "./VirtualTime.ts"
import { servicesOf } from "./world.ts"

const second = 1000
const minute = 60 * second

type ServicesOf = Layer.Success<ReturnType<typeof servicesOf>>

/** When the last fault happens, and when nothing may be left that nobody owns: two sweeps, the grace, and what they take. */
export const bounds = { faults: 20 * minute, settled: 18 * minute, deadline: 45 * minute } as const

/** What a history comes to. */
export interface Verdict {
  readonly seed: number
  readonly problems: ReadonlyArray<string>
  readonly steps: number
  readonly machines: number
  readonly killed: number
  readonly frozen: number
}

/** What the first process was about to do. */
type Errand = "create" | "create and terminate" | "create twice"

interface Plan {
  readonly weather: Weather
  readonly errand: Errand
  /** What befalls each process, by the number of its step; those who come last are spared. */
  readonly fates: ReadonlyArray<ReadonlyMap<number, Fate>>
  readonly pauses: ReadonlyArray<number>
}

const fateOf = (dice: Dice, most: number): ReadonlyMap<number, Fate> => {
  if (dice.chance(0.15)) return new Map()
  const fate: Fate = dice.chance(0.7) ? { _tag: "Kill" } : { _tag: "Freeze", millis: dice.whole(1, 6 * 60) * second }
  return new Map([[dice.whole(0, most), fate]])
}

const sometimes = (dice: Dice, probability: number): number => (dice.chance(0.5) ? 0 : probability)

const planOf = (dice: Dice): Plan => ({
  weather: {
    idempotency: dice.pick(["none", "tag", "none", "tag", "token", "name"]),
    visibleAfterMillis: dice.pick([0, 0, 5, 30]) * second,
    bootMillis: dice.pick([0, 20]) * second,
    endMillis: dice.pick([0, 5, 40]) * second,
    lostReply: sometimes(dice, 0.4),
    lostRequest: sometimes(dice, 0.2),
    lateEffect: sometimes(dice, 0.2),
    twice: sometimes(dice, 0.2),
    stale: sometimes(dice, 0.5),
    refusal: sometimes(dice, 0.1),
    strangers: dice.chance(0.5)
  },
  errand: dice.pick(["create", "create and terminate", "create twice"]),
  fates: [fateOf(dice, 24), fateOf(dice, 30), fateOf(dice, 30)],
  pauses: [dice.whole(0, 90), dice.whole(0, 200), dice.whole(0, 200)].map((each) => each * second)
})

const request = (deadlineAt: number) => ({
  rent: { _tag: "Rent" as const, provider, query: {}, market: "on-demand" as const },
  limits: {
    deadlineAt,
    graceSeconds: 0,
    holdSeconds: 0,
    budgets: [{ scope: "day/one", capNanoUsd: NanoUsd.make(1e12) }]
  },
  label: undefined,
  run: undefined
})

const rent = (deadlineAt: number) => Effect.flatMap(Rents, (rents) => rents.rent(request(deadlineAt)))

const errands = (errand: Errand, deadlineAt: number) => {
  switch (errand) {
    case "create":
      return rent(deadlineAt)
    case "create twice":
      return Effect.all([Effect.exit(rent(deadlineAt)), Effect.exit(rent(deadlineAt))], { concurrency: 2 })
    case "create and terminate":
      return Effect.flatMap(rent(deadlineAt), ({ mark }) =>
        Effect.delay(
          Effect.flatMap(Endings, (endings) => endings.end(mark.key, "us")),
          "3 seconds"
        )
      )
  }
}

/** What `runctl sweep` does, and does again every five minutes. */
const recoverer = Effect.gen(function* () {
  const sweeper = yield* Sweeper
  while (true) {
    const { pending } = yield* Recovery.look()
    yield* Effect.forEach(pending, (each) => Effect.exit(Recovery.goOn(each)), { concurrency: 8 })
    yield* Effect.exit(sweeper.sweep())
    const begun = yield* Recovery.look()
    yield* Effect.forEach(begun.pending, (each) => Effect.exit(Recovery.goOn(each)), { concurrency: 8 })
    yield* Effect.sleep("5 minutes")
  }
})

const ageOf = ({ launchTime }: Resource, now: number): number =>
  launchTime === undefined ? 0 : now - DateTime.toEpochMillis(launchTime)

const isOwned = (records: ReadonlyMap<string, ResourceRecord>, machine: Resource): boolean => {
  const record = records.get(machine.key)
  return record?.phase === "Held" && record.resource?.id === machine.id
}

/** How a history is played: `trace` is told of every step, with its second. */
export interface Playing {
  readonly trace?: Trace
  readonly bug?: Bug
}

/** Plays the history of a seed, and says what should not have happened. */
export const play = async (seed: number, { bug, trace = () => {} }: Playing = {}): Promise<Verdict> => {
  const dice = fromSeed(seed)
  const plan = planOf(dice)
  const start = Date.UTC(2026, 0, 1)
  const time = new VirtualTime(start)
  const cloud = new SimCloud(time, dice, plan.weather)
  const disk = makeDisk()
  const everybody = new Map<number, SimProcess>()
  const problems: Array<string> = []
  const deadlineAt = start + bounds.deadline

  const spawn = (
    program: Effect.Effect<unknown, unknown, ServicesOf>,
    fates: ReadonlyMap<number, Fate>
  ): SimProcess => {
    const process = new SimProcess(time, everybody.size + 1, fates, (line) =>
      trace(`${((time.now - start) / second).toFixed(1)} s  ${line}`)
    )
    everybody.set(process.identity.pid, process)
    const services = servicesOf(process, everybody, { cloud, disk, bug })
    process.start(Effect.provide(program, services).pipe(Random.withSeed(`${seed}-${process.identity.pid}`)))
    return process
  }

  const recorded = async (): Promise<ReadonlyMap<string, ResourceRecord>> => {
    let found: ReadonlyArray<ResourceRecord> = []
    const reader = new SimProcess(time, 0, new Map())
    const looking = Effect.map(
      Effect.flatMap(Records, (records) => records.resources),
      (all) => {
        found = all
      }
    )
    reader.start(Effect.provide(looking, servicesOf(reader, everybody, { cloud, disk })))
    await time.run(time.now, () => reader.isDone)
    return new Map(found.map((record) => [record.mark.key, record]))
  }

  try {
    const [first, ...others] = plan.fates
    spawn(errands(plan.errand, deadlineAt), first ?? new Map())
    if (plan.weather.strangers) {
      time.at(start + 3 * minute, () => {
        // Nobody has an image of a machine in its first minute.
        const copied = cloud.machines.filter((each) => ageOf(each, time.now) > minute)
        for (const machine of copied) cloud.plantBeside(machine)
      })
    }
    let at = start
    for (const [index, fates] of others.entries()) {
      at += plan.pauses[index] ?? 0
      await time.run(at)
      const before = [...everybody.values()].at(-1)
      // One sweeps at a time, as the last one is killed or not: who comes next finds what is left.
      if (index > 0 && before?.isAlive === true) before.kill()
      spawn(recoverer, fates)
    }
    await time.run(start + bounds.faults)
    for (const process of [...everybody.values()].slice(1)) process.kill()
    cloud.calmDown()
    spawn(recoverer, new Map())
    await time.run(start + bounds.faults + bounds.settled)
    const records = await recorded()
    for (const machine of cloud.billing.filter((each) => !isOwned(records, each))) {
      problems.push(
        `${machine.id} bills and nobody owns it: its record is ${records.get(machine.key)?.phase ?? "none"}`
      )
    }
    await time.run(deadlineAt + bounds.settled)
    for (const machine of cloud.billing) problems.push(`${machine.id} bills after its deadline`)
    for (const id of cloud.touched) problems.push(`${id} is a stranger's and was ended`)
    for (const { key } of cloud.arrivals.filter((each) => !records.has(each.key))) {
      problems.push(`${key} was asked for without an intent`)
    }
    const all = [...everybody.values()]
    return {
      seed,
      problems,
      steps: all.reduce((sum, { steps }) => sum + steps.length, 0),
      machines: cloud.machines.length,
      killed: plan.fates.filter((fates) => [...fates.values()].some(({ _tag }) => _tag === "Kill")).length,
      frozen: plan.fates.filter((fates) => [...fates.values()].some(({ _tag }) => _tag === "Freeze")).length
    }
  } finally {
    for (const process of everybody.values()) process.kill()
    disk.close()
  }
}
