import * as Flags from "@oclif/core/flags"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { existsSync, rmSync } from "node:fs"
import { BaseCommand } from "../../BaseCommand.ts"
import { dryRun, word } from "../../flags.ts"
import type { PruneOutput } from "../../output/checkpoints.ts"
import { renderCheckpoints } from "../../render/checkpoints.ts"
import { bytes, count } from "../../render/units.ts"
import { viewCheckpoints } from "../../views/checkpoints.ts"

export { PruneOutput as Output } from "../../output/checkpoints.ts"

export default class CheckpointsPrune extends BaseCommand {
  static override summary = "remove a run's older checkpoints from this computer"
  static override description = "The newest ones stay, at least one: it is what the run is resumed from."
  static override examples = [
    { description: "Keep the last three", command: "<%= config.bin %> <%= command.id %> train-k3f9 --keep 3" }
  ]
  static override args = { id: word("run, by id, the beginning of one, or name") }
  static override flags = {
    keep: Flags.integer({ summary: "how many to keep", helpValue: "N", default: 1, min: 1 }),
    "dry-run": dryRun
  }

  async run(): Promise<PruneOutput> {
    const { args, flags } = await this.parse(CheckpointsPrune)
    const isDryRun = flags["dry-run"]
    const run = await this.effect(
      Effect.flatMap(Runs, (runs) => runs.get(args.id)),
      { isDryRun }
    )
    const present = viewCheckpoints(run, existsSync).filter(({ exists }) => exists)
    const kept = present.slice(0, flags.keep)
    const removed = present.slice(flags.keep)
    if (!isDryRun) for (const { local } of removed) rmSync(local, { recursive: true, force: true })
    const size = bytes(removed.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0))
    this.print(`${isDryRun ? "would remove" : "removed"} ${count(removed.length, "checkpoint")} (${size})`)
    if (removed.length > 0 && isDryRun) this.print(renderCheckpoints(removed, this.style, Date.now()))
    return { dryRun: isDryRun, removed: removed.map((each) => ({ ...each, exists: isDryRun })), kept }
  }
}
