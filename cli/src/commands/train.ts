import * as Flags from "@oclif/core/flags"
import { codes } from "@runctl/runtime/ProviderCalls"
import { Runs } from "@runctl/runtime/Runs"
import type { Placement, RunSpec } from "@runctl/runtime/Event"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { exits } from "../errors/codes.ts"
import { dryRun, limitFlags, rentFlags, toggle, word, yes } from "../flags.ts"
import { signals } from "../follow/signals.ts"
import { accompany, type Outcome } from "../follow/accompany.ts"
import { presenter } from "../follow/Presenter.ts"
import { detachedWords, leftWords, requestedWords } from "../follow/words.ts"
import type { PlanView, TrainOutput } from "../output/train.ts"
import { exitOfRun, renderEnding } from "../render/ending.ts"
import { renderPlan } from "../render/plan.ts"
import { styleOf } from "../render/style.ts"
import { here, load } from "../settings/load.ts"
import { supervisorReads } from "../settings/places.ts"
import { unheeded } from "../settings/unheeded.ts"
import { agree, agreeAgain, agreed, isAttended, isDearer } from "../train/agreeing.ts"
import { variables } from "../train/environment.ts"
import { bounds } from "../train/limits.ts"
import { placementOn } from "../train/machine.ts"
import { shield } from "../train/outputs.ts"
import { refuseRentFlags, rentOf } from "../train/placement.ts"
import { makePlan, type Planned } from "../train/plan.ts"
import { unnamedProvider } from "../train/provider.ts"
import { resumable } from "../train/resume.ts"
import { findProject } from "../train/script.ts"
import { distinct, type Draft, draft, specOf } from "../train/spec.ts"
import { viewPlan } from "../views/plan.ts"
import { viewRun } from "../views/run.ts"

export { TrainOutput as Output } from "../output/train.ts"

/** Whether a run found its price moved before it had a machine. */
const hasMoved = ({ _tag, run }: Outcome): boolean =>
  _tag === "Over" && run.problem?.code === codes.PriceTooLow && run.startedAt === undefined

export default class Train extends BaseCommand {
  static override takesArguments = true
  static override summary = "train a script: rent a machine, run it there, bring the results home, end the machine"
  static override description = `The current folder is brought to the machine, without what .gitignore and .runctlignore name. The script's own output goes to standard output, everything else to standard error. New and changed files come back into ./runctl-outputs/NAME.

Once the job has started, Ctrl-C leaves it running and says how to return; a second one ends it.`
  static override examples = [
    { description: "On this computer", command: "<%= config.bin %> <%= command.id %> train.py" },
    {
      description: "On the cheapest H100 that may be interrupted, for at most 20 dollars",
      command: "<%= config.bin %> <%= command.id %> train.py --provider any --gpu H100 --spot --budget 20"
    },
    {
      description: "The same when no such machine is left anywhere at the lower price: one at the full price",
      command: "<%= config.bin %> <%= command.id %> train.py --gpu H100 --spot --on-demand-fallback --budget 20"
    },
    {
      description: "With arguments, a secret from the environment, and no waiting",
      command: "<%= config.bin %> <%= command.id %> train.py --env HF_TOKEN --detach -- --epochs 40"
    },
    {
      description: "Go on from the last checkpoint of another run",
      command: "<%= config.bin %> <%= command.id %> train.py --resume train-k3f9"
    },
    {
      description: "The same on another cloud",
      command: "<%= config.bin %> <%= command.id %> train.py --resume train-k3f9 --provider digitalocean"
    }
  ]
  static override args = { script: word("script to run: .py, .js, .mjs, .ts, .sh, or an executable with #!") }
  static override flags = {
    on: Flags.string({
      summary: "train on this machine instead of renting one",
      helpValue: "ID",
      helpGroup: "machine"
    }),
    ...rentFlags,
    ...limitFlags,
    env: Flags.string({
      summary: "variable for the script: NAME takes a secret from the environment, K=V is recorded",
      helpValue: "NAME|K=V",
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: "job"
    }),
    "env-file": Flags.string({
      summary: "file with secret variables",
      helpValue: "FILE",
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: "job"
    }),
    data: Flags.string({
      summary: "data to bring along: a path, https://…#sha256=…, or s3://…",
      helpValue: "URI",
      helpGroup: "job"
    }),
    out: Flags.string({ summary: "folder for the outputs", helpValue: "DIR", helpGroup: "job" }),
    "output-dest": Flags.string({ summary: "the same, as an address", helpValue: "URI", helpGroup: "job" }),
    "checkpoint-dir": Flags.string({
      summary: "folder of the project that holds checkpoints",
      helpValue: "DIR",
      helpGroup: "job"
    }),
    resume: Flags.string({ summary: "go on from this run's newest checkpoint", helpValue: "RUN", helpGroup: "job" }),
    name: Flags.string({ summary: "name of the run", helpValue: "NAME", helpGroup: "job" }),
    notify: Flags.string({
      summary: "tell this address or command when it ends",
      helpValue: "URL|CMD",
      helpGroup: "job"
    }),
    keep: toggle({ summary: "keep the machine afterwards" }),
    detach: toggle({ char: "d", summary: "do not wait for the run" }),
    "dry-run": dryRun,
    yes
  }

