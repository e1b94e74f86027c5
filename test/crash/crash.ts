/**
 * Plays histories of crashes: `npm run crash -- [--all | --histories N] [--seed S] [--record]`.
 *
 * `--seed S` plays one and prints every step. `--all` plays the number that a release is judged by and, like `--record`,
 * writes the result with its seeds and commit into docs/verification.md. Without either, as many as fit into a minute.
 */
import { execFileSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import type { Part, Played } from "./part.ts"
import { record } from "./record.ts"
import { play } from "./sim/schedule.ts"

/** How many a release is judged by. */
const all = 30_000

/** How many are played where nothing is said. */
const some = 1000

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    histories: { type: "string" },
    seed: { type: "string" },
    record: { type: "boolean", default: false }
  }
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const wholeNumber = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new Error(`--${name} takes a whole number, not "${text}"`)
}

/** Plays a share of the histories in a thread of its own. */
const inThread = (part: Part): Promise<Played> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("part.ts", import.meta.url), { workerData: part })
    worker.once("message", (played: Played) => resolve(played))
    worker.once("error", reject)
  })

const one = async (seed: number): Promise<number> => {
  const verdict = await play(seed, { trace: say })
  say(JSON.stringify(verdict, null, 2))
  return verdict.problems.length === 0 ? 0 : 1
}

const many = async (histories: number, isRecorded: boolean): Promise<number> => {
  const threads = availableParallelism()
  const began = Date.now()
  const parts = await Promise.all(
    Array.from({ length: threads }, (_, index) => inThread({ from: index + 1, step: threads, to: histories }))
  )
  const seconds = (Date.now() - began) / 1000
  const sum = (of: (played: Played) => number): number => parts.reduce((total, part) => total + of(part), 0)
  const problems = parts.flatMap((part) => part.problems)
  const result = {
    histories,
    steps: sum(({ steps }) => steps),
    machines: sum(({ machines }) => machines),
    killed: sum(({ killed }) => killed),
    frozen: sum(({ frozen }) => frozen),
    problems: problems.length,
    seconds: Math.round(seconds)
  }
  for (const problem of problems.slice(0, 50)) say(problem)
  say(JSON.stringify(result))
  if (isRecorded) {
    const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim()
    record("simulated", { ...result, seeds: `1-${histories}`, commit, date: new Date().toISOString().slice(0, 10) })
  }
  return problems.length === 0 ? 0 : 1
}

const seed = wholeNumber(values.seed, "seed")
const histories = wholeNumber(values.histories, "histories") ?? (values.all ? all : some)
process.exitCode = seed === undefined ? await many(histories, values.all || values.record) : await one(seed)
