import * as Recovery from "@runctl/runtime/Recovery"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { dryRun } from "../../flags.ts"
import type { RecoverOutput } from "../../output/orphans.ts"
import { renderRecover } from "../../render/orphans.ts"
import { exitFor, supervision } from "../../survey.ts"
import { viewPending, viewRecovered } from "../../views/orphans.ts"

export { RecoverOutput as Output } from "../../output/orphans.ts"

const recovered = (isDryRun: boolean) =>
  Effect.gen(function* () {
    const { open, pending } = yield* Recovery.look()
    const done = isDryRun ? [] : yield* Recovery.goOnAll(pending)
    const now = Date.now()
    const output: RecoverOutput = {
      dryRun: isDryRun,
      steps: isDryRun ? pending.map((each) => viewPending(each, now)) : done.map((each) => viewRecovered(each, now)),
      runs: open.length,
      supervisor: yield* supervision(isDryRun)
    }
    return output
  })

export default class ResourcesRecover extends BaseCommand {
  static override summary = "go on with what was left half done: requests without an answer, ends that were begun"
  static override description = `Finds out what became of every machine that was asked for and not heard of, ends what is past its deadline or was to be ended, and starts a supervisor for what is open. What somebody is at already is left to them.

Ends with 6 when something could not be done: it stays recorded, and whoever comes next goes on.`
  static override examples = [
    { description: "After a crash", command: "<%= config.bin %> <%= command.id %>" },
    { description: "Only look", command: "<%= config.bin %> <%= command.id %> --dry-run --json" }
  ]
  static override flags = { "dry-run": dryRun }

  async run(): Promise<RecoverOutput> {
    const { flags } = await this.parse(ResourcesRecover)
    const isDryRun = flags["dry-run"]
    const output = await this.effect(recovered(isDryRun), { isDryRun, isAttentive: true })
    process.exitCode = exitFor(output.steps.every(({ outcome }) => outcome !== "failed"))
    this.print(renderRecover(output, this.style))
    return output
  }
}
