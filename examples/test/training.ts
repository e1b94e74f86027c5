import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, onTestFinished } from "@effect/vitest"

/** One of the examples: how it is started. */
export interface Example {
  readonly command: string
  readonly script: string
}

/** What a finished training left behind. */
export interface Trained {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly folder: string
  readonly secondsToStop: number
}

interface Settings {
  readonly args: ReadonlyArray<string>
  readonly resumeFrom?: string
  /** SIGTERM is sent as soon as stdout contains this text. */
  readonly stopAfter?: string
}

/** Runs an example in an empty folder of its own, with outputs in `out` and checkpoints in `saved`. */
export const train = (example: Example, settings: Settings): Promise<Trained> => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-examples-"))
  const child = spawn(example.command, [example.script, ...settings.args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      PYTHONDONTWRITEBYTECODE: "1",
      RUNCTL_OUTPUT_DIR: join(folder, "out"),
      RUNCTL_CHECKPOINT_DIR: join(folder, "saved"),
      RUNCTL_RESUME_FROM: settings.resumeFrom
    }
  })
  onTestFinished(() => {
    child.kill("SIGKILL")
    rmSync(folder, { recursive: true, force: true })
  })
  let [stdout, stderr, stoppedAt] = ["", "", Number.NaN]
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    if (Number.isNaN(stoppedAt) && settings.stopAfter !== undefined && stdout.includes(settings.stopAfter)) {
      stoppedAt = performance.now()
      child.kill("SIGTERM")
    }
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => {
      resolve({ code, stdout, stderr, folder, secondsToStop: (performance.now() - stoppedAt) / 1000 })
    })
  })
}

/** A metric's values by step, in the order in which they were printed. */
export const metric = (trained: Trained, name: string): ReadonlyArray<readonly [step: number, value: number]> =>
  announcements(trained).flatMap((line) =>
    line["metric"] === name ? [[Number(line["step"]), Number(line["value"])] as const] : []
  )

/** The announced checkpoints; fails unless they are exactly the files in the folder. */
export const checkpoints = (trained: Trained): ReadonlyArray<string> => {
  const paths = announcements(trained).flatMap((line) => ("checkpoint" in line ? [String(line["checkpoint"])] : []))
  const saved = join(trained.folder, "saved")
  assert.sameMembers(
    readdirSync(saved).map((name) => join(saved, name)),
    [...new Set(paths)]
  )
  return paths
}

/** The bytes of an output. */
export const output = (trained: Trained, name: string): string =>
  readFileSync(join(trained.folder, "out", name), "utf8")

const announcements = ({ stdout }: Trained): ReadonlyArray<Record<string, unknown>> =>
  stdout.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []))
