import * as Flags from "@oclif/core/flags"
import { defaults } from "@runctl/core/Defaults"
import type { Tried } from "@runctl/runtime/Event"
import type { Rent } from "@runctl/runtime/Placement"
import { isPriceMoved } from "@runctl/runtime/PriceMoved"
import { Resources, type ResourceView as View } from "@runctl/runtime/Resources"
import { SupervisorClient } from "@runctl/runtime/SupervisorClient"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { BaseCommand } from "../BaseCommand.ts"
import { fail } from "../errors/Failure.ts"
import { dryRun, limitFlags, optionalWord, rentFlags, yes } from "../flags.ts"
import { liveMachine } from "../lookup.ts"
import type { CreateOutput, PlanView } from "../output/train.ts"
import type { TriedView } from "../output/tried.ts"
import { renderPlan } from "../render/plan.ts"
import { styleOf } from "../render/style.ts"
import { renderTried } from "../render/tried.ts"
import { here, load } from "../settings/load.ts"
import { agree, agreeAgain, agreed, isAttended, isDearer } from "../train/agreeing.ts"
import { bounds } from "../train/limits.ts"
import { rentOf } from "../train/placement.ts"
import { makePlan, type Planned } from "../train/plan.ts"
import { unnamedProvider } from "../train/provider.ts"
import { distinct, nameFor } from "../train/spec.ts"
import { viewAnswer } from "../views/list.ts"
import { viewPlan } from "../views/plan.ts"
import { viewTried } from "../views/tried.ts"

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

  readonly #tried: Array<TriedView> = []

  async run(): Promise<CreateOutput> {
    const { args, flags } = await this.parse(Create)
    const loaded = load(here())
    const { settings } = loaded
    const now = Date.now()
    const limits = bounds({ budget: flags.budget, maxHours: flags["max-hours"] }, settings, distinct(10), new Date(now))
    const rent = rentOf(flags, unnamedProvider(loaded, flags, args.type), args.type)
    const look = async (): Promise<{ readonly planned: Planned; readonly plan: PlanView }> => {
      const planned = await this.effect(makePlan(rent, limits, Date.now()), { isDryRun: flags["dry-run"] })
      if (planned.plan === undefined) throw fail("RUNCTL_E_BUG", "a rent has no plan")
      return { planned, plan: viewPlan(planned.plan, planned) }
    }
    let { plan, planned } = await look()
    if (flags["dry-run"]) {
      this.print(renderPlan(plan, this.style, now))
      return { dryRun: true, plan, resource: null, tried: [] }
    }
    this.say(renderPlan(plan, styleOf(process.stderr), now))
    await agree(planned, flags.yes)
    const asks = isAttended(flags)
    const label = flags.name === undefined ? undefined : nameFor(flags.name, "")
    let rented = await this.#rent(agreed(rent, planned, flags.yes), planned, label, asks)
    while ("moved" in rented) {
      const before = planned
      ;({ plan, planned } = await look())
      // What is listed is not always what is asked: then the refusal knows the price, and asking again would not.
      if (!isDearer(before, planned)) throw rented.moved
      this.say(renderPlan(plan, styleOf(process.stderr), Date.now()))
      await agreeAgain(before, planned, rent)
      rented = await this.#rent(agreed(rent, planned, flags.yes), planned, label, asks)
    }
    const { view } = rented
    const resource = viewAnswer(view, Date.now())
    this.print(resource.id)
    return { dryRun: false, plan, resource, tried: this.#tried }
  }

  #tell(tried: Tried): void {
    const view = viewTried({ ...tried, attempt: 1, at: Date.now() })
    this.#tried.push(view)
    this.say(renderTried(view))
  }

  /** The machine once it is up, or that its price has moved where somebody is there to be asked. */
  async #rent(
    rent: Rent,
    { limits, plan }: Planned,
    label: string | undefined,
    asks: boolean
  ): Promise<{ readonly view: View } | { readonly moved: unknown }> {
    const tell = (each: Tried) => Effect.sync(() => this.#tell(each))
    return this.effect(
      Effect.gen(function* () {
        const resources = yield* Resources
        // What costs money is looked after from the start: deadlines, and budgets as prices move.
        if (plan?.worstCaseNanoUsd !== 0) yield* Effect.flatMap(SupervisorClient, ({ ensure }) => ensure)
        const record = yield* resources.create({ rent, limits, label, run: undefined, asksAboutPrice: asks, tell })
        const view = yield* Effect.repeat(liveMachine(record.mark.key), {
          until: ({ resource }) => resource?.state._tag !== "Starting",
          schedule: Schedule.spaced(defaults.statusPollFirst)
        })
        return { view }
      }).pipe(
        Effect.catchIf(
          (error) => asks && isPriceMoved(error),
          (moved) => Effect.succeed({ moved })
        )
      )
    )
  }
}
