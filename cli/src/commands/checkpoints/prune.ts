import * as Flags from "@oclif/core/flags"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { existsSync, rmSync } from "node:fs"
import { BaseCommand } from "../../BaseCommand.ts"
import { canAsk, confirm } from "../../confirm.ts"
import { fail } from "../../errors/Failure.ts"
import { dryRun, word, yes } from "../../flags.ts"
import type { PruneOutput } from "../../output/checkpoints.ts"
import { renderCheckpoints } from "../../render/checkpoints.ts"
import { bytes, count } from "../../render/units.ts"
import { viewCheckpoints } from "../../views/checkpoints.ts"

export { PruneOutput as Output } from "../../output/checkpoints.ts"

export default class CheckpointsPrune extends BaseCommand {
  static override summary = "remove a run's older checkpoints from this computer"
  static override description = "The newest ones stay, at least one: it is what the run is resumed from."
  static override examples = [
    { description: "Keep the last three", command: "<%= config.bin %> <%= command.id %> train-k3f9 --keep 3 --yes" },
    { description: "See what would go", command: "<%= config.bin %> <%= command.id %> train-k3f9 --dry-run" }
  ]
  static override args = { id: word("run, by id, the beginning of one, or name") }
  static override flags = {
    keep: Flags.integer({ summary: "how many to keep", helpValue: "N", default: 1, min: 1 }),
    "dry-run": dryRun,
    yes
  }

  async run(): Promise<PruneOutput> {
    const { args, flags } = await this.parse(CheckpointsPrune)
    const isDryRun = flags["dry-run"]
    const run = await this.effect(
      Effect.flatMap(Runs, (runs) => runs.get(args.id)),
      { isDryRun, isOffline: true }
    )
    const present = viewCheckpoints(run, existsSync).filter(({ exists }) => exists)
    const kept = present.slice(0, flags.keep)
    // Two that were saved in the same second under the same name share a file.
    const needed = new Set(kept.map(({ local }) => local))
    const removed = present.slice(flags.keep).filter(({ local }) => !needed.has(local))
    const size = bytes(removed.reduce((sum, checkpoint) => sum + checkpoint.bytes, 0))
    const what = `${count(removed.length, "checkpoint")} (${size})`
    if (!isDryRun && !flags.yes && removed.length > 0) {
      if (!canAsk()) throw fail("RUNCTL_E_NEEDS_CONFIRMATION", `${what} of ${run.spec.name} would be removed for good`)
      await confirm(`Remove ${what} of ${run.spec.name} for good?`)
    }
    if (!isDryRun) for (const { local } of removed) rmSync(local, { recursive: true, force: true })
    this.print(`${isDryRun ? "would remove" : "removed"} ${what}`)
    if (removed.length > 0 && isDryRun) this.print(renderCheckpoints(removed, this.style, Date.now()))
    return { dryRun: isDryRun, removed: removed.map((each) => ({ ...each, exists: isDryRun })), kept }
  }
}
