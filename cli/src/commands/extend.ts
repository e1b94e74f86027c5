import { Resources } from "@runctl/runtime/Resources"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../BaseCommand.ts"
import { dryRun, word } from "../flags.ts"
import { type Found, runOn, runOrMachine } from "../lookup.ts"
import type { ExtendOutput } from "../output/extend.ts"
import { relative } from "../render/units.ts"
import { usage } from "../errors/Failure.ts"
import { time } from "../train/limits.ts"

export { ExtendOutput as Output } from "../output/extend.ts"

const deadlineOf = (found: Found): number | undefined =>
  found._tag === "Run" ? found.run.deadlineAt : found.view.record?.deadlineAt

/** Moves the deadline of a run and of the machine it is on: the machine first, which the money is reserved for. */
const move = Effect.fnUntraced(function* (found: Found, deadlineAt: number) {
  const runs = yield* Runs
  const resources = yield* Resources
  if (found._tag === "Machine") {
    yield* resources.extend(found.view.id, deadlineAt)
    const run = yield* runOn(found.view.id)
    if (run !== undefined) yield* runs.extend(run.id, deadlineAt)
    return found.view.id
  }
  const attempt = found.run.attempts.at(-1)
  if (attempt?.rented === true && attempt.key !== undefined) yield* resources.extend(attempt.key, deadlineAt)
  yield* runs.extend(found.run.id, deadlineAt)
  return found.run.id
})

export default class Extend extends BaseCommand {
  static override summary = "move the deadline of a run or a machine"
  static override description =
    "The time is added to the present deadline, and what it can cost is reserved in every budget first: where one cannot bear it, nothing is moved. Nothing else ever moves a deadline."
  static override examples = [
    { description: "Two hours more", command: "<%= config.bin %> <%= command.id %> train-k3f9 2h" }
  ]
  static override args = { id: word("run or machine, by id or name"), time: word("how much later: 90m, 2h, 1d") }
  static override flags = { "dry-run": dryRun }

  async run(): Promise<ExtendOutput> {
    const { args, flags } = await this.parse(Extend)
    const seconds = time("TIME", args.time)
    const isDryRun = flags["dry-run"]
    const moved = await this.effect(
      Effect.gen(function* () {
        const found = yield* runOrMachine(args.id)
        const before = deadlineOf(found)
        if (before === undefined) return yield* Effect.fail(usage(`${args.id} has no deadline of ours to move`))
        const after = before + seconds * 1000
        const id = isDryRun ? args.id : yield* move(found, after)
        return { id, before, after }
      }),
      { isDryRun }
    )
    const output: ExtendOutput = {
      id: moved.id,
      dryRun: isDryRun,
      before: new Date(moved.before).toISOString(),
      deadline: new Date(moved.after).toISOString()
    }
    this.print(`${isDryRun ? "would end" : "ends"} at ${output.deadline} (${relative(moved.after, Date.now())})`)
    return output
  }
}
