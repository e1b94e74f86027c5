import * as Flags from "@oclif/core/flags"
import * as Orphans from "@runctl/runtime/Orphans"
import { UnknownResource } from "@runctl/runtime/RuntimeError"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { canAsk, confirm } from "../../confirm.ts"
import { fail } from "../../errors/Failure.ts"
import { dryRun, word, yes } from "../../flags.ts"
import type { AdoptOutput } from "../../output/orphans.ts"
import { renderResource } from "../../render/resources.ts"
import { styleOf } from "../../render/style.ts"
import { usdPerHour } from "../../render/units.ts"
import { couldNotAsk, providersOf, survey } from "../../survey.ts"
import { hours } from "../../train/limits.ts"
import { viewRecord, viewResource } from "../../views/resource.ts"

export { AdoptOutput as Output } from "../../output/orphans.ts"

/** The machine that is meant, and until when it would be ours; fails where it cannot be taken over. */
const candidate = Effect.fnUntraced(function* (wanted: string, lives: number | undefined) {
  const { seen } = yield* survey(providersOf([wanted]))
  const finding = Orphans.called(seen.findings, wanted)
  if (finding === undefined) {
    const known = seen.findings.map(({ resource }): string => resource.id)
    return yield* couldNotAsk(seen.failures) ?? new UnknownResource({ id: wanted, known })
  }
  const until = Orphans.adoptable(finding, lives, Date.now())
  return typeof until === "number" ? { finding, until } : yield* until
})

export default class ResourcesAdopt extends BaseCommand {
  static override summary = "take over a machine of your owner that another installation rented"
  static override description =
    "From then on it is this installation's: it is listed, used, and ended at its deadline. Another owner's machine is refused. A machine without a deadline, or past it, needs --max-hours. Make sure that the other installation is gone: of two that have a machine, either may end it."
  static override examples = [
    {
      description: "A machine of a computer that is lost",
      command: "<%= config.bin %> <%= command.id %> digitalocean/fra1/512345678"
    },
    {
      description: "For four hours from now",
      command: "<%= config.bin %> <%= command.id %> digitalocean/fra1/512345678 --max-hours 4 --yes"
    }
  ]
  static override args = { id: word("machine, by id or name") }
  static override flags = {
    "max-hours": Flags.string({ summary: "give it so much time from now on", helpValue: "HOURS" }),
    "dry-run": dryRun,
    yes
  }

  async run(): Promise<AdoptOutput> {
    const { args, flags } = await this.parse(ResourcesAdopt)
    const given = hours("--max-hours", flags["max-hours"])
    const lives = given === undefined ? undefined : given * 3_600_000
    const { finding, until } = await this.effect(candidate(args.id, lives), { isDryRun: true })
    const { resource } = finding
    const shown = { ...viewResource(resource, "elsewhere"), deadline: new Date(until).toISOString() }
    if (flags["dry-run"]) {
      this.print(`would take over\n${renderResource(shown, this.style, Date.now())}`)
      return { dryRun: true, resource: shown }
    }
    if (!flags.yes) {
      const what = `${resource.id} costs ${usdPerHour(resource.costPerHour)} and would be yours until ${shown.deadline}`
      if (!canAsk()) throw fail("RUNCTL_E_NEEDS_CONFIRMATION", what)
      this.say(renderResource(shown, styleOf(process.stderr), Date.now()))
      await confirm(`${what}. Take it over?`)
    }
    const record = await this.effect(Orphans.adopt(finding, lives))
    const now = Date.now()
    const adopted = viewRecord(record, now, resource.state)
    this.print(renderResource(adopted, this.style, now))
    return { dryRun: false, resource: adopted }
  }
}
