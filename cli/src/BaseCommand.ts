/**
 * What all commands share, and the only place where Effect meets oclif.
 */
import { Command } from "@oclif/core/command"
import type { Config } from "@oclif/core/config"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { fail, failureOf } from "./errors/Failure.ts"
import { parseFailure } from "./errors/parsing.ts"
import { report } from "./errors/report.ts"
import type { Services } from "./layers.ts"
import { type Style, styleOf } from "./render/style.ts"
import { take } from "./signals.ts"

/** The longest a timer can be: a suspended fiber alone does not keep the process alive. */
const longest = 2 ** 31 - 1

/** How an effect is run. */
export interface Running {
  /** Looks without leaving anything behind: a home that does not exist is not made. */
  readonly isDryRun?: boolean
  /** Looks only at what is remembered here: works with a broken configuration too. */
  readonly isOffline?: boolean
  /** Looks after what waits for somebody by itself, or says what it is. */
  readonly isAttentive?: boolean
  /** Takes whatever key a host shows: only for this command, and never silently. */
  readonly isInsecure?: boolean
}

const insecureWarning = `WARNING: --insecure-host-key takes any key a host shows. Whoever stands between here and the machine
reads and changes everything that is sent: commands, files, secrets.`

/** A command of runctl. `run` answers what `--json` prints. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  /** Whether something may stand behind `--`. */
  static takesArguments = false

  /** What stands behind `--`. oclif would sort it, so it never sees it. */
  protected readonly passed: ReadonlyArray<string>

  constructor(argv: Array<string>, config: Config) {
    const end = new.target.takesArguments ? argv.indexOf("--") : -1
    super(end === -1 ? argv : argv.slice(0, end), config)
    this.passed = end === -1 ? [] : argv.slice(end + 1)
  }

  /** Whether a supervisor is known to live, or was started by this command. */
  #isAttended = false

  abstract override run(): Promise<object>

  /** The style of results. */
  protected get style(): Style {
    return styleOf(process.stdout)
  }

  /** Prints a result for people; nothing with `--json`. */
  protected print(text: string): void {
    if (!this.jsonEnabled()) process.stdout.write(`${text}\n`)
  }

  /** Tells how things go, on standard error. */
  protected say(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  /** Runs an effect with all services of this process; its failure is thrown as it is. */
  protected async effect<A, E>(effect: Effect.Effect<A, E, Services>, running: Running = {}): Promise<A> {
    const [{ attendQuietly, reminder }, { layer }, { surroundings }, { layer: log }, { HostKeyPolicy }] =
      await Promise.all([
        import("./attend.ts"),
        import("./layers.ts"),
        import("./dryRun.ts"),
        import("./log.ts"),
        import("@runctl/remote/Ssh")
      ])
    const around = surroundings(running.isDryRun === true)
    const services = Layer.provide(layer(running.isOffline !== true), around.layer)
    const isInsecure = running.isInsecure === true
    if (isInsecure) this.say(styleOf(process.stderr).red(insecureWarning))
    const attend = Effect.suspend(() =>
      this.#isAttended
        ? Effect.void
        : Effect.map(attendQuietly, (attended) => {
            this.#isAttended = attended === "running" || attended === "started"
          })
    )
    const remind = Effect.map(reminder, (line) => {
      if (line !== undefined) this.say(line)
    })
    const program = Effect.provide(beside(running, effect, { attend, remind }), Layer.provideMerge(services, log)).pipe(
      // Around the layers too: what opens machines later still goes by it.
      Effect.provideService(HostKeyPolicy, isInsecure ? "insecure" : "verify")
    )
    const controller = new AbortController()
    const giveBack = take(() => controller.abort())
    const keepAlive = setInterval(() => {}, longest)
    try {
      const exit = await Effect.runPromiseExit(program, { signal: controller.signal })
      if (Exit.isSuccess(exit)) return exit.value
      throw thrown(exit.cause)
    } finally {
      clearInterval(keepAlive)
      giveBack()
      around.end()
    }
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`)
  }

  protected override async catch(error: unknown): Promise<void> {
    report(parseFailure(error)?.failure ?? failureOf(error), { json: this.jsonEnabled() })
  }
}

/**
 * What goes on beside a command. One that asks providers may take hours, and may leave something behind: so it looks
 * twice. One that asks nobody says at its end what waits.
 */
const beside = <A, E, R, R2>(
  { isAttentive, isDryRun, isOffline }: Running,
  effect: Effect.Effect<A, E, R>,
  {
    attend,
    remind
  }: { readonly attend: Effect.Effect<void, never, R2>; readonly remind: Effect.Effect<void, never, R2> }
): Effect.Effect<A, E, R | R2> => {
  if (isDryRun === true || isAttentive === true) return effect
  if (isOffline === true) return Effect.tap(effect, () => remind)
  return Effect.andThen(Effect.forkChild(attend), effect).pipe(Effect.ensuring(attend))
}

/** The one thing to report of everything that went wrong. */
const thrown = (cause: Cause.Cause<unknown>): unknown => {
  const failure = Cause.findErrorOption(cause)
  if (Option.isSome(failure)) return failure.value
  return Cause.hasInterruptsOnly(cause) ? fail("RUNCTL_E_CANCELLED", "interrupted") : Cause.squash(cause)
}
