import * as Flags from "@oclif/core/flags"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BaseCommand } from "../../BaseCommand.ts"
import { toggle, word } from "../../flags.ts"
import { untilSignal } from "../../follow/leaveOnSignal.ts"
import { write } from "../../follow/output.ts"
import { runFor } from "../../lookup.ts"
import type { LogsOutput } from "../../output/logs.ts"

export { LogsOutput as Output } from "../../output/logs.ts"

export default class RunsLogs extends BaseCommand {
  static override summary = "print what a run's script has printed, byte for byte"
  static override examples = [
    { description: "All of it", command: "<%= config.bin %> <%= command.id %> train-k3f9 > train.log" },
    {
      description: "All of it, and what is still to come",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 --follow"
    },
    {
      description: "Go on where an earlier copy ended",
      command: "<%= config.bin %> <%= command.id %> train-k3f9 --from 1048576"
    }
  ]
  static override args = { id: word("run, by id, the beginning of one, or name; or the machine it is on") }
  static override flags = {
    follow: toggle({ char: "f", summary: "wait for what is still to come" }),
    from: Flags.integer({
      summary: "byte of the first attempt's log to begin at",
      helpValue: "BYTE",
      default: 0,
      min: 0
    })
  }

  async run(): Promise<LogsOutput> {
    const { args, flags } = await this.parse(RunsLogs)
    const isJson = this.jsonEnabled()
    const kept: Array<Uint8Array> = []
    let bytes = 0
    const run = await this.effect(
      Effect.gen(function* () {
        const runs = yield* Runs
        const { id } = yield* runFor(args.id)
        const events = runs.follow(id, { follow: flags.follow, fromByte: flags.from })
        yield* untilSignal(
          Stream.runForEach(events, (event) => {
            if (event._tag !== "Log") return Effect.void
            bytes += event.bytes.length
            if (!isJson) return write(process.stdout, event.bytes)
            kept.push(event.bytes)
            return Effect.void
          })
        )
        return id
      }),
      { isOffline: true }
    )
    return { run, fromByte: flags.from, bytes, text: Buffer.concat(kept).toString("utf8") }
  }
}
