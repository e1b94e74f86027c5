import type { ShellError } from "@runctl/core/Shell"
import * as Effect from "effect/Effect"
import { isatty } from "node:tty"
import * as Args from "@oclif/core/args"
import { BaseCommand } from "../BaseCommand.ts"
import { exitOfAll } from "../batch/each.ts"
import { commandOnEach } from "../batch/command.ts"
import { exits } from "../errors/codes.ts"
import { fail, usage } from "../errors/Failure.ts"
import { insecureHostKey, manyFlags, toggle } from "../flags.ts"
import { untilSignal } from "../follow/leaveOnSignal.ts"
import { commandOf, terminalCommandOf } from "../machine/command.ts"
import { inOwnTerminal } from "../machine/here.ts"
import { someOwnMachines } from "../machine/own.ts"
import { machineFor, sessionAt, shellAt } from "../machine/reach.ts"
import { running } from "../machine/running.ts"
import { input, keep, show } from "../machine/streams.ts"
import { type Ending, inTerminal } from "../machine/terminal.ts"
import type { SshOutput } from "../output/ssh.ts"
import { renderResults } from "../render/batch.ts"
import { styleOf } from "../render/style.ts"

export { SshOutput as Output } from "../output/ssh.ts"

interface Wish {
  readonly id: string
  readonly wantsTerminal: boolean
  readonly isInsecure: boolean
  readonly readsInput: boolean
}

export default class Ssh extends BaseCommand {
  static override takesArguments = true
  static override summary = "work on a machine: a shell there, or a command on one machine or on all"
  static override description = `Without a command an interactive shell in this terminal; \`~.\` at the beginning of a line ends the connection. The command behind \`--\` is run word by word; for the syntax of a shell say \`-- sh -c '…'\`. It begins in the machine's directory, its input and outputs are ours, byte for byte, and its exit code becomes ours: 128 and the signal's number when a signal ended it, 130 when we were interrupted, which ends it too. What runctl itself cannot do is told on standard error and has the usual exit codes.

With --all it runs on all of one's own machines at once, each line with the name of its machine before it and nothing on its standard input. Exit code 0 when it ended with 0 everywhere, 7 when it failed on one, 6 when one was not reached.`
  static override examples = [
    { description: "A shell", command: "<%= config.bin %> <%= command.id %> train-k3f9" },
    { description: "A command", command: "<%= config.bin %> <%= command.id %> train-k3f9 -- nvidia-smi -L" },
    {
      description: "A program that needs a terminal",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 --tty -- htop"
    },
    {
      description: "A command on all machines of a provider",
      command: "<%= config.bin %> <%= command.id %> --all --provider ssh -- sh -c 'df -h . | tail -n 1'"
    }
  ]
  static override args = {
    id: Args.string({ description: "machine, or a run on it; several with --all", multiple: true, ignoreStdin: true })
  }
  static override flags = {
    ...manyFlags,
    tty: toggle({ char: "t", summary: "run the command in a terminal of its own" }),
    "no-stdin": toggle({ char: "n", summary: "leave standard input alone" }),
    "insecure-host-key": insecureHostKey
  }

  #isShown = true

  async run(): Promise<SshOutput> {
    const { args, flags } = await this.parse(Ssh)
    const ids = args.id ?? []
    const isInsecure = flags["insecure-host-key"]
    if (flags.all) {
      if (flags.tty) throw usage("--tty is for one machine: several cannot share a terminal")
      return this.#onAll({ ids, provider: flags.provider, labels: flags.label ?? [] }, flags.concurrency, isInsecure)
    }
    const [id] = ids
    if (id === undefined) throw usage("the machine is missing", "Name one (`runctl list` shows all), or say --all.")
    if (ids.length > 1 || flags.provider !== undefined || flags.label !== undefined) {
      throw usage(
        "one machine, or --all",
        "A command stands behind `--`: `runctl ssh ID -- COMMAND`; for several machines `runctl ssh --all ID ID -- COMMAND`."
      )
    }
    const isTerminal = isatty(0)
    const wantsTerminal = flags.tty || (this.passed.length === 0 && isTerminal && !flags["no-stdin"])
    if (flags.tty && !isTerminal) throw usage("--tty needs a terminal, and standard input is none")
    const wish = { id, wantsTerminal, isInsecure, readsInput: !flags["no-stdin"] }
    if (this.jsonEnabled()) return this.#kept(wish)
    this.#isShown = false
    return wantsTerminal ? this.#interactive(wish) : this.#passing(wish)
  }

