import * as Recovery from "@runctl/runtime/Recovery"
import * as Orphans from "@runctl/runtime/Orphans"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { allTargets, factsOf, foretold, isProven, type Target } from "../cleanup.ts"
import { dryRun, providersFlag } from "../flags.ts"
import type { SweepOutput } from "../output/orphans.ts"
import { renderFailures, renderSweep } from "../render/orphans.ts"
import { styleOf } from "../render/style.ts"
import { askedNames, exitFor, recover, supervision, survey } from "../survey.ts"
import { othersIn, viewOrphan, viewPending, viewRecovered } from "../views/orphans.ts"

export { SweepOutput as Output } from "../output/orphans.ts"

/** What waits, and what is left alone: companions are not worth a word until they go. */
const rest = (targets: ReadonlyArray<Target>, now: number): Pick<SweepOutput, "waiting" | "leftAlone"> => ({
  waiting: targets.filter(isProven).flatMap((target) => {
    const { after, id, standing } = factsOf(target, now)
    return after === null ? [] : [{ id, standing, after }]
  }),
  leftAlone: targets.flatMap((target) => {
    if (target._tag === "Companion" || isProven(target)) return []
    const { resource, standing, why } = viewOrphan(target.finding, now)
    return [{ id: resource.id, standing, why }]
  })
})

const plainFailures = (failures: SweepOutput["failures"]): SweepOutput["failures"] =>
  failures.map(({ message, provider }) => ({ message, provider }))

/** Only looks. */
const foreseen = Effect.fnUntraced(function* (named: ReadonlyArray<string> | undefined) {
  const { pending } = yield* Recovery.look()
  const { orphans, seen } = yield* survey(named)
  const now = Date.now()
  const targets = allTargets(orphans)
  const ended = targets.filter(
    (target) => target.finding._tag !== "Unused" && foretold(target, false, now).outcome === "planned"
  )
  const output: SweepOutput = {
    dryRun: true,
    asked: seen.asked,
    seen: seen.findings.length,
    others: othersIn(seen),
    steps: pending.map((each) => viewPending(each, now)),
    ended: ended.map((target) => factsOf(target, now).id),
    ...rest(
      targets.filter((target) => !ended.includes(target)),
      now
    ),
    supervisor: yield* supervision(true),
    failures: plainFailures(seen.failures)
  }
  return output
})

/** Goes on with what waits, looks, ends what may be ended, and goes on with what that has begun. */
const swept = Effect.fnUntraced(function* (named: ReadonlyArray<string> | undefined) {
  const names = yield* askedNames(named)
  const before = yield* recover
  const { ended, failures, survey: seen } = yield* (yield* Sweeper).sweep({ by: "command", providers: names })
  const after = yield* recover
  const orphans = Orphans.among(seen)
  const now = Date.now()
  const gone = new Set(ended)
  const steps = new Map([...before, ...after].map((each) => [each.pending.record.mark.key, each]))
  const output: SweepOutput = {
    dryRun: false,
    asked: seen.asked,
    seen: seen.findings.length,
    others: othersIn(seen),
    steps: [...steps.values()].map((each) => viewRecovered(each, now)),
    ended,
    ...rest(
      allTargets(orphans).filter((target) => !gone.has(factsOf(target, now).id)),
      now
    ),
    supervisor: yield* supervision(false),
    failures: plainFailures([...seen.failures, ...failures])
  }
  return output
})

export default class Sweep extends BaseCommand {
  static override summary = "end what should not be there, and go on with what was left half done"
  static override description = `Everything that a supervisor does about forgotten machines, once, in the foreground: for cron or a systemd timer on a computer that is on, so that a machine ends although everything else here has died. Asks the providers that have credentials, and those that may have machines of yours. What is ended is provably yours, and was seen twice over five minutes; everything else is named and left alone.

Ends with 0 when everybody was asked and everything done, with 6 otherwise.`
  static override examples = [
    { description: "Once", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "What it would do at one provider",
      command: "<%= config.bin %> <%= command.id %> --provider local --dry-run"
    }
  ]
  static override flags = { provider: providersFlag, "dry-run": dryRun }

  async run(): Promise<SweepOutput> {
    const { flags } = await this.parse(Sweep)
    const isDryRun = flags["dry-run"]
    const { provider } = flags
    const output = await this.effect(isDryRun ? foreseen(provider) : swept(provider), { isDryRun, isAttentive: true })
    const isWhole = output.failures.length === 0 && output.steps.every(({ outcome }) => outcome !== "failed")
    process.exitCode = exitFor(isWhole)
    this.print(renderSweep(output, this.style, Date.now()))
    // Of all that it prints, only this is worth a mail of cron's.
    for (const line of renderFailures(output.failures, styleOf(process.stderr))) this.say(line)
    return output
  }
}
