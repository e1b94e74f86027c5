/**
 * Shows what happens in a run: the job's own output on standard output, how things go on standard error.
 */
import type { Preparation } from "@runctl/core/Job"
import type { FollowEvent } from "@runctl/runtime/FollowEvent"
import * as Effect from "effect/Effect"
import type { Style } from "../render/style.ts"
import { clean } from "../render/table.ts"
import { bytes } from "../render/units.ts"
import { isComplete, ofEvent, ofTransfer } from "./lines.ts"
import { write } from "./output.ts"
import { Terminal } from "./Terminal.ts"

/** Somebody who is shown everything that happens. */
export interface Presenter {
  readonly see: (event: FollowEvent) => Effect.Effect<void>
  /** Leaves the terminal as it was found. */
  readonly end: Effect.Effect<void>
}

/** Where things are shown. */
export interface Streams {
  /** Where the job's own output goes; nowhere when absent. */
  readonly log: NodeJS.WriteStream | undefined
  readonly progress: NodeJS.WriteStream
  readonly style: Style
}

/** Lines, one after the other: for pipes and files. */
const plainly = ({ log, progress, style }: Streams): Presenter => {
  const say = (line: string): Effect.Effect<void> => write(progress, `${style.dim("·")} ${line}\n`)
  const prepare = (preparation: Preparation): Effect.Effect<void> => {
    if (preparation._tag === "Step") return say(`${preparation.step}: ${clean(preparation.message)}`)
    if (preparation._tag === "Output") return write(progress, preparation.text)
    return isComplete(preparation) && preparation.totalBytes > 0 ? say(ofTransfer(preparation)) : Effect.void
  }
  return {
    end: Effect.void,
    see: (event) => {
      switch (event._tag) {
        case "Log":
          return log === undefined ? Effect.void : write(log, event.bytes)
        case "Gap":
          return say(`${bytes(event.lostBytes)} of the log were lost on the machine`)
        case "Preparation":
          return prepare(event.preparation)
        case "Event": {
          const line = ofEvent(event.event)
          return line === undefined ? Effect.void : say(line)
        }
        case "Supervisor":
          return say(event.state === "away" ? "the supervisor is away; starting another" : "the supervisor is back")
        default:
          return Effect.void
      }
    }
  }
}

const newline = 10

/** With a line at the bottom that follows the run and is never mixed with what the job prints. */
const lively = (streams: Streams): Presenter => {
  const terminal = new Terminal(streams.progress)
  const lines = plainly({ ...streams, progress: streams.progress })
  const clearly = (effect: Effect.Effect<void>): Effect.Effect<void> =>
    Effect.sync(() => terminal.erase()).pipe(Effect.andThen(effect), Effect.andThen(Effect.sync(() => terminal.draw())))
  return {
    end: Effect.sync(() => terminal.close()),
    see: (event) => {
      terminal.learn(event)
      if (event._tag === "Log") {
        const last = event.bytes.at(-1)
        const shares = streams.log?.isTTY === true
        return clearly(
          Effect.tap(lines.see(event), () =>
            Effect.sync(() => {
              // In the middle of a line of the job's there is no room for ours.
              if (shares && last !== undefined) terminal.isBusy = last !== newline
            })
          )
        )
      }
      const isSilent = event._tag === "Metric" || event._tag === "Sample" || event._tag === "Record"
      const isProgress = event._tag === "Preparation" && event.preparation._tag === "Transfer"
      return isSilent || isProgress ? Effect.sync(() => terminal.draw()) : clearly(lines.see(event))
    }
  }
}

/** A presenter for these streams: lively on a terminal, plain elsewhere. */
export const presenter = (streams: Streams): Presenter =>
  streams.progress.isTTY && process.env["TERM"] !== "dumb" ? lively(streams) : plainly(streams)

/** One JSON document per line, with the log as text. */
export const jsonLines = (stream: NodeJS.WriteStream): Presenter => {
  const decoder = new TextDecoder()
  const line = (value: unknown): Effect.Effect<void> => write(stream, `${JSON.stringify(value)}\n`)
  return {
    end: Effect.void,
    see: (event) =>
      event._tag === "Log"
        ? line({
            type: "Log",
            attempt: event.attempt,
            fromByte: event.fromByte,
            text: decoder.decode(event.bytes, { stream: true })
          })
        : Effect.forEach(jsonOf(event), line, { discard: true })
  }
}

const jsonOf = (event: Exclude<FollowEvent, { readonly _tag: "Log" }>): ReadonlyArray<unknown> => {
  switch (event._tag) {
    case "Event": {
      const { at, payload, type } = event.event
      return [{ type, at: new Date(at).toISOString(), payload }]
    }
    case "Preparation":
      return [{ type: "Preparation", attempt: event.attempt, ...withoutTag(event.preparation) }]
    case "Gap":
      return [{ type: "Gap", attempt: event.attempt, lostBytes: event.lostBytes }]
    case "Metric":
      return [{ type: "Metric", attempt: event.attempt, ...event.metric }]
    case "Sample":
      return [{ type: "Sample", attempt: event.attempt, ...event.sample }]
    case "Supervisor":
      return [{ type: "Supervisor", state: event.state }]
    case "Record":
      return []
  }
}

const withoutTag = ({ _tag, ...rest }: Preparation): object => ({ kind: _tag, ...rest })
