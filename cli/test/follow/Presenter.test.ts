import { assert, it } from "@effect/vitest"
import type { FollowEvent } from "@runctl/runtime/FollowEvent"
import * as Effect from "effect/Effect"
import { Writable } from "node:stream"
import { jsonLines, presenter } from "../../src/follow/Presenter.ts"
import { plain } from "../../src/render/style.ts"

/** A stream that keeps what is written; `isTTY` makes it a terminal 80 columns wide. */
const kept = (isTTY = false) => {
  const chunks: Array<Buffer> = []
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(Buffer.from(chunk))
      done()
    }
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- has as much of a terminal as is used
  const terminal = Object.assign(stream, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream
  return { stream: terminal, text: () => Buffer.concat(chunks).toString() }
}

const log = (text: string, fromByte = 0): FollowEvent => ({
  _tag: "Log",
  attempt: 1,
  fromByte,
  bytes: new TextEncoder().encode(text)
})

const metric: FollowEvent = { _tag: "Metric", attempt: 1, metric: { metric: "loss", step: 1, value: 0.5 } }

const event = (type: string, payload: unknown = {}): FollowEvent => ({
  _tag: "Event",
  event: { position: 1, stream: "run/x", seq: 1, v: 1, id: "e", at: 0, owner: "00000000", type, payload }
})

const seeing = (shown: ReturnType<typeof presenter>, events: ReadonlyArray<FollowEvent>) =>
  Effect.forEach(events, shown.see, { discard: true }).pipe(Effect.andThen(shown.end))

it.effect("into a pipe the log is raw and everything else is on the other stream", () =>
  Effect.gen(function* () {
    const out = kept()
    const err = kept()
    const shown = presenter({ log: out.stream, progress: err.stream, style: plain })
    const placed = event("RunPlaced", { resource: "local/here/x", usdPerHour: 0, rented: true })
    yield* seeing(shown, [placed, log("a\r\u001B[32mb"), metric, log("\u0000c", 9), event("RunStarted")])
    assert.strictEqual(out.text(), "a\r\u001B[32mb\u0000c")
    assert.strictEqual(err.text(), "· created local/here/x ($0/h)\n· started\n")
  })
)

/** What a terminal shows at last: our line is drawn and taken away again on one row. */
const screen = (text: string): string => {
  const rows = [""]
  for (const [part] of text.matchAll(/\r\u001B\[2K|\u001B\[\?7[lh]|\n|\r|[^\r\n\u001B]+/g)) {
    if (part === "\r\u001B[2K") rows[rows.length - 1] = ""
    else if (part === "\n") rows.push("")
    else if (!part.startsWith("\u001B") && part !== "\r") rows[rows.length - 1] += part
  }
  return rows.join("\n")
}

it.effect("on a terminal nothing of the status line is left in the log, even within its lines", () =>
  Effect.gen(function* () {
    const terminal = kept(true)
    const shown = presenter({ log: terminal.stream, progress: terminal.stream, style: plain })
    const events = ["one\n", "tw", "o\n", "three\nfo", "ur\n"].flatMap((text) => [log(text), metric])
    yield* seeing(shown, [event("RunStarted"), ...events])
    assert.strictEqual(screen(terminal.text()), "· started\none\ntwo\nthree\nfour\n")
    assert.include(terminal.text(), "loss 0.5", "the line was there meanwhile")
  })
)

it.effect("as JSON every line is a document, and text is not cut within a character", () =>
  Effect.gen(function* () {
    const out = kept()
    const shown = jsonLines(out.stream)
    const [first, second] = [new TextEncoder().encode("ü").subarray(0, 1), new TextEncoder().encode("ü").subarray(1)]
    yield* seeing(shown, [
      { _tag: "Log", attempt: 1, fromByte: 0, bytes: first },
      { _tag: "Log", attempt: 1, fromByte: 1, bytes: second },
      metric,
      event("RunStarted")
    ])
    const documents = out
      .text()
      .trimEnd()
      .split("\n")
      .map((line): { readonly type: string; readonly text?: string } => JSON.parse(line))
    assert.deepStrictEqual(
      documents.map(({ type }) => type),
      ["Log", "Log", "Metric", "RunStarted"]
    )
    assert.strictEqual(documents.map(({ text }) => text ?? "").join(""), "ü")
  })
)
