/**
 * What a seed decides about a history with real processes.
 */
import type { Random } from "../sim/random.ts"
import type { Asked, StruckCloud } from "./clouds.ts"

/** The command that is struck. */
export type Errand = "create" | "terminate" | "stop" | "start" | "train"

/**
 * What befalls it.
 *
 * - `At`: killed while the cloud has its request, before or after that had its effect; the request then goes on or is lost.
 * - `After`: killed after so many milliseconds.
 * - `Write`: killed by its nth write or sync of a file.
 */
export type Blow =
  | { readonly _tag: "None" }
  | {
      readonly _tag: "At"
      readonly asked: Asked
      readonly point: "beforeEffect" | "beforeReply"
      readonly nth: number
      readonly after: "release" | "drop"
    }
  | { readonly _tag: "After"; readonly millis: number }
  | { readonly _tag: "Write"; readonly number: number }

export interface Plan {
  readonly errand: Errand
  readonly blow: Blow
  /** What the cloud does to the changing request besides. */
  readonly loses: "loseReply" | "loseRequest" | undefined
  readonly strangers: boolean
}

/** The changing request of an errand. */
export const requestOf = (cloud: StruckCloud, errand: Errand): Asked => {
  switch (errand) {
    case "create":
    case "train":
      return cloud.create
    case "terminate":
      return cloud.terminate
    case "stop":
    case "start":
      return cloud.power?.[errand] ?? cloud.terminate
  }
}

const at = (dice: Random, cloud: StruckCloud, errand: Errand): Blow => {
  const isRead = dice.chance(0.25)
  return {
    _tag: "At",
    asked: isRead ? cloud.read : requestOf(cloud, errand),
    point: dice.pick(["beforeEffect", "beforeReply"]),
    nth: isRead ? dice.whole(1, 3) : 1,
    after: dice.pick(["release", "drop"])
  }
}

/** `canTrace`: whether a process can be killed by a write of its own here. */
export const planOf = (dice: Random, cloud: StruckCloud, canTrace = true): Plan => {
  const drawn = dice.pick([
    "create",
    "create",
    "create",
    "terminate",
    "terminate",
    "stop",
    "start",
    "train",
    "train"
  ] as const)
  const errand = cloud.power === undefined && (drawn === "stop" || drawn === "start") ? "terminate" : drawn
  const kind = dice.pick(["at", "at", "at", "after", "write", "none"] as const)
  const blows: Readonly<Record<typeof kind, () => Blow>> = {
    at: () => at(dice, cloud, errand),
    after: () => ({ _tag: "After", millis: dice.whole(150, errand === "train" ? 6000 : 1500) }),
    write: () => ({ _tag: "Write", number: dice.whole(1, 60) }),
    none: () => ({ _tag: "None" })
  }
  // A run is carried by its supervisor, which nobody traces.
  const blow = kind === "write" && (!canTrace || errand === "train") ? blows.after() : blows[kind]()
  const mayLose = blow._tag === "None" || dice.chance(0.15)
  return {
    errand,
    blow,
    loses: mayLose ? dice.pick(["loseReply", "loseRequest"] as const) : undefined,
    strangers: dice.chance(0.5)
  }
}
