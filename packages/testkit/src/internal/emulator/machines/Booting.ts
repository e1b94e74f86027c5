import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, existsSync, openSync } from "node:fs"
import { chmod, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Place } from "../../ssh/place.ts"
import { mortal } from "../../ssh/programs.ts"
import { quoted } from "../../ssh/scripts.ts"
import { cloudInitCommand } from "./cloudInit.ts"
import { environmentOf } from "./image.ts"
import type { MachineSettings } from "./MachineSettings.ts"
import { interpret, type Scripts, scriptOf } from "./userData.ts"

const early = ": > /run/machine/init-done"
const late = ": > /run/machine/user-data-done"

/** What a machine does when it is switched on, besides its sshd. */
export class Booting {
  readonly #settings: MachineSettings
  readonly #place: Place
  readonly #folder: string
  #over: Promise<void> = Promise.resolve()

  constructor(settings: MachineSettings, place: Place, folder: string) {
    this.#settings = settings
    this.#place = place
    this.#folder = folder
  }

  /** Whether sshd waits until the machine asks for it. */
  get startsSshd(): boolean {
    const { boot } = this.#settings.machine
    return boot.kind === "container" && boot.sshd !== "always"
  }

  /** Kept when all of it is done. */
  get over(): Promise<void> {
    return this.#over
  }

  /** Kept when the part is done that comes before logins. */
  async start(): Promise<void> {
    const child = await this.#spawn(await this.#command())
    while (!existsSync(join(this.#folder, "init-done")) && child.exitCode === null && child.signalCode === null) {
      await sleep(4)
    }
  }

  async #command(): Promise<ReadonlyArray<string>> {
    const { boot } = this.#settings.machine
    if (boot.kind === "userData" && this.#settings.runner === "cloud-init") return cloudInitCommand()
    const { final, init } = this.#scripts()
    const then = boot.kind === "container" ? [`exec ${boot.command.map(quoted).join(" ")}`] : [final, late]
    const script = join(this.#folder, "user-data.sh")
    await writeFile(script, [init, early, ...then, ""].join("\n"))
    await chmod(script, 0o700)
    return ["/bin/sh", "/run/machine/user-data.sh"]
  }

  #scripts(): Scripts {
    const { onProblem } = this.#settings
    const { boot, publicKeys, user = "root" } = this.#settings.machine
    const keys = { user, keys: publicKeys }
    if (boot.kind === "script") return scriptOf(boot.everyBoot ?? false, keys)
    const scripts = interpret(boot.kind === "container" ? "" : boot.text, keys)
    if (!("unknown" in scripts)) return scripts
    onProblem(`the interpreter does not know this user data: ${scripts.unknown}`)
    return { init: "", final: "" }
  }

  async #spawn(command: ReadonlyArray<string>): Promise<ChildProcess> {
    const [program = "", ...args] = mortal(this.#place.enter(command))
    const output = openSync(join(this.#folder, "user-data.log"), "a")
    const env = environmentOf(this.#settings.machine)
    const child = spawn(program, args, { stdio: ["ignore", output, output], env, cwd: "/", detached: true })
    closeSync(output)
    child.unref()
    this.#over = once(child, "exit").then(() => this.#checkResult())
    return child
  }

  /** Cloud-init goes on after what it cannot do, and writes it down. */
  async #checkResult(): Promise<void> {
    const { machine, onProblem, runner } = this.#settings
    if (machine.boot.kind !== "userData" || runner !== "cloud-init") return
    const result = await readFile(this.#place.pathOf("/run/cloud-init/result.json"), "utf8").catch(() => "")
    const errors: unknown = result === "" ? [] : JSON.parse(result).v1?.errors
    if (Array.isArray(errors) && errors.length > 0) onProblem(`cloud-init: ${errors.join("; ")}`)
  }
}
