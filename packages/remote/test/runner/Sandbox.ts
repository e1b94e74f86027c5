import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { isAlive, marked, read, until, withArgument } from "./Processes.ts"
import { type Variant } from "./Variants.ts"

export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly bytes: Buffer
  readonly stderr: string
}

export interface Status {
  readonly unit: string
  readonly state: string
  readonly exitCode: number | null
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly logBytes: number
  readonly pid: number | null
  readonly deadline: number | null
  readonly reason: string | null
  readonly logClosed: boolean
}

let count = 0

/** A state directory and a work directory of its own; what was started in it ends with it. */
export class Sandbox {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "runctl-runner-"))
  readonly work = path.join(this.folder, "work")
  readonly units = path.join(this.folder, "state", "units")
  readonly claims = path.join(this.folder, "state", "claims")
  readonly variant: Variant
  env: Record<string, string>
  private readonly names: Array<string> = []

  constructor(variant: Variant) {
    this.variant = variant
    this.env = { HOME: this.folder, RUNCTL_UNITS: this.units, PATH: variant.path }
    fs.mkdirSync(this.work)
  }

  /** Puts a program where the runner finds it first. */
  addTool(name: string, text: string): void {
    const folder = path.join(this.folder, "tools")
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, name), text, { mode: 0o755 })
    this.env = { ...this.env, PATH: `${folder}:${this.variant.path}` }
  }

  /** A name that no other test has, nor begins with: marks are visible to the whole machine. */
  unit(name = "u"): string {
    const unit = `${name}-${process.pid}-${count++}-z`
    this.names.push(unit)
    return unit
  }

  file(unit: string, name: string): string {
    return path.join(this.units, unit, name)
  }

  read(unit: string, name: string): string {
    return read(this.file(unit, name))
  }

  lines<A>(unit: string, name: string): ReadonlyArray<A> {
    return this.read(unit, name)
      .split("\n")
      .filter((line) => line !== "")
      .map((line): A => JSON.parse(line))
  }

  spawn(args: ReadonlyArray<string>) {
    return spawn("sh", [this.variant.script, ...args], { cwd: this.work, env: this.env, stdio: "pipe" })
  }

  run(args: ReadonlyArray<string>, input = ""): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(args)
      const out: Array<Buffer> = []
      const err: Array<Buffer> = []
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
      child.stdin.on("error", () => undefined)
      child.stdin.end(input)
      child.on("error", reject)
      child.on("close", (code) => {
        const bytes = Buffer.concat(out)
        resolve({ code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() })
      })
    })
  }

  /** Starts a command of the shell; options come before it. */
  async start(unit: string, command: string, options: ReadonlyArray<string> = [], input = ""): Promise<Status> {
    const args = ["start", unit, "--workdir", this.work, "--claim", "none", ...options, "--", "sh", "-c", command]
    const result = await this.run(args, input)
    if (result.code !== 0) throw new Error(`start ended with ${result.code}: ${result.stdout}${result.stderr}`)
    return JSON.parse(result.stdout)
  }

  async status(unit: string): Promise<Status> {
    return JSON.parse((await this.run(["status", unit])).stdout)
  }

  async stop(unit: string, ...options: ReadonlyArray<string>): Promise<Status> {
    return JSON.parse((await this.run(["stop", unit, ...options])).stdout)
  }

  async ended(unit: string): Promise<Status> {
    await until(`${unit} ends`, () => fs.existsSync(this.file(unit, "ended")))
    return this.status(unit)
  }

  /** The number in one of the identity files: pid, keeper, logger. */
  pid(unit: string, name: string): number {
    const pid = Number.parseInt(this.read(unit, name), 10)
    if (!(pid > 1)) throw new Error(`${unit} has no process number in ${name}`)
    return pid
  }

  kill(...pids: ReadonlyArray<number>): void {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const started = fs.existsSync(this.units) ? fs.readdirSync(this.units) : []
    for (const unit of started) {
      if (!fs.existsSync(this.file(unit, "ended"))) await this.run(["stop", unit, "--grace", "0"])
    }
    const units = [...this.names, ...started]
    const left = () => [...marked(...units), ...withArgument(this.folder, ...units)]
    try {
      await until("no process of the sandbox is left", () => left().length === 0)
    } finally {
      this.kill(...left())
      fs.rmSync(this.folder, { recursive: true, force: true })
    }
  }
}
