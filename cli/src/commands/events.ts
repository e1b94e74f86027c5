import * as Flags from "@oclif/core/flags"
import { payloads } from "@runctl/runtime/Event"
import { Journal, type StoredEvent } from "@runctl/runtime/Journal"
import { didYouMean } from "@runctl/core/Nearest"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BaseCommand } from "../BaseCommand.ts"
import { usage } from "../errors/Failure.ts"
import { toggle } from "../flags.ts"
import { untilSignal } from "../follow/leaveOnSignal.ts"
import { write } from "../follow/output.ts"
import type { EventsOutput } from "../output/events.ts"
import { renderEvent } from "../render/events.ts"
import { viewEvent } from "../views/event.ts"

export { EventsOutput as Output } from "../output/events.ts"

/** The last events that count, read a page at a time so that a long journal does not fill the memory. */
const last = Effect.fnUntraced(function* (counts: (event: StoredEvent) => boolean, limit: number) {
  const journal = yield* Journal
  let kept: ReadonlyArray<StoredEvent> = []
  let fromPosition = 0
  while (true) {
    const page = yield* journal.readAll({ fromPosition })
    const end = page.at(-1)
    if (end === undefined) return { events: kept, position: fromPosition }
    kept = [...kept, ...page.filter(counts)].slice(-limit)
    fromPosition = end.position
  }
})

export default class Events extends BaseCommand {
  static override summary = "show what was asked for and what happened, as the journal has it"
  static override description = "With --follow and --json one document per line."
  static override examples = [
    { description: "The last hundred", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "Everything about one run, and what is to come",
      command: "<%= config.bin %> <%= command.id %> --run train-k3f9 --follow"
    }
  ]
  static override flags = {
    follow: toggle({ char: "f", summary: "wait for what is still to come" }),
    run: Flags.string({ summary: "only this run", helpValue: "RUN" }),
    type: Flags.string({ summary: "only events of this type", helpValue: "TYPE" }),
    last: Flags.integer({ summary: "how many of the past", helpValue: "N", default: 100, min: 0 })
  }

  #isStreaming = false

  override logJson(json: unknown): void {
    if (!this.#isStreaming) super.logJson(json)
  }

  async run(): Promise<EventsOutput> {
    const { flags } = await this.parse(Events)
    const { type } = flags
    if (type !== undefined && !Object.hasOwn(payloads, type)) {
      throw usage(`--type ${type}: there is no such event.${didYouMean(type, Object.keys(payloads))}`)
    }
    const isJson = this.jsonEnabled()
    const { style } = this
    const line = (event: StoredEvent): string =>
      isJson ? JSON.stringify(viewEvent(event)) : renderEvent(viewEvent(event), style)
    const shown = (event: StoredEvent) => write(process.stdout, `${line(event)}\n`)
    this.#isStreaming = flags.follow && isJson
    const events = await this.effect(
      Effect.gen(function* () {
        const journal = yield* Journal
        const wanted = flags.run
        const stream =
          wanted === undefined ? undefined : `run/${(yield* Effect.flatMap(Runs, (runs) => runs.get(wanted))).id}`
        const counts = (event: StoredEvent): boolean =>
          (stream === undefined || event.stream === stream) && (type === undefined || event.type === type)
        const past = yield* last(counts, flags.last)
        if (!isJson || flags.follow) yield* Effect.forEach(past.events, shown, { discard: true })
        if (!flags.follow) return past.events
        const news = journal.subscribe({ fromPosition: past.position }).pipe(Stream.filter(counts))
        yield* untilSignal(Stream.runForEach(news, shown))
        return []
      }),
      { handlesSignals: flags.follow }
    )
    return { events: events.map(viewEvent) }
  }
}