  async run(): Promise<TrainOutput> {
    const { args, flags } = await this.parse(Train)
    const { cwd, env } = here()
    const loaded = load(here())
    const { settings } = loaded
    if (flags.on !== undefined) refuseRentFlags(flags)
    const notify = flags.notify ?? settings.notify
    const given = variables({ env: flags.env ?? [], files: flags["env-file"] ?? [] }, env, cwd)
    const project = findProject(args.script, cwd)
    const now = Date.now()
    const limits = bounds({ budget: flags.budget, maxHours: flags["max-hours"] }, settings, distinct(10), new Date(now))
    const rent = rentOf(flags, unnamedProvider(loaded, flags))
    draft({ project, args: this.passed, flags, variables: given, notify, resumeOf: undefined, cwd })

    const looked = await this.effect(
      Effect.gen(function* () {
        const resumeOf = flags.resume === undefined ? undefined : yield* resumable(flags.resume)
        const placement: Placement = flags.on === undefined ? rent : yield* placementOn(flags.on)
        return { resumeOf, placement, planned: yield* makePlan(placement, limits, now) }
      }),
      { isDryRun: flags["dry-run"] }
    )
    const { placement, resumeOf } = looked
    let { planned } = looked
    let plan = this.#tellPlan(planned, flags["dry-run"], now)
    if (flags["dry-run"]) return { dryRun: true, plan, run: null }
    const doubt = placement._tag === "Rent" ? unheeded(loaded, placement.provider, supervisorReads(env)) : undefined
    if (doubt !== undefined) this.say(`Warning: ${doubt}`)
    await agree(planned, flags.yes)

    const ready = draft({ project, args: this.passed, flags, variables: given, notify, resumeOf, cwd })
    if (ready.job.outputDest !== undefined) shield(cwd, ready.job.outputDest)
    const asks = isAttended(flags)
    const asksAgain = (last: Outcome): boolean => asks && hasMoved(last)
    let outcome = await this.#follow(
      ready,
      specOf(ready, agreed(placement, planned, flags.yes), planned, asks),
      flags.detach
    )
    while (asksAgain(outcome)) {
      const before = planned
      planned = await this.effect(makePlan(placement, limits, Date.now()))
      // What is listed is not always what is asked: then the refusal knows the price, and asking again would not.
      if (!isDearer(before, planned)) break
      plan = this.#tellPlan(planned, false, Date.now())
      await agreeAgain(before, planned, rent)
      outcome = await this.#follow(
        ready,
        specOf(ready, agreed(placement, planned, flags.yes), planned, asks),
        flags.detach
      )
    }
    return this.#conclude(outcome, plan, flags.detach)
  }

  /** Hands the run over, and shows it to its end or until we leave. */
  async #follow(ready: Draft, spec: RunSpec, isDetached: boolean): Promise<Outcome> {
    const style = styleOf(process.stderr)
    const log = this.jsonEnabled() ? process.stderr : process.stdout
    const isTerminal = process.stderr.isTTY
    return this.effect(
      Effect.gen(function* () {
        const runs = yield* Runs
        const queue = yield* signals
        const run = yield* runs.request(spec, ready.handed)
        if (isDetached) {
          const left: Outcome = { _tag: "Left", run }
          return left
        }
        yield* requestedWords(run, style)
        const shown = presenter({ log, progress: process.stderr, style })
        const words = { detached: detachedWords(style), left: leftWords(style) }
        return yield* accompany(run, shown, { handed: ready.handed, isTerminal, words, queue })
      }).pipe(Effect.scoped)
    )
  }

  /** As it was when it was made, however long the look at the clouds has taken. */
  #tellPlan(planned: Planned, isResult: boolean, now: number): PlanView | null {
    if (planned.plan === undefined) return null
    const plan = viewPlan(planned.plan, planned)
    const text = renderPlan(plan, isResult ? this.style : styleOf(process.stderr), now)
    if (isResult) this.print(text)
    else this.say(text)
    return plan
  }

  #conclude(outcome: Outcome, plan: PlanView | null, isDetached: boolean): TrainOutput {
    const run = viewRun(outcome.run, Date.now())
    const output: TrainOutput = { dryRun: false, plan, run }
    if (outcome._tag === "Left") {
      if (isDetached) this.print(run.id)
      if (isDetached) this.say(`The run goes on by itself. Follow it: runctl monitor ${run.name} --follow`)
      else process.exitCode = exits.interrupted
      return output
    }
    this.say(renderEnding(run, styleOf(process.stderr), process.cwd()))
    process.exitCode = exitOfRun(run)
    return output
  }
}
