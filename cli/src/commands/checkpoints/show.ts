import { didYouMean } from "@runctl/core/Nearest"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { BaseCommand } from "../../BaseCommand.ts"
import { usage } from "../../errors/Failure.ts"
import { optionalWord, word } from "../../flags.ts"
import type { CheckpointOutput } from "../../output/checkpoints.ts"
import { fields } from "../../render/table.ts"
import { bytes } from "../../render/units.ts"
import { viewCheckpoints } from "../../views/checkpoints.ts"

export { CheckpointOutput as Output } from "../../output/checkpoints.ts"

export default class CheckpointsShow extends BaseCommand {
  static override summary = "show one checkpoint and where its file is"
  static override examples = [
    { description: "The newest one", command: "<%= config.bin %> <%= command.id %> train-k3f9" },
    { description: "A certain one", command: "<%= config.bin %> <%= command.id %> train-k3f9 step-200.json" }
  ]
  static override args = {
    id: word("run, by id, the beginning of one, or name"),
    path: optionalWord("checkpoint; the newest when absent")
  }

  async run(): Promise<CheckpointOutput> {
    const { args } = await this.parse(CheckpointsShow)
    const run = await this.effect(Effect.flatMap(Runs, (runs) => runs.get(args.id)))
    const all = viewCheckpoints(run, existsSync)
    const checkpoint = args.path === undefined ? all[0] : all.find(({ path }) => path === args.path)
    if (checkpoint === undefined) {
      const paths = all.map(({ path }) => path)
      throw usage(
        args.path === undefined
          ? `the run ${run.spec.name} has no checkpoint`
          : `the run ${run.spec.name} has no checkpoint "${args.path}".${didYouMean(args.path, paths)}`
      )
    }
    this.print(
      fields(
        [
          ["run", `${checkpoint.name} (${checkpoint.run})`],
          ["checkpoint", checkpoint.path],
          ["attempt", String(checkpoint.attempt)],
          ["saved", checkpoint.savedAt],
          ["size", bytes(checkpoint.bytes)],
          ["file", checkpoint.exists ? checkpoint.local : "removed"]
        ],
        this.style
      )
    )
    return { checkpoint }
  }
}
