import { spawnSync } from "node:child_process"
import { setTimeout as sleep } from "node:timers/promises"

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2
}

/** Something to time. It throws when what it times did not do its work. */
export type Subject = () => number | Promise<number>

/**
 * Medians of several subjects, one round of all after another: a machine that is slow for a while is slow for all.
 *
 * **Units**  whatever the subjects answer
 */
export const interleaved = async <Name extends string>(
  subjects: Readonly<Record<Name, Subject>>,
  { rounds, warmups = 2 }: { readonly rounds: number; readonly warmups?: number }
): Promise<Readonly<Record<Name, number>>> => {
  const samples = new Map<string, Array<number>>()
  for (let round = -warmups; round < rounds; round++) {
    for (const [name, subject] of Object.entries<Subject>(subjects)) {
      const value = await subject()
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), value])
    }
    await sleep(1)
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `fromEntries` forgets the names of what went in
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)])) as Record<Name, number>
}

/**
 * Times a whole process, and fails when it does.
 *
 * **Units**  answers milliseconds
 */
export const timed =
  (
    args: ReadonlyArray<string>,
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }
  ): Subject =>
  () => {
    const began = performance.now()
    const { error, status, stderr } = spawnSync(process.execPath, [...args], {
      ...options,
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    const millis = performance.now() - began
    if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${String(stderr)}`, { cause: error })
    return millis
  }