  /** What a command printed is the command's: there is nothing to add. */
  override logJson(json: unknown): void {
    if (this.#isShown) super.logJson(json)
  }

  async #onAll(
    filter: {
      readonly ids: ReadonlyArray<string>
      readonly provider: string | undefined
      readonly labels: ReadonlyArray<string>
    },
    concurrency: number,
    isInsecure: boolean
  ): Promise<SshOutput> {
    if (this.passed.length === 0)
      throw usage("--all needs a command", "Say it behind `--`: `runctl ssh --all -- COMMAND`.")
    const keeps = this.jsonEnabled()
    const words = this.passed
    const output = await this.effect(
      Effect.flatMap(someOwnMachines(filter), (machines) => commandOnEach(machines, words, { concurrency, keeps })),
      { isInsecure }
    )
    process.exitCode = exitOfAll(output.results)
    if (!keeps) {
      const says = ({ exitCode }: (typeof output.results)[number]): string => `exit code ${exitCode}`
      this.say(renderResults(output.results, says, styleOf(process.stderr)))
    }
    return output
  }

  /** The command's outputs in a document. */
  async #kept({ id, isInsecure, readsInput, wantsTerminal }: Wish): Promise<SshOutput> {
    if (wantsTerminal || (this.passed.length === 0 && isatty(0)))
      throw usage("--json needs a command and no terminal", "Say it behind `--`: `--json -- COMMAND`.")
    const words = this.passed
    const stdin = readsInput && !isatty(0) ? { stdin: input } : {}
    const work = Effect.gen(function* () {
      const { endpoint, id: resource } = yield* machineFor(id)
      const shell = yield* shellAt(endpoint)
      const { result, show: keeps } = keep()
      const exitCode = yield* running(endpoint, shell, { ...commandOf(endpoint, words), ...stdin }, keeps)
      return { resource, ...result(exitCode) }
    }).pipe(Effect.scoped)
    const output = await this.effect(untilSignal(work), { isInsecure })
    if (output === undefined) throw fail("RUNCTL_E_CANCELLED", "interrupted: the command was ended")
    process.exitCode = output.exitCode
    return output
  }

  /** Our standard streams are the command's. */
  async #passing({ id, isInsecure, readsInput }: Wish): Promise<SshOutput> {
    const words = this.passed
    const stdin = readsInput ? { stdin: input } : {}
    const work = Effect.gen(function* () {
      const { endpoint } = yield* machineFor(id)
      const shell = yield* shellAt(endpoint)
      return yield* running(endpoint, shell, { ...commandOf(endpoint, words), ...stdin }, show)
    }).pipe(Effect.scoped)
    return this.#ended(id, await this.effect(untilSignal(work), { isInsecure }))
  }

  /** Our terminal is the command's. */
  async #interactive({ id, isInsecure }: Wish): Promise<SshOutput> {
    const words = this.passed
    const cut = ({ reason }: ShellError) =>
      reason._tag === "Refused"
        ? fail("RUNCTL_E_MACHINE_REFUSED", reason.message)
        : fail(
            "RUNCTL_E_MACHINE_UNREACHABLE",
            `${id}: ${reason.message}`,
            `Connect again with \`runctl ssh ${id}\`. What ran in that terminal has ended with it, unless it runs in tmux or screen there.`
          )
    const work = Effect.gen(function* () {
      const { endpoint } = yield* machineFor(id)
      if (endpoint._tag === "Local") {
        const ending: Ending = { _tag: "Exited", exitCode: yield* inOwnTerminal(endpoint, words) }
        return ending
      }
      const session = yield* sessionAt(endpoint)
      return yield* Effect.mapError(inTerminal(session, terminalCommandOf(words)), cut)
    }).pipe(Effect.scoped)
    const ending = await this.effect(untilSignal(work), { isInsecure })
    if (ending?._tag === "Left") this.say(`\nThe connection to ${id} is closed.`)
    return this.#ended(id, ending?._tag === "Exited" ? ending.exitCode : undefined)
  }

  #ended(resource: string, exitCode: number | undefined): SshOutput {
    const code = exitCode ?? exits.interrupted
    process.exitCode = code
    return { resource, exitCode: code, stdout: "", stderr: "" }
  }
}
