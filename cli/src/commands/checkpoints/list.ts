import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { BaseCommand } from "../../BaseCommand.ts"
import { optionalWord } from "../../flags.ts"
import type { CheckpointsOutput } from "../../output/checkpoints.ts"
import { renderCheckpoints } from "../../render/checkpoints.ts"
import { viewCheckpoints } from "../../views/checkpoints.ts"

export { CheckpointsOutput as Output } from "../../output/checkpoints.ts"

export default class CheckpointsList extends BaseCommand {
  static override summary = "list the checkpoints that were brought home, newest first"
  static override examples = [{ description: "Of one run", command: "<%= config.bin %> <%= command.id %> train-k3f9" }]
  static override args = { id: optionalWord("run, by id, the beginning of one, or name") }

  async run(): Promise<CheckpointsOutput> {
    const { args } = await this.parse(CheckpointsList)
    const { id } = args
    const records = await this.effect(
      Effect.flatMap(Runs, (runs) => (id === undefined ? runs.list : Effect.map(runs.get(id), (run) => [run])))
    )
    const checkpoints = records.flatMap((run) => viewCheckpoints(run, existsSync))
    this.print(renderCheckpoints(checkpoints, this.style, Date.now()))
    return { checkpoints }
  }
}
