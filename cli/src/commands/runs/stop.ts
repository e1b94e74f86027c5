import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { BaseCommand } from "../../BaseCommand.ts"
import { dryRun, toggle, word } from "../../flags.ts"
import { show } from "../../follow/accompany.ts"
import { untilSignal } from "../../follow/leaveOnSignal.ts"
import { presenter } from "../../follow/Presenter.ts"
import type { RunOutput } from "../../output/runs.ts"
import { renderRun } from "../../render/runs.ts"
import { styleOf } from "../../render/style.ts"
import { viewRun } from "../../views/run.ts"

export { RunOutput as Output } from "../../output/runs.ts"

export default class RunsStop extends BaseCommand {
  static override summary = "end a run: its script may save its work first"
  static override description =
    "The script gets SIGTERM, and is killed when its grace is over. Its outputs come home, and its machine is ended."
  static override examples = [
    {
      description: "End it and wait until its machine is gone",
      command: "<%= config.bin %> <%= command.id %> train-k3f9"
    }
  ]
  static override args = { id: word("run, by id, the beginning of one, or name") }
  static override flags = { detach: toggle({ char: "d", summary: "do not wait for the end" }), "dry-run": dryRun }

  async run(): Promise<RunOutput> {
    const { args, flags } = await this.parse(RunsStop)
    const shown = presenter({ log: undefined, progress: process.stderr, style: styleOf(process.stderr) })
    const record = await this.effect(
      Effect.gen(function* () {
        const runs = yield* Runs
        if (flags["dry-run"]) return yield* runs.get(args.id)
        const run = yield* runs.cancel(args.id)
        return flags.detach ? run : ((yield* untilSignal(show(run, shown))) ?? run)
      }),
      { isDryRun: flags["dry-run"], isOffline: true }
    )
    const now = Date.now()
    const run = viewRun(record, now)
    if (flags["dry-run"]) this.say(`would end ${run.name} (${run.id}), which is ${run.state}`)
    else this.print(renderRun(run, this.style, now))
    return { run }
  }
}
