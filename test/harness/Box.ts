import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { Command, type Outcome } from "./Command.ts"
import {
  type EventFacts,
  eventsIn,
  type MachineFacts,
  machinesIn,
  type RunFacts,
  runsIn,
  supervisorIn
} from "./journal.ts"
import { argumentsOf, isAlive, processesWith, signal } from "./processes.ts"
import { until } from "./until.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** The program that users run: the one built here, or another (say, an installed one) by its path. */
export const program = process.env["RUNCTL_TEST_PROGRAM"] ?? join(root, "cli", "bin", "run.js")

if (!existsSync(program) || !existsSync(join(root, "cli", "dist"))) {
  throw new Error("the command line interface is not built: run `npm run build` (or `npm test`, which does it)")
}

/** What commands inherit: nothing of ours but the search path, so that no variable of the tests changes an outcome. */
const inherited = (): Record<string, string> => ({
  PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
  LANG: "C.UTF-8",
  TZ: "UTC"
})

const isFolder = (path: string): boolean => existsSync(path)

/** A RUNCTL_HOME, a project and a user's home of their own; nothing that was started here outlives `close`. */
export class Box {
  readonly folder = mkdtempSync(join(realpathSync(tmpdir()), "rcbox-"))
  readonly home = join(this.folder, "state")
  readonly project = join(this.folder, "project")
  readonly journal = join(this.home, "journal.db")
  readonly env: Record<string, string>
  readonly #commands: Array<Command> = []

  constructor(env: Readonly<Record<string, string>> = {}) {
    for (const each of [this.project, join(this.folder, "user")]) mkdirSync(each)
    this.env = {
      ...inherited(),
      HOME: join(this.folder, "user"),
      RUNCTL_HOME: this.home,
      XDG_CONFIG_HOME: join(this.folder, "user", ".config"),
      ...env
    }
  }

  /** Writes a file of the project; answers its path. */
  file(name: string, content: string | Buffer, mode = 0o644): string {
    const path = join(this.project, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content, { mode })
    return path
  }

  read(...path: ReadonlyArray<string>): string {
    return readFileSync(join(this.folder, ...path), "utf8")
  }

