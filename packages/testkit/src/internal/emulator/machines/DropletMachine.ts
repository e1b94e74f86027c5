import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, openSync, rmSync } from "node:fs"
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { userInfo } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Size } from "../../cloud/digitalocean/catalogue.ts"
import { namespacePlace } from "../../ssh/namespacePlace.ts"
import type { Place } from "../../ssh/place.ts"
import { kill } from "../../ssh/processes.ts"
import { mortal, needed } from "../../ssh/programs.ts"
import { end, hangUp, listen, type Server } from "../../ssh/server.ts"
import { systemPath } from "../../ssh/tools.ts"
import { cloudInitCommand } from "./cloudInit.ts"
import { machineFolder } from "./folder.ts"
import { installImage } from "./image.ts"
import { interpret } from "./userData.ts"

/** Who carries out user data. */
export type Runner = "cloud-init" | "interpreter"

export interface MachineSettings {
  readonly id: number
  readonly name: string
  readonly size: Size
  readonly address: string
  readonly port: number
  readonly userData: string
  /** May log in as root. */
  readonly publicKeys: ReadonlyArray<string>
  readonly runner: Runner
  /** What the user data wants and does not get. */
  readonly onProblem: (message: string) => void
}

const metaDataOf = ({ id, name, publicKeys }: MachineSettings): string =>
  JSON.stringify({ "instance-id": String(id), "local-hostname": name.split(".")[0], "public-keys": publicKeys })

const running = new Set<DropletMachine>()

process.on("exit", () => {
  for (const machine of running) machine.abandon()
})

/** A rented machine behind a real sshd at an address of its own, which carries out the exact bytes of its user data. */
export class DropletMachine {
  readonly address: string
  readonly port: number
  readonly folder: string
  readonly #settings: MachineSettings
  readonly #place: Place
  #server: Server | undefined
  #userData: Promise<void> = Promise.resolve()

  private constructor(settings: MachineSettings, folder: string) {
    this.#settings = settings
    this.address = settings.address
    this.port = settings.port
    this.folder = folder
    const { name, runner, size } = settings
    this.#place = namespacePlace({
      folder,
      user: userInfo().username,
      loginShell: userInfo().shell ?? "/bin/sh",
      greeting: undefined,
      only: undefined,
      without: [],
      programs: {},
      clockOffset: 0,
      hidden: [],
      readOnlyHome: false,
      diskBytes: undefined,
      system: { hostname: name, install: installImage(size, metaDataOf(settings), runner === "interpreter") }
    })
  }

  static async create(settings: MachineSettings): Promise<DropletMachine> {
    const folder = await machineFolder()
    await mkdir(join(folder, "home"), { mode: 0o700 })
    await writeFile(join(folder, "user-data"), settings.userData, { mode: 0o600 })
    const machine = new DropletMachine(settings, folder)
    running.add(machine)
    return machine
  }

  /** Kept when sshd listens: the early part of user data is done by then, the late one may go on. */
  async boot(): Promise<void> {
    for (const mark of ["init-done", "user-data-done"]) await rm(join(this.folder, mark), { force: true })
    await this.#place.boot()
    const child = await this.#startUserData()
    while (!existsSync(join(this.folder, "init-done")) && child.exitCode === null && child.signalCode === null) {
      await sleep(4)
    }
    const at = ["-o", `ListenAddress=${this.address}`, "-o", `Port=${this.port}`, "-o", "PidFile=none"]
    const command = [needed("sshd"), "-D", "-e", "-f", "/etc/ssh/sshd_config", ...at]
    this.#server = await listen(mortal(this.#place.enter(command)), join(this.folder, "log"))
  }

  get isOn(): boolean {
    return this.#server !== undefined
  }

  /** Kept when all of the user data is done. */
  get userDataDone(): Promise<void> {
    return this.#userData
  }

  /** The key that is served now, as one line without comment. */
  async hostKey(): Promise<string> {
    const line = await readFile(this.pathOf("/etc/ssh/ssh_host_ed25519_key.pub"), "utf8")
    return line.trim().split(" ").slice(0, 2).join(" ")
  }

  /** Where this computer finds a file of the machine, while that runs. */
  pathOf(path: string): string {
    return this.#place.pathOf(path)
  }

  /** What sshd has written. */
  log(): Promise<string> {
    return readFile(join(this.folder, "log"), "utf8")
  }

  /** What user data has printed. */
  userDataLog(): Promise<string> {
    return readFile(join(this.folder, "user-data.log"), "utf8")
  }

  /** Cuts all connections. */
  killConnections(): number {
    return this.#server === undefined ? 0 : hangUp(this.#server)
  }

  /** Kept when the machine has ended itself, and says whether it is to come back. */
  ended(): Promise<"off" | "reboot"> {
    return this.#place.ended?.() ?? new Promise(() => undefined)
  }

  async powerOff(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server !== undefined) await end(server)
    await this.#place.end()
    await this.#userData
  }

  async close(): Promise<void> {
    await this.powerOff()
    running.delete(this)
    rmSync(this.folder, { recursive: true, force: true })
  }

  abandon(): void {
    if (this.#server !== undefined) kill([this.#server.pid])
    this.#place.abandon()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #command(): Promise<ReadonlyArray<string>> {
    if (this.#settings.runner === "cloud-init") return cloudInitCommand()
    const { onProblem, publicKeys, userData } = this.#settings
    const scripts = interpret(userData, publicKeys)
    if ("unknown" in scripts) onProblem(`the interpreter does not know this user data: ${scripts.unknown}`)
    const { final, init } = "unknown" in scripts ? { init: "", final: "" } : scripts
    const script = join(this.folder, "user-data.sh")
    await writeFile(script, `${init}\n: > /run/machine/init-done\n${final}\n: > /run/machine/user-data-done\n`)
    await chmod(script, 0o700)
    return ["/bin/sh", "/run/machine/user-data.sh"]
  }

  async #startUserData(): Promise<ChildProcess> {
    const [program = "", ...args] = mortal(this.#place.enter(await this.#command()))
    const output = openSync(join(this.folder, "user-data.log"), "a")
    const env = { PATH: systemPath, LANG: "C.UTF-8" }
    const child = spawn(program, args, { stdio: ["ignore", output, output], env, cwd: "/", detached: true })
    closeSync(output)
    child.unref()
    this.#userData = once(child, "exit").then(() => this.#checkResult())
    return child
  }

  /** Cloud-init goes on after what it cannot do, and writes it down. */
  async #checkResult(): Promise<void> {
    if (this.#settings.runner !== "cloud-init") return
    const result = await readFile(this.pathOf("/run/cloud-init/result.json"), "utf8").catch(() => "")
    const errors: unknown = result === "" ? [] : JSON.parse(result).v1?.errors
    if (Array.isArray(errors) && errors.length > 0) this.#settings.onProblem(`cloud-init: ${errors.join("; ")}`)
  }
}
