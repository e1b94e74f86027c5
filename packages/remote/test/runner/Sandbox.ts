import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** One way to run the script: a shell, the tools it finds, and perhaps a system without /proc. */
export interface Variant {
  readonly name: string
  readonly path: string
  readonly script: string
  readonly missing: string | undefined
}

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

const runner = path.resolve(import.meta.dirname, "../../src/runner/runner.sh")
const root = fs.mkdtempSync(path.join(os.tmpdir(), "runctl-runner-"))
process.on("exit", () => fs.rmSync(root, { recursive: true, force: true }))

const systemPath = process.env["PATH"] ?? "/usr/bin:/bin"
const which = (tool: string): string | undefined =>
  systemPath
    .split(":")
    .map((folder) => path.join(folder, tool))
    .find((file) => fs.existsSync(file))

const shim = (name: string, links: ReadonlyArray<readonly [link: string, target: string | undefined]>): string => {
  const folder = fs.mkdtempSync(path.join(root, `${name}-`))
  for (const [link, target] of links) if (target !== undefined) fs.symlinkSync(target, path.join(folder, link))
  return folder
}

const withShell = (shell: string): Variant => ({
  name: shell,
  path: `${shim(shell, [["sh", which(shell)]])}:${systemPath}`,
  script: runner,
  missing: which(shell) === undefined ? shell : undefined
})

const busyboxAlone = (): Variant => {
  const busybox = which("busybox")
  const applets = busybox === undefined ? [] : spawnSync(busybox, ["--list"], { encoding: "utf8" }).stdout.split("\n")
  return {
    name: "busybox and its own tools",
    path: shim("alone", applets.filter((applet) => applet !== "").map((applet) => [applet, busybox])),
    script: runner,
    missing: busybox === undefined ? "busybox" : undefined
  }
}

/** What macOS lacks, taken away: /proc by name, setsid by not finding it. The list is also all the tools we need. */
const withoutLinux = (): Variant => {
  const tools = "awk bash cat chmod cksum date dd df env find grep kill ln ls mkdir mkfifo mv ps readlink rm rmdir"
  const others = "sed seq sleep sort stat tail tee tr wc"
  const script = path.join(root, "without-linux.sh")
  fs.writeFileSync(script, fs.readFileSync(runner, "utf8").replaceAll("/proc", "/nowhere"))
  return {
    name: "bash without /proc and setsid",
    path: shim("posix", [
      ["sh", which("bash")],
      ...`${tools} ${others}`.split(" ").map((tool): readonly [string, string | undefined] => [tool, which(tool)])
    ]),
    script,
    missing: which("bash") === undefined ? "bash" : undefined
  }
}

export const variants: ReadonlyArray<Variant> = [
  withShell("dash"),
  withShell("bash"),
  withShell("busybox"),
  busyboxAlone(),
  withoutLinux()
]

/** The variant with one more tool, found first. */
export const withTool = (variant: Variant, name: string, text: string): Variant => {
  const folder = shim("tool", [])
  fs.writeFileSync(path.join(folder, name), text, { mode: 0o755 })
  return { ...variant, path: `${folder}:${variant.path}` }
}

export const title = ({ name, missing }: Variant): string =>
  missing === undefined ? name : `${name} (skipped: there is no ${missing} here)`

export const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

/** Waits for a condition, and fails by its name when it does not come true. */
export const until = async (what: string, holds: () => boolean | Promise<boolean>, seconds = 20): Promise<void> => {
  const end = Date.now() + seconds * 1000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`in ${seconds} s it did not come true that ${what}`)
    await sleep(50)
  }
}

const read = (file: string): string => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

const numbers = (): ReadonlyArray<number> => fs.readdirSync("/proc").map(Number).filter(Number.isInteger)

/** Not a zombie: a container's first process may not collect those. */
export const isAlive = (pid: number): boolean => /^\d+ \(.*\) [^ZX] /s.test(read(`/proc/${pid}/stat`))

/** The process group of a process. */
export const groupOf = (pid: number): number =>
  Number(/^\d+ \(.*\) [A-Z] \d+ (\d+) /s.exec(read(`/proc/${pid}/stat`))?.[1])

/** The processes whose environment holds the unit's mark. */
export const marked = (unit: string): ReadonlyArray<number> =>
  numbers().filter((pid) => isAlive(pid) && read(`/proc/${pid}/environ`).split("\0").includes(`RUNCTL_UNIT=${unit},`))

/** The processes with a text in their arguments. */
export const withArgument = (text: string): ReadonlyArray<number> =>
  numbers().filter((pid) => isAlive(pid) && read(`/proc/${pid}/cmdline`).includes(text))

let count = 0

/** A state directory and a work directory of its own; what was started in it ends with it. */
export class Sandbox {
  readonly folder = fs.mkdtempSync(path.join(root, "box-"))
  readonly work = path.join(this.folder, "work")
  readonly units = path.join(this.folder, "state", "units")
  readonly claims = path.join(this.folder, "state", "claims")
  readonly variant: Variant
  env: Record<string, string> = {}

  constructor(variant: Variant) {
    this.variant = variant
    fs.mkdirSync(this.work)
  }

  /** A name that no other test has: marks are visible to the whole machine. */
  unit(name = "u"): string {
    return `${name}-${process.pid}-${count++}`
  }

  file(unit: string, name: string): string {
    return path.join(this.units, unit, name)
  }

  read(unit: string, name: string): string {
    return read(this.file(unit, name))
  }

  lines<A>(unit: string, name: string): ReadonlyArray<A> {
    return this.read(unit, name).split("\n").filter((line) => line !== "").map((line): A => JSON.parse(line))
  }

  spawn(args: ReadonlyArray<string>) {
    const env = { HOME: this.folder, RUNCTL_UNITS: this.units, ...this.env, PATH: this.variant.path }
    return spawn("sh", [this.variant.script, ...args], { cwd: this.work, env, stdio: "pipe" })
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
    let status = await this.status(unit)
    await until(`${unit} ends`, async () => {
      status = await this.status(unit)
      return !["Running", "Ending"].includes(status.state)
    })
    return status
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
    for (const unit of fs.existsSync(this.units) ? fs.readdirSync(this.units) : []) {
      await this.run(["stop", unit, "--grace", "0"])
      this.kill(...marked(unit))
    }
    await until(`nothing runs in ${this.folder}`, () => {
      this.kill(...withArgument(this.folder).filter((pid) => pid !== process.pid))
      return withArgument(this.folder).every((pid) => pid === process.pid)
    })
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}
