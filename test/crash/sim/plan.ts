/**
 * What a seed decides: what somebody was about to do, how unkind the cloud is, and what befalls whom.
 */
import type { Random as Dice } from "./random.ts"
import type { Weather } from "./SimCloud.ts"
import type { Fate } from "./SimProcess.ts"

const second = 1000

/** What the first process was about to do. */
export type Errand = "create" | "create and terminate" | "create twice" | "train"

export interface Plan {
  readonly weather: Weather
  readonly errand: Errand
  /** What befalls each process, by the number of its step; those who come last are spared. */
  readonly fates: ReadonlyArray<ReadonlyMap<number, Fate>>
  readonly pauses: ReadonlyArray<number>
  /** When the cloud takes its machines back, in milliseconds from the beginning. */
  readonly preemptedAt: number | undefined
}

const fateOf = (dice: Dice, most: number): ReadonlyMap<number, Fate> => {
  if (dice.chance(0.15)) return new Map()
  const fate: Fate = dice.chance(0.7) ? { _tag: "Kill" } : { _tag: "Freeze", millis: dice.whole(1, 6 * 60) * second }
  return new Map([[dice.whole(0, most), fate]])
}

const sometimes = (dice: Dice, probability: number): number => (dice.chance(0.5) ? 0 : probability)

/** A run takes ten times as long to play as anything else. */
const errands = [
  "create",
  "create",
  "create",
  "create",
  "create and terminate",
  "create and terminate",
  "create and terminate",
  "create and terminate",
  "create twice",
  "create twice",
  "train"
] as const

export const planOf = (dice: Dice): Plan => {
  const errand = dice.pick(errands)
  // Whoever carries a run takes many more steps than whoever rents one machine.
  const steps = errand === "train" ? 90 : 30
  return {
    errand,
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
    fates: [errand === "train" ? new Map() : fateOf(dice, 24), fateOf(dice, steps), fateOf(dice, steps)],
    pauses: [dice.whole(0, 90), dice.whole(0, 200), dice.whole(0, 200)].map((each) => each * second),
    preemptedAt: dice.chance(0.3) ? dice.whole(60, 900) * second : undefined
  }
}
