import { existsSync, rmSync } from "node:fs"
import { mkdir, readFile, rm, writeFile } from "node:fs/promises"
import { userInfo } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { namespacePlace } from "../../ssh/namespacePlace.ts"
import type { Place } from "../../ssh/place.ts"
import { kill } from "../../ssh/processes.ts"
import { mortal, needed } from "../../ssh/programs.ts"
import { end, hangUp, listen, type Server } from "../../ssh/server.ts"
import { Booting } from "./Booting.ts"
import { machineFolder } from "./folder.ts"
import { environmentOf, installImage } from "./image.ts"
import type { MachineSettings } from "./MachineSettings.ts"

/** How a machine has ended itself. */
export type Ending = "off" | "reboot" | "exit"

const running = new Set<RentedMachine>()

process.on("exit", () => {
  for (const machine of running) machine.abandon()
})

/** A rented machine behind a real sshd at an address or port of its own, which carries out what it was rented with. */
export class RentedMachine {
  readonly address: string
  readonly port: number
  readonly folder: string
  readonly #settings: MachineSettings
  readonly #place: Place
  readonly #booting: Booting
  #server: Server | undefined
  #isOn = false
  #boots = 0
  #waiting: Promise<void> = Promise.resolve()

  private constructor(settings: MachineSettings, folder: string) {
    const { machine } = settings
    this.#settings = settings
    this.address = machine.address
    this.port = machine.port
    this.folder = folder
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
      system: {
        hostname: machine.name,
        install: installImage(machine, settings.runner),
        ownRoot: machine.boot.kind === "container",
        environment: environmentOf(machine)
      }
    })
    this.#booting = new Booting(settings, this.#place, folder)
  }

  static async create(settings: MachineSettings): Promise<RentedMachine> {
    const folder = await machineFolder()
    await mkdir(join(folder, "home"), { mode: 0o700 })
    const { boot } = settings.machine
    await writeFile(join(folder, "user-data"), boot.kind === "container" ? "" : boot.text, { mode: 0o600 })
    const machine = new RentedMachine(settings, folder)
    running.add(machine)
    return machine
  }

  /**
   * Kept when sshd listens: the early part of user data is done by then, the late one may go on. Where a container's
   * command starts sshd, kept before that.
   */
  async boot(): Promise<void> {
    const marks = ["init-done", "user-data-done", "sshd-wanted"]
    for (const mark of marks) await rm(join(this.folder, mark), { force: true })
    await this.#place.boot()
    this.#isOn = true
    this.#boots++
    await this.#booting.start()
    if (this.#booting.startsSshd) this.#waiting = this.#listenWhenWanted()
    else await this.#listen()
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** How often it was switched on. */
  get boots(): number {
    return this.#boots
  }

  /** Whether its sshd answers. */
  get isListening(): boolean {
    return this.#server !== undefined
  }

  /** Kept when all of the user data is done, or a container's command has ended. */
  get userDataDone(): Promise<void> {
    return this.#booting.over
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

  /** What user data, a script or a container's command has printed. */
  userDataLog(): Promise<string> {
    return readFile(join(this.folder, "user-data.log"), "utf8")
  }

  /** Cuts all connections. */
  killConnections(): number {
    return this.#server === undefined ? 0 : hangUp(this.#server)
  }

  /** Kept when the machine has ended itself, and says how. */
  ended(): Promise<Ending> {
    const powered: Promise<Ending> = this.#place.ended?.() ?? new Promise(() => undefined)
    if (this.#settings.machine.boot.kind !== "container") return powered
    return Promise.race([powered, this.#booting.over.then((): Ending => "exit")])
  }

  async powerOff(): Promise<void> {
    const server = this.#server
    this.#isOn = false
    this.#server = undefined
    if (server !== undefined) await end(server)
    await this.#place.end()
    await this.#booting.over
    await this.#waiting
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

  async #listen(): Promise<void> {
    const at = ["-o", `ListenAddress=${this.address}`, "-o", `Port=${this.port}`, "-o", "PidFile=none"]
    const command = [needed("sshd"), "-D", "-e", "-f", "/etc/ssh/sshd_config", ...at]
    const server = await listen(mortal(this.#place.enter(command)), join(this.folder, "log"))
    if (this.#isOn) this.#server = server
    else await end(server)
  }

  async #listenWhenWanted(): Promise<void> {
    while (this.#isOn && !existsSync(join(this.folder, "sshd-wanted"))) await sleep(10)
    if (!this.#isOn) return
    await this.#listen().catch((error: unknown) => {
      // It was switched off while sshd began.
      if (this.#isOn) this.#settings.onProblem(String(error))
    })
  }
}
