import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { buildSync } from "esbuild"
import { existsSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

let built: string | undefined

/** `journalChild.ts` as one file: it starts five times as quickly as its modules one by one. */
const bundle = (): string => {
  const entryPoints = [fileURLToPath(new URL("journalChild.ts", import.meta.url))]
  built ??= buildSync({
    entryPoints,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["source"],
    write: false
  }).outputFiles[0]?.text
  return built ?? ""
}

/** Beside the journal, so that it goes with the test's folder. */
const programFor = (file: string): string => {
  const program = join(dirname(file), "journalChild.mjs")
  if (!existsSync(program)) writeFileSync(program, bundle())
  return program
}

/** A process at work on a journal, and what it has said. */
export interface Child {
  readonly process: ChildProcess
  readonly said: Array<Record<string, unknown>>
  /** Its exit code, or the signal that ended it; rejects when it complained. */
  readonly ended: Promise<number | string>
  /** Resolves with the first thing it says that has this key. */
  readonly says: (key: string) => Promise<Record<string, unknown>>
}

const start = (task: string, file: string, args: ReadonlyArray<string | number>): Child => {
  const child = spawn(process.execPath, [programFor(file), task, file, ...args.map((each) => String(each))], {
    stdio: ["ignore", "pipe", "pipe"]
  })
  const said: Array<Record<string, unknown>> = []
  const complaints: Array<string> = []
  const waiting = new Set<() => void>()
  const tell = (): void => {
    for (const each of waiting) each()
  }
  child.stderr?.on("data", (chunk: Buffer) => complaints.push(chunk.toString()))
  const reader = createInterface({ input: child.stdout })
  reader.on("line", (line) => {
    // A line may be cut by a kill.
    if (line.endsWith("}")) said.push(JSON.parse(line))
    tell()
  })
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once("close", (code, signal) => {
      if (code !== null && code !== 0) reject(new Error(complaints.join("")))
      else resolve(code ?? signal ?? "")
      tell()
    })
  })
  const says = (key: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = said.find((each) => key in each)
        if (found !== undefined) resolve(found)
        else if (child.exitCode !== null) reject(new Error(complaints.join("")))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  return { process: child, said, ended, says }
}

/** Starts `journalChild.ts`, which ends with the scope at the latest. */
export const startChild = (task: string, file: string, ...args: ReadonlyArray<string | number>) =>
  Effect.acquireRelease(
    Effect.sync(() => start(task, file, args)),
    (child) => Effect.sync(() => child.process.kill("SIGKILL"))
  )
