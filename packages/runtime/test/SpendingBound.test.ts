import { assert, it } from "@effect/vitest"
import { defaults } from "@runctl/core/Defaults"
import { lookSeconds } from "@runctl/runtime/Spending"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { gone, hour, keyOf, Memory, price, rent, runOf, second } from "./spent.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A machine: when it is asked for, its price, its times, and how its price moves at each look, in percent. */
const Machine = Schema.Struct({
  after: between(0, 100),
  cents: between(1, 2000),
  minutes: between(1, 600),
  grace: between(0, 300),
  hold: between(0, 7200),
  hasRun: Schema.Boolean,
  isObedient: Schema.Boolean,
  moves: Schema.Array(Schema.Struct({ look: between(0, 200), factor: between(0, 600) })).check(Schema.isMaxLength(6))
})

interface Living {
  readonly index: number
  readonly fields: typeof Machine.Type
  readonly from: number
  readonly overAt: number
  endsAt: number
  billed: number
  usdPerHour: number
  dearest: number
}

const bill = (machine: Living, from: number, to: number): void => {
  const time = Math.max(0, Math.min(to, machine.endsAt) - Math.max(from, machine.from))
  machine.billed += (machine.usdPerHour * time) / hour
}

/** Lives through machines whose prices move between looks; answers what was billed, and by how much that may pass. */
const live = (
  machines: ReadonlyArray<typeof Machine.Type>,
  capUsd: number,
  gaps: ReadonlyArray<number>,
  doMove: boolean
) => {
  const memory = new Memory()
  const all: Array<Living> = []
  let at = 0
  for (let look = 0; look < 1500; look++) {
    const before = at
    at += (gaps[look % gaps.length] ?? lookSeconds) * second
    for (const [index, fields] of machines.entries()) {
      if (fields.after !== look) continue
      const deadlineAt = before + fields.minutes * 60 * second
      const { grace: graceSeconds, hasRun, hold: holdSeconds } = fields
      const usdPerHour = fields.cents / 100
      const wish = { index, usdPerHour, capUsd, deadlineAt, graceSeconds, holdSeconds, hasRun }
      if (rent(memory, wish, before) === undefined) continue
      const overAt = deadlineAt + (graceSeconds + holdSeconds) * second
      all.push({ index, fields, from: before, overAt, endsAt: overAt, billed: 0, usdPerHour, dearest: usdPerHour })
    }
    for (const machine of all) {
      // Somewhere between the looks the price moves, which is seen at the later one.
      const move = doMove ? machine.fields.moves.find((each) => machine.fields.after + each.look === look) : undefined
      const moment = before + Math.floor((at - before) / 3)
      bill(machine, before, move === undefined ? at : moment)
      if (move === undefined) continue
      const risen = (machine.usdPerHour * move.factor) / 100
      const since = risen > machine.usdPerHour ? before : undefined
      machine.usdPerHour = risen
      machine.dearest = Math.max(machine.dearest, risen)
      bill(machine, moment, at)
      if (machine.endsAt > at) price(memory, machine.index, risen, at, since)
    }
    for (const machine of all) {
      if (machine.endsAt <= at && memory.machines.get(keyOf(machine.index))?.phase === "Held") {
        gone(memory, machine.index, machine.endsAt)
      }
    }
    for (const action of memory.look(at)) {
      for (const machine of all) {
        const run = runOf(machine.index)
        const isAsked =
          action._tag === "Append" &&
          action.run === run &&
          action.events.some(({ type }) => type === "RunCancelRequested")
        const isEnded = action._tag === "End" && action.key === keyOf(machine.index)
        const { grace, hold } = machine.fields
        const stopping = (grace + Math.min(hold, Duration.toSeconds(defaults.budgetEnding))) * second
        if (isAsked && machine.fields.isObedient) machine.endsAt = Math.min(machine.endsAt, at + stopping)
        if (isEnded) machine.endsAt = Math.min(machine.endsAt, at)
      }
    }
  }
  const overshoot = all.map(({ dearest, fields: { grace, hold } }) => {
    const stopping = grace + Math.min(hold, Duration.toSeconds(defaults.budgetEnding))
    return (dearest * (stopping + 2 * lookSeconds)) / 3600
  })
  const sum = (amounts: ReadonlyArray<number>): number => amounts.reduce((total, amount) => total + amount, 0)
  return { billed: sum(all.map(({ billed }) => billed)), bound: sum(overshoot), machines: all.length }
}

const Machines = Schema.NonEmptyArray(Machine).check(Schema.isMaxLength(5))
const Gaps = Schema.NonEmptyArray(between(1, lookSeconds)).check(Schema.isMaxLength(5))

/** A millionth of a dollar: sums of floating point numbers are not exact. */
const dust = 1e-6

it.prop(
  "at prices that stay, machines at the same time never cost more than their cap",
  [Machines, between(1, 200), Gaps],
  ([machines, capUsd, gaps]) => {
    const { billed } = live(machines, capUsd, gaps, false)
    assert.isAtMost(billed, capUsd + dust)
  },
  { arbitrary: { runs: 60 } }
)

it.prop(
  "whatever prices do, a cap is passed at most by two looks, the grace and the time to bring results home",
  [Machines, between(1, 200), Gaps],
  ([machines, capUsd, gaps]) => {
    const { billed, bound } = live(machines, capUsd, gaps, true)
    assert.isAtMost(billed, capUsd + bound + dust)
  },
  { arbitrary: { runs: 60 } }
)
