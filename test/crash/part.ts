/** A share of the histories, played in a thread. */
import { parentPort, workerData } from "node:worker_threads"
import { play } from "./sim/schedule.ts"

/** Which seeds: every `step`th from one to another. */
export interface Part {
  readonly from: number
  readonly step: number
  readonly to: number
}

/** What they came to. */
export interface Played {
  readonly problems: ReadonlyArray<string>
  readonly steps: number
  readonly machines: number
  readonly killed: number
  readonly frozen: number
}

const isPart = (value: unknown): value is Part =>
  typeof value === "object" && value !== null && "from" in value && "step" in value && "to" in value

const playAll = async ({ from, step, to }: Part): Promise<Played> => {
  const problems: Array<string> = []
  let [steps, machines, killed, frozen] = [0, 0, 0, 0]
  for (let seed = from; seed <= to; seed += step) {
    const verdict = await play(seed)
    problems.push(...verdict.problems.map((problem) => `npm run crash -- --seed ${seed}: ${problem}`))
    steps += verdict.steps
    machines += verdict.machines
    killed += verdict.killed
    frozen += verdict.frozen
  }
  return { problems, steps, machines, killed, frozen }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- ports of threads have no origin
if (parentPort !== null && isPart(workerData)) parentPort.postMessage(await playAll(workerData))
