import * as Flags from "@oclif/core/flags"
import { defaults } from "@runctl/core/Defaults"
import { Resources } from "@runctl/runtime/Resources"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { BaseCommand } from "../BaseCommand.ts"
import { canAsk, confirm } from "../confirm.ts"
import { fail } from "../errors/Failure.ts"
import { dryRun, limitFlags, optionalWord, rentFlags, yes } from "../flags.ts"
import { liveMachine } from "../lookup.ts"
import type { CreateOutput } from "../output/train.ts"
import { renderPlan } from "../render/plan.ts"
import { styleOf } from "../render/style.ts"
import { here, load } from "../settings/load.ts"
import { bounds } from "../train/limits.ts"
import { rentOf } from "../train/placement.ts"
import { makePlan } from "../train/plan.ts"
import { distinct, nameFor } from "../train/spec.ts"
import { viewAnswer } from "../views/list.ts"
import { viewPlan } from "../views/plan.ts"

export { CreateOutput as Output } from "../output/train.ts"

export default class Create extends BaseCommand {
  static override summary = "rent a machine and keep it until its deadline"
  static override description =
    "Prints the machine's id. It is ended at its deadline, whatever happens; `runctl extend` moves that, `runctl terminate` ends it sooner."
  static override examples = [
    { description: "A machine on this computer", command: "<%= config.bin %> <%= command.id %> --provider local" },
    {
      description: "Two H100 for at most four hours",
      command: "<%= config.bin %> <%= command.id %> --provider any --gpu H100 --gpus 2 --max-hours 4"
    }
  ]
  static override args = { type: optionalWord("instance type, in the provider's words") }
  static override flags = {
    ...rentFlags,
    ...limitFlags,
    name: Flags.string({ summary: "label of the machine", helpValue: "NAME" }),
    "dry-run": dryRun,
    yes
  }

  async run(): Promise<CreateOutput> {
    const { args, flags } = await this.parse(Create)
    const { settings } = load(here())
    const now = Date.now()
    const limits = bounds({ budget: flags.budget, maxHours: flags["max-hours"] }, settings, distinct(10), new Date(now))
    const rent = rentOf(flags, settings.provider ?? "local", args.type)
    const planned = await this.effect(makePlan(rent, limits, now), { isDryRun: flags["dry-run"] })
    if (planned.plan === undefined) throw fail("RUNCTL_E_BUG", "a rent has no plan")
    const plan = viewPlan(planned.plan, planned.limits.deadlineAt)
    if (flags["dry-run"]) {
      this.print(renderPlan(plan, this.style, now))
      return { dryRun: true, plan, resource: null }
    }
    this.say(renderPlan(plan, styleOf(process.stderr), now))
    if (plan.worstCaseUsd !== 0 && !flags.yes && canAsk()) await confirm("Rent it?")
    const label = flags.name === undefined ? undefined : nameFor(flags.name, "")
    const view = await this.effect(
      Effect.gen(function* () {
        const resources = yield* Resources
        const record = yield* resources.create({ rent, limits: planned.limits, label, run: undefined })
        return yield* Effect.repeat(liveMachine(record.mark.key), {
          until: ({ resource }) => resource?.state._tag !== "Starting",
          schedule: Schedule.spaced(defaults.statusPollFirst)
        })
      })
    )
    const resource = viewAnswer(view, Date.now())
    this.print(resource.id)
    return { dryRun: false, plan, resource }
  }
}
