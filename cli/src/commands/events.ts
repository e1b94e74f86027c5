import * as Flags from "@oclif/core/flags"
import { didYouMean } from "@runctl/core/Nearest"
import { payloads } from "@runctl/runtime/Event"
import { Journal, type StoredEvent } from "@runctl/runtime/Journal"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BaseCommand } from "../BaseCommand.ts"
import { exits } from "../errors/codes.ts"
import { usage } from "../errors/Failure.ts"
import { belongingTo, closes } from "../events/belonging.ts"
import { past } from "../events/past.ts"
import { momentOf } from "../events/since.ts"
import { toggle } from "../flags.ts"
import { untilSignal } from "../follow/leaveOnSignal.ts"
import { write } from "../follow/output.ts"
import type { EventsOutput } from "../output/events.ts"
import { renderEvent } from "../render/events.ts"
import { viewEvent } from "../views/event.ts"

export { EventsOutput as Output } from "../output/events.ts"

export default class Events extends BaseCommand {
  static override summary = "show what was asked for and what happened, as the journal has it"
  static override description =
    "Oldest first. With --follow also what is still to come, whichever process writes it; with --run until that run is over. --follow --json prints one document per line."
  static override examples = [
    { description: "The last hundred", command: "<%= config.bin %> <%= command.id %>" },
    { description: "The last two hours", command: "<%= config.bin %> <%= command.id %> --since 2h" },
    {
      description: "One run and its machines, until it is over",
      command: "<%= config.bin %> <%= command.id %> --run train-k3f9 --follow --json"
    }
  ]
  static override flags = {
    follow: toggle({ char: "f", summary: "go on with what is still to come" }),
    run: Flags.string({ summary: "only this run and its machines", helpValue: "RUN" }),
    type: Flags.string({ summary: "only events of this type", helpValue: "TYPE" }),
    since: Flags.string({ summary: "only since a time ago (2h) or a date", helpValue: "TIME" }),
    last: Flags.integer({
      summary: "how many of the past; 100 unless --run or --since says what is wanted",
      helpValue: "N",
      min: 0
    })
  }

  #isStreaming = false

  /** What was followed has been printed already, a document per line. */
  override logJson(json: unknown): void {
    if (!this.#isStreaming) super.logJson(json)
  }

  async run(): Promise<EventsOutput> {
    const { flags } = await this.parse(Events)
    const { follow, type } = flags
    if (type !== undefined && !Object.hasOwn(payloads, type)) {
      throw usage(`--type ${type}: there is no such event.${didYouMean(type, Object.keys(payloads))}`)
    }
    const since = flags.since === undefined ? 0 : momentOf("--since", flags.since, Date.now())
    const most = flags.last ?? (flags.run === undefined && flags.since === undefined ? 100 : Infinity)
    const isJson = this.jsonEnabled()
    this.#isStreaming = follow && isJson
    const { style } = this
    const show = (event: StoredEvent): Effect.Effect<void> =>
      write(process.stdout, `${isJson ? JSON.stringify(viewEvent(event)) : renderEvent(event, style)}\n`)

    const program = Effect.gen(function* () {
      const journal = yield* Journal
      const wanted = flags.run
      const run = wanted === undefined ? undefined : yield* Effect.flatMap(Runs, (runs) => runs.get(wanted))
      const belongs = run === undefined ? () => true : belongingTo(run.id)
      let isClosed = false
      const counts = (event: StoredEvent): boolean => {
        isClosed ||= run !== undefined && closes(run.id, event)
        return belongs(event) && event.at >= since && (type === undefined || event.type === type)
      }
      const { events, position } = yield* past(counts, most)
      if (isJson && !follow) return events
      yield* Effect.forEach(events, show, { discard: true })
      if (!follow || isClosed) return []
      yield* journal.subscribe({ fromPosition: position }).pipe(
        Stream.takeUntil((event) => run !== undefined && closes(run.id, event)),
        Stream.filter(counts),
        Stream.runForEach(show)
      )
      return []
    })

    const found = await this.effect(follow ? untilSignal(program) : program, { isOffline: true })
    if (found === undefined) process.exitCode = exits.interrupted
    return { events: (found ?? []).map(viewEvent) }
  }
}
