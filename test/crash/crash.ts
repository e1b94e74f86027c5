/**
 * Plays histories of crashes: `npm run crash -- [--all | --histories N | --processes N] [--record]`, or one of them:
 * `npm run crash -- --seed S` (simulated, with every step printed) or `--process-seed S` (with real processes), each of
 * the latter on DigitalOcean or, with `--cloud NAME`, on another emulated cloud.
 *
 * `--all` plays as many as a release is judged by and, like `--record`, writes the result with its seeds and commit into
 * docs/verification.md. Without any, a thousand are simulated.
 */
import { execFileSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"
import { Worker } from "node:worker_threads"
import type { Part, Played } from "./part.ts"
import { cloudCalled } from "./processes/clouds.ts"
import { playWithProcesses, type Verdict } from "./processes/history.ts"
import { record, recordRow } from "./record.ts"
import { play } from "./sim/schedule.ts"

/** How many a release is judged by. */
const all = 30_000

/** How many with real processes. */
const allWithProcesses = 200

/** How many are played where nothing is said. */
const some = 1000

const { values } = parseArgs({
  options: {
    all: { type: "boolean", default: false },
    histories: { type: "string" },
    seed: { type: "string" },
    "process-seed": { type: "string" },
    processes: { type: "string" },
    cloud: { type: "string", default: "digitalocean" },
    record: { type: "boolean", default: false }
  }
})

const cloud = cloudCalled(values.cloud)

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

const oneWithProcesses = async (seed: number): Promise<number> => {
  const verdict = await playWithProcesses(seed, cloud)
  say(JSON.stringify(verdict, null, 2))
  return verdict.problems.length === 0 ? 0 : 1
}

/** Real processes wait most of the time. */
const atOnce = 6

const manyWithProcesses = async (histories: number, isRecorded: boolean): Promise<number> => {
  const began = Date.now()
  const seeds = Array.from({ length: histories }, (_, index) => index + 1)
  const verdicts: Array<Verdict> = []
  const worker = async (): Promise<void> => {
    for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
      const verdict = await playWithProcesses(seed, cloud)
      verdicts.push(verdict)
      for (const problem of verdict.problems)
        say(`npm run crash -- --cloud ${cloud} --process-seed ${seed} (${verdict.what}): ${problem}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const result = {
    histories,
    machines: verdicts.reduce((total, { machines }) => total + machines, 0),
    problems: verdicts.reduce((total, { problems }) => total + problems.length, 0),
    seconds: Math.round((Date.now() - began) / 1000)
  }
  say(JSON.stringify(result))
  const written = { ...result, seeds: `1-${histories}`, ...today() }
  if (isRecorded && cloud === "digitalocean") record("processes", written)
  else if (isRecorded) recordRow("processes elsewhere", { cloud, ...written })
  return result.problems === 0 ? 0 : 1
}

const today = () => ({
  commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
  date: new Date().toISOString().slice(0, 10)
})

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
    record("simulated", { ...result, seeds: `1-${histories}`, ...today() })
  }
  return problems.length === 0 ? 0 : 1
}

const seed = wholeNumber(values.seed, "seed")
const processSeed = wholeNumber(values["process-seed"], "process-seed")
const histories = wholeNumber(values.histories, "histories")
const processes = wholeNumber(values.processes, "processes") ?? (values.all ? allWithProcesses : 0)
const isRecorded = values.all || values.record

const run = async (): Promise<number> => {
  if (seed !== undefined) return one(seed)
  if (processSeed !== undefined) return oneWithProcesses(processSeed)
  const simulated =
    processes > 0 && !values.all && histories === undefined ? 0 : (histories ?? (values.all ? all : some))
  const codes = [
    simulated === 0 ? 0 : await many(simulated, isRecorded),
    processes === 0 ? 0 : await manyWithProcesses(processes, isRecorded)
  ]
  return Math.max(...codes)
}

process.exitCode = await run()
