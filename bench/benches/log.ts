import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { Box } from "../../test/harness/Box.ts"
import type { Command } from "../../test/harness/Command.ts"
import { memoryBytes, signal } from "../../test/harness/processes.ts"
import { sleep, until } from "../../test/harness/until.ts"
import { median } from "../measure.ts"
import type { Result } from "../Result.ts"

const lines = 1_000_000
const rounds = 3

/** Prints a line at a time, as training scripts do, once it is told to go. */
const script = `
import { existsSync } from "node:fs"
console.log("ready")
const wait = () => {
  if (!existsSync(process.env.GO)) return setTimeout(wait, 5)
  for (let n = 0; n < ${lines}; n++) console.log("line " + n)
}
wait()
`

const expected = (() => {
  const hash = createHash("sha256").update("ready\n")
  for (let n = 0; n < lines; n++) hash.update(`line ${n}\n`)
  return hash.digest("hex")
})()

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

const lastLine = `line ${lines - 1}\n`

/** Tells the script to go; answers the milliseconds until its last line has come to whoever follows. */
const followed = async (follower: Command, go: string): Promise<number> => {
  await follower.printed(/ready\n/)
  const began = performance.now()
  writeFileSync(go, "")
  await until("the last line arrives", () => follower.endsWith(lastLine), 120)
  return performance.now() - began
}

/** The script prints into a pipe, as it does on a machine. */
const byTail = async (box: Box, round: number): Promise<number> => {
  const go = join(box.folder, `go-tail-${round}`)
  const file = join(box.folder, `tail-${round}`)
  writeFileSync(file, "")
  const printing = box.startProgram("sh", ["-c", `"$0" print.mjs | cat >>${file}`, process.execPath], { GO: go })
  const following = box.startProgram("sh", ["-c", `tail -n +1 -f ${file} --pid=${printing.pid} -s 0.05 | cat`])
  const millis = await followed(following, go)
  await Promise.all([printing.ended, following.ended])
  return millis
}

interface Peaks {
  readonly follower: number
  readonly supervisor: number
}

const byRunctl = async (box: Box, round: number): Promise<{ readonly millis: number; readonly peaks: Peaks }> => {
  const go = join(box.folder, `go-run-${round}`)
  const name = `long-${round}`
  const args = ["train", "print.mjs", "--provider", "local", "--detach", "--name", name, "--env", `GO=${go}`]
  const { code, stderr } = await box.run(args)
  if (code !== 0) throw new Error(`train ended with ${code}: ${stderr}`)
  const following = box.start(["runs", "logs", name, "--follow"])
  const peaks = { follower: 0, supervisor: 0 }
  const sampling = setInterval(() => {
    peaks.follower = Math.max(peaks.follower, memoryBytes(following.pid, "VmHWM") || 0)
    peaks.supervisor = Math.max(peaks.supervisor, memoryBytes(box.supervisor ?? 0, "VmHWM") || 0)
  }, 100)
  const millis = await followed(following, go).finally(() => clearInterval(sampling))
  const { bytes } = await following.ended
  if (digestOf(bytes) !== expected) throw new Error("the follower did not show what the script has printed")
  await box.closed()
  if (digestOf(box.log(box.lastRun.id)) !== expected) throw new Error("the log is not what the script has printed")
  return { millis, peaks }
}

const megabytes = (bytes: number): number => bytes / 1_000_000

/** A job that prints 1,000,000 lines, followed, against `tail -f | cat` on the same script. */
export const log = async (): Promise<ReadonlyArray<Result>> => {
  const box = new Box()
  try {
    box.file("print.mjs", script)
    const [tails, runs, peaks]: [Array<number>, Array<number>, Array<Peaks>] = [[], [], []]
    for (let round = 0; round < rounds; round++) {
      tails.push(await byTail(box, round))
      const run = await byRunctl(box, round)
      runs.push(run.millis)
      peaks.push(run.peaks)
    }
    await sleep(2000)
    const idle = memoryBytes(box.supervisor ?? 0, "VmRSS")
    const count = `${lines.toLocaleString("en")} lines`
    const memory = (name: string, bytes: number, limit: number): Result => {
      return { name, value: megabytes(bytes), unit: "MB", limit, details: "resident memory" }
    }
    return [
      {
        name: `runs logs --follow of ${count}`,
        value: median(runs) / median(tails),
        unit: "x",
        limit: 2,
        details: `${median(runs).toFixed(0)} ms against ${median(tails).toFixed(0)} ms of tail -f | cat, medians of ${rounds}`
      },
      memory(`peak of the follower of ${count}`, Math.max(...peaks.map(({ follower }) => follower)), 150),
      memory(`peak of the supervisor with ${count}`, Math.max(...peaks.map(({ supervisor }) => supervisor)), 150),
      memory("supervisor with nothing to do", idle, 100)
    ]
  } finally {
    if (box.supervisor !== undefined) signal(box.supervisor, "SIGTERM")
    await box.destroy()
  }
}