  /** Starts `runctl` in the project. */
  start(args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Command {
    return this.startProgram(process.execPath, [program, ...args], env)
  }

  /** Starts anything in the project, with the environment of `runctl`. */
  startProgram(file: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Command {
    const command = new Command(file, args, { cwd: this.project, env: { ...this.env, ...env } })
    this.#commands.push(command)
    return command
  }

  /** Runs `runctl` to its end, with nothing on standard input. */
  run(args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const command = this.start(args, env)
    command.closeInput()
    return command.ended
  }

  get runs(): ReadonlyArray<RunFacts> {
    return runsIn(this.journal)
  }

  /** The newest run. */
  get lastRun(): RunFacts {
    const run = this.runs.at(-1)
    if (run === undefined) throw new Error("the journal has no run")
    return run
  }

  get machines(): ReadonlyArray<MachineFacts> {
    return machinesIn(this.journal)
  }

  get events(): ReadonlyArray<EventFacts> {
    return eventsIn(this.journal)
  }

  /** Folders of machines that exist on disk. */
  get machineFolders(): ReadonlyArray<string> {
    const providers = join(this.home, "providers")
    if (!isFolder(providers)) return []
    return readdirSync(providers).flatMap((provider) => {
      const machines = join(providers, provider, "machines")
      return isFolder(machines) ? readdirSync(machines).map((name) => join(machines, name)) : []
    })
  }

  /** The supervisor's pid, while it lives. */
  get supervisor(): number | undefined {
    const pid = supervisorIn(this.journal)
    return pid !== undefined && isAlive(pid) ? pid : undefined
  }

  /** The bytes that an attempt's log has here. */
  log(run: string, attempt = 1): Buffer {
    return readFileSync(join(this.home, "runs", run, String(attempt), "log"))
  }

  /** Waits until the newest run is over and its machine is given back. */
  async closed(seconds = 60): Promise<RunFacts> {
    return until("the run is closed", () => (this.runs.at(-1)?.phase === "Closed" ? this.lastRun : undefined), seconds)
  }

  /** Every living process of this box: commands, supervisors, jobs. */
  get processes(): ReadonlyArray<number> {
    return processesWith([this.folder, ...this.#marks()])
  }

  /** What the jobs and machines of this box are known by. */
  #marks(): ReadonlyArray<string> {
    return [
      ...this.runs.map(({ id }) => `RUNCTL_UNIT=${id}-`),
      ...this.machines.map(({ mark }) => `RUNCTL_MACHINE=${mark.key},`)
    ]
  }

  /** Those that are neither the commands we started nor a supervisor. */
  get strays(): ReadonlyArray<number> {
    const known = new Set([...this.#commands.map(({ pid }) => pid), ...this.#supervisors()])
    return this.processes.filter((pid) => !known.has(pid))
  }

  /** All that ever were, by the journal. */
  #supervisors(): ReadonlyArray<number> {
    const started = this.events.flatMap(({ payload, type }) =>
      type === "SupervisorStarted" && typeof payload === "object" && payload !== null && "pid" in payload
        ? [Number(payload.pid)]
        : []
    )
    const holder = supervisorIn(this.journal)
    return holder === undefined ? started : [...started, holder]
  }

  /** What was left behind: machines, processes that are no supervisor, commands that still run. */
  async leftovers(patienceSeconds = 5): Promise<ReadonlyArray<string>> {
    const look = (): ReadonlyArray<string> => [
      ...this.#commands.filter(({ isOver }) => !isOver).map(({ pid }) => `the command ${pid}: ${argumentsOf(pid)}`),
      ...this.strays.map((pid) => `the process ${pid}: ${argumentsOf(pid)}`),
      ...this.machineFolders.map((folder) => `the machine ${folder}`)
    ]
    // What was told to end may take a moment.
    await until("nothing is left", () => look().length === 0, patienceSeconds).catch(() => {})
    return look()
  }

  /** What happened here, for whoever has to find out why a test failed. */
  story(): string {
    const events = this.events.map(({ stream, type }) => `${stream} ${type}`)
    const log = join(this.home, "supervisor.log")
    const supervisor = existsSync(log) ? readFileSync(log, "utf8") : ""
    const commands = this.#commands.map((each) => `${each.line}\n${each.stderr.slice(-2000)}`)
    const living = this.processes.map((pid) => `${pid} ${argumentsOf(pid)}`)
    const part = (title: string, lines: ReadonlyArray<string>): string => `--- ${title}\n${lines.slice(-40).join("\n")}`
    return [
      part("commands and what they said", commands),
      part("events", events),
      part("the supervisor's log", supervisor.trimEnd().split("\n")),
      part("living processes", living)
    ].join("\n")
  }

  /** Asks every supervisor once to end, also one that is just starting; answers whether that was enough. */
  async endSupervisors(): Promise<boolean> {
    const all = (): ReadonlyArray<number> => {
      const known = new Set(this.#supervisors())
      return this.processes.filter((pid) => known.has(pid) || argumentsOf(pid).endsWith("/dist/supervisor.js"))
    }
    const asked = new Set<number>()
    const haveEnded = (): boolean => {
      const living = all()
      for (const pid of living.filter((each) => !asked.has(each))) {
        asked.add(pid)
        signal(pid, "SIGCONT")
        signal(pid, "SIGTERM")
      }
      return living.length === 0
    }
    return until("the supervisors have ended", haveEnded, 10).then(
      () => true,
      () => false
    )
  }

  /** Ends everything and removes the folder. */
  async destroy(): Promise<void> {
    for (let round = 0; round < 20 && this.processes.length > 0; round++) {
      for (const pid of this.processes) signal(pid, "SIGKILL")
      await until("the box is empty", () => this.processes.length === 0, 1).catch(() => {})
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
