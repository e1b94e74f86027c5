import type { ClockStatus } from "@runctl/core/MachineClocks"
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { onEachShellIn } from "../runner/onEachShell.ts"
import { isAlive, read, until, withArgument } from "../runner/Processes.ts"
import { asRunBy, type Variant, which } from "../runner/Variants.ts"

export const clocks = path.resolve(import.meta.dirname, "../../src/clocks/clocks.sh")

/** Whether a file may be laid over what the system says of its boot. */
export const noBoots =
  spawnSync("unshare", ["-rm", "sh", "-c", "mount --bind /etc/hostname /proc/uptime"]).status === 0
    ? undefined
    : "namespace in which a boot can be played"

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const now = (): number => Math.floor(Date.now() / 1000)

let count = 0

/** A machine directory of its own, whose end action writes a line; what was started in it ends with it. */
export class ClockBox {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "runctl-clocks-"))
  machine = path.join(this.folder, "machine")
  readonly acted = path.join(this.folder, "acted")
  readonly variant: Variant
  readonly script: string
  env: Record<string, string>
  /** Laid over what the system says of its boot. */
  private boot: { readonly id: string; readonly uptime: string; readonly first: string } | undefined

  constructor(variant: Variant) {
    this.variant = variant
    this.env = { HOME: this.folder, RUNCTL_MACHINE_DIR: this.machine, PATH: variant.path }
    fs.mkdirSync(path.join(this.machine, ".runctl"), { recursive: true })
    this.script = this.install(asRunBy(variant, clocks), "clocks-one.sh")
    this.install(variant.script, "runner-one.sh")
  }

  /** Moves the machine to a folder with another name. */
  moveTo(name: string): void {
    const machine = path.join(this.folder, name)
    fs.renameSync(this.machine, machine)
    this.machine = machine
    this.env = { ...this.env, RUNCTL_MACHINE_DIR: machine }
  }

  install(source: string, name: string): string {
    fs.copyFileSync(source, path.join(this.machine, ".runctl", name))
    return name
  }

  file(name: string): string {
    return path.join(this.machine, ".runctl", "clocks", name)
  }

  read(name: string): string {
    return read(this.file(name))
  }

  /** What the end action of this box has written so far. */
  get actions(): string {
    return read(this.acted)
  }

  /** When it wrote last, in milliseconds since 1970. */
  get actedAt(): number {
    return fs.statSync(this.acted).mtimeMs
  }

  /** When a job had ended. */
  endedAt(unit: string): number {
    return fs.statSync(path.join(this.machine, ".runctl", "units", unit, "ended")).mtimeMs
  }

  /** Puts a program where the scripts find it first. */
  addTool(name: string, text: string): void {
    const folder = path.join(this.folder, "tools")
    fs.mkdirSync(folder, { recursive: true })
    fs.writeFileSync(path.join(folder, `${name}.new`), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    fs.renameSync(path.join(folder, `${name}.new`), path.join(folder, name))
    if (!(this.env["PATH"] ?? "").startsWith(folder)) this.env = { ...this.env, PATH: `${folder}:${this.variant.path}` }
  }

  /** From now on the wall clock is so many seconds off. */
  skew(seconds: number): void {
    this.addTool("date", `exec ${which("date")} -d "@$(($(${which("date")} +%s) + ${seconds}))" "$@"`)
  }

  /**
   * From now on commands see another boot, that is so old; none of the processes before lives in it. In a container the
   * first process began later than the boot.
   */
  async reboot(id: string, uptime: number, firstBegan = 0): Promise<void> {
    this.kill(...withArgument(this.folder))
    await until("everything is off", () => withArgument(this.folder).length === 0)
    const of = (name: string) => path.join(this.folder, `${name}-${id}`)
    this.boot = { id: of("boot"), uptime: of("uptime"), first: of("first") }
    fs.writeFileSync(this.boot.id, `${id}\n`)
    fs.writeFileSync(this.boot.first, `1 (sh) S ${"0 ".repeat(18)}${firstBegan * 100} 0 0\n`)
    fs.writeFileSync(this.boot.uptime, " ".repeat(40))
    this.pass(uptime)
  }

  /** From now on the boot is so old. Written in place, and never shorter for a moment. */
  pass(uptime: number): void {
    const file = fs.openSync(this.boot?.uptime ?? "", "r+")
    fs.writeSync(file, `${`${uptime}.25 1.00`.padEnd(39)}\n`, 0)
    fs.closeSync(file)
  }

  run(args: ReadonlyArray<string>, input = "", script = this.script): Promise<Result> {
    const command = ["sh", path.join(this.machine, ".runctl", script), ...args]
    const mounts =
      'mount --bind "$1" /proc/sys/kernel/random/boot_id && mount --bind "$2" /proc/uptime && mount --bind "$3" /proc/1/stat || exit 99'
    const [program = "", ...rest] =
      this.boot === undefined
        ? command
        : [
            "unshare",
            "-rm",
            "/bin/sh",
            "-c",
            `${mounts}\nshift 3\nexec "$@"`,
            "sh",
            this.boot.id,
            this.boot.uptime,
            this.boot.first,
            ...command
          ]
    return new Promise((resolve, reject) => {
      const where = which(program === "sh" ? "sh" : program) ?? program
      const child = spawn(program === "sh" ? "sh" : where, rest, { cwd: this.folder, env: this.environment() })
      const out: Array<Buffer> = []
      const err: Array<Buffer> = []
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk))
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk))
      child.stdin.on("error", () => undefined)
      child.stdin.end(input)
      child.on("error", reject)
      child.on("close", (code) =>
        resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
      )
    })
  }

  /** Where a boot is played the system's own `mount` is needed too. */
  private environment(): Record<string, string> {
    if (this.boot === undefined) return this.env
    return { ...this.env, PATH: `${this.env["PATH"]}:${process.env["PATH"]}` }
  }

  /** Arms with so many seconds left; the end action writes a line unless another is given. */
  async arm(
    left: number,
    options: ReadonlyArray<string> = [],
    action = `echo acted >>'${this.acted}'`,
    deadline = now() + left,
    script = this.script
  ): Promise<ClockStatus> {
    const args = ["arm", "--deadline", String(deadline), "--left", String(left), "--grace", "1", "--end-action", "-"]
    const result = await this.run([...args, ...options], action, script)
    if (result.code !== 0) throw new Error(`arm ended with ${result.code}: ${result.stdout}${result.stderr}`)
    return JSON.parse(result.stdout)
  }

  async extend(left: number): Promise<ClockStatus> {
    const args = ["extend", "--deadline", String(now() + left), "--left", String(left)]
    return JSON.parse((await this.run(args)).stdout)
  }

  async status(): Promise<ClockStatus> {
    return JSON.parse((await this.run(["status"])).stdout)
  }

  /** Starts a job that ends when the file of its name is there, if not by itself. */
  async start(command?: string): Promise<string> {
    const unit = `u-${process.pid}-${count++}-z`
    const waiting = `while [ ! -e '${path.join(this.folder, unit)}' ]; do sleep 0.1; done`
    const args = ["start", unit, "--workdir", this.folder, "--claim", "none", "--", "sh", "-c", command ?? waiting]
    const { code, stderr } = await this.run(args, "", "runner-one.sh")
    if (code !== 0) throw new Error(`start ended with ${code}: ${stderr}`)
    return unit
  }

  /** Lets a job end. */
  async finish(unit: string): Promise<void> {
    fs.writeFileSync(path.join(this.folder, unit), "")
    await until("the job ends", () => fs.existsSync(path.join(this.machine, ".runctl", "units", unit, "ended")))
  }

  async unit(unit: string): Promise<{ readonly state: string; readonly reason: string | null }> {
    return JSON.parse((await this.run(["status", unit], "", "runner-one.sh")).stdout)
  }

  /** The keeper that has the clocks. */
  get keeper(): number {
    try {
      return Number.parseInt(fs.readlinkSync(this.file("keeper")), 10)
    } catch {
      return 0
    }
  }

  /** Every process that keeps the clocks, or wants to. What such a one is about to run still looks like it. */
  get keepers(): ReadonlyArray<number> {
    const alike = withArgument(path.join(this.machine, ".runctl", "clocks-")).filter((pid) =>
      read(`/proc/${pid}/cmdline`).includes("\0_keep")
    )
    const parentOf = (pid: number): number => Number(/^\d+ \(.*\) \S (\d+)/s.exec(read(`/proc/${pid}/stat`))?.[1])
    return alike.filter((pid) => !alike.includes(parentOf(pid)))
  }

  kill(...pids: ReadonlyArray<number>): void {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, "SIGKILL")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = () => withArgument(this.folder, `u-${process.pid}-`).filter((pid) => isOurs(pid, this.folder))
    fs.rmSync(this.file("armed"), { force: true })
    const end = Date.now() + 20_000
    while (left().length > 0 && Date.now() < end) {
      this.kill(...left())
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    fs.rmSync(this.folder, { recursive: true, force: true })
  }
}

const isOurs = (pid: number, folder: string): boolean =>
  read(`/proc/${pid}/cmdline`).includes(folder) || read(`/proc/${pid}/environ`).includes(folder)

/** One behaviour of the clocks under every shell. */
export const onEachClock = onEachShellIn((variant) => new ClockBox(variant))
