/**
 * One history that a seed decides: somebody rents a machine, everything that can go wrong does, and others come after.
 */
import type { Resource } from "@runctl/core/Resource"
import { Records } from "@runctl/runtime/Records"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import type { Bug } from "./bugs.ts"
import { makeDisk } from "./disk.ts"
import { makeLogs } from "./files.ts"
import { planOf } from "./plan.ts"
import { fromSeed } from "./random.ts"
import { SimCloud } from "./SimCloud.ts"
import { begin, goOnWith, runId } from "./errands.ts"
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
  /** Where the first process is killed, whatever the seed says. */
  readonly killAt?: string
}

/** Plays the history of a seed, and says what should not have happened. */
export const play = async (seed: number, { bug, killAt, trace = () => {} }: Playing = {}): Promise<Verdict> => {
  const dice = fromSeed(seed)
  const plan = planOf(dice)
  const start = Date.UTC(2026, 0, 1)
  const time = new VirtualTime(start)
  const cloud = new SimCloud(time, dice, plan.weather)
  const disk = makeDisk()
  const shared = { cloud, disk, logs: makeLogs(), bug }
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
    const services = servicesOf(process, everybody, shared)
    process.start(Effect.provide(program, services).pipe(Random.withSeed(`${seed}-${process.identity.pid}`)))
    return process
  }

  /** Looks into the journal as somebody who comes by. */
  const look = async <A>(of: (records: Records["Service"]) => Effect.Effect<A, unknown>): Promise<A | undefined> => {
    let found: A | undefined
    const reader = new SimProcess(time, 0, new Map())
    const looking = Effect.map(Effect.flatMap(Records, of), (answer) => {
      found = answer
    })
    reader.start(Effect.provide(looking, servicesOf(reader, everybody, shared)))
    await time.run(time.now, () => reader.isDone)
    return found
  }

  try {
    const [first, ...others] = plan.fates
    const process = spawn(begin(plan.errand, deadlineAt), first ?? new Map())
    process.killAt = killAt
    if (plan.weather.strangers) {
      time.at(start + 3 * minute, () => {
        // Nobody has an image of a machine in its first minute.
        const copied = cloud.machines.filter((each) => ageOf(each, time.now) > minute)
        for (const machine of copied) cloud.plantBeside(machine)
      })
    }
    const { preemptedAt } = plan
    if (preemptedAt !== undefined) time.at(start + preemptedAt, () => cloud.takeBack())
    let at = start
    for (const [index, fates] of others.entries()) {
      at += plan.pauses[index] ?? 0
      await time.run(at)
      const before = [...everybody.values()].at(-1)
      // One sweeps at a time, as the last one is killed or not: who comes next finds what is left.
      if (index > 0 && before?.isAlive === true) before.kill()
      spawn(goOnWith(plan.errand), fates)
    }
    await time.run(start + bounds.faults)
    for (const process of [...everybody.values()].slice(1)) process.kill()
    cloud.calmDown()
    spawn(goOnWith(plan.errand), new Map())
    await time.run(start + bounds.faults + bounds.settled)
    const all = (await look((each) => each.resources)) ?? []
    const records = new Map<string, ResourceRecord>(all.map((record) => [record.mark.key, record]))
    for (const machine of cloud.billing.filter((each) => !isOwned(records, each))) {
      problems.push(
        `${machine.id} bills and nobody owns it: its record is ${records.get(machine.key)?.phase ?? "none"}`
      )
    }
    await time.run(deadlineAt + bounds.settled)
    for (const machine of cloud.billing) problems.push(`${machine.id} bills after its deadline`)
    for (const id of cloud.touched) problems.push(`${id} is a stranger's and was ended`)
    const run = await look((each) => each.run(runId))
    if (plan.errand === "train" && run?.phase !== "Closed")
      problems.push(`its run stands at ${run?.phase ?? "nothing"}`)
    for (const twice of cloud.doubles) problems.push(`${twice} runs twice at once`)
    for (const { key } of cloud.arrivals.filter((each) => !records.has(each.key))) {
      problems.push(`${key} was asked for without an intent`)
    }
    return {
      seed,
      problems,
      steps: [...everybody.values()].reduce((sum, { steps }) => sum + steps.length, 0),
      machines: cloud.machines.length,
      killed: plan.fates.filter((fates) => [...fates.values()].some(({ _tag }) => _tag === "Kill")).length,
      frozen: plan.fates.filter((fates) => [...fates.values()].some(({ _tag }) => _tag === "Freeze")).length
    }
  } finally {
    for (const process of everybody.values()) process.kill()
    disk.close()
  }
}
