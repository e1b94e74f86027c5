/**
 * The one line at the bottom of a terminal that we draw and take away again.
 */
import type { Metric, Sample } from "@runctl/core/Job"
import type { FollowEvent } from "@runctl/runtime/FollowEvent"
import { ofTransfer } from "./lines.ts"
import { statusLine } from "./statusLine.ts"

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
const frameMillis = 120

/** Of a terminal that does not tell its width. */
const fallbackColumns = 80

const eraseLine = "\r\u001B[2K"
/** Without wrapping, a line that has become too long for a resized terminal stays one line. */
const unwrapped = (text: string): string => `\u001B[?7l${text}\u001B[?7h`

const doings: Readonly<Record<string, string>> = {
  AttemptStarted: "looking for a machine",
  RunPlaced: "preparing",
  RunPrepared: "starting",
  RunStarted: "running",
  RunCancelRequested: "cancelling",
  JobEnded: "collecting outputs",
  OutputsVerified: "ending the machine",
  OutputsFailed: "ending the machine",
  RunClosed: "done"
}

/** The status line of one stream. */
export class Terminal {
  /** Whether somebody else's line is unfinished. */
  isBusy = false
  readonly #stream: NodeJS.WriteStream
  readonly #metrics = new Map<string, Metric>()
  readonly #timer: NodeJS.Timeout
  #sample: Sample | undefined
  #doing = "waiting"
  #since = Date.now()
  #frame = 0
  #isDrawn = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#timer = setInterval(() => {
      this.#frame++
      this.draw()
    }, frameMillis)
    this.#timer.unref()
  }

  /** Takes in what the line tells of. */
  learn(event: FollowEvent): void {
    if (event._tag === "Metric") this.#metrics.set(event.metric.metric, event.metric)
    if (event._tag === "Sample") this.#sample = event.sample
    if (event._tag === "Preparation" && event.preparation._tag === "Transfer")
      this.#doing = ofTransfer(event.preparation)
    if (event._tag === "Preparation" && event.preparation._tag === "Step") this.#begin(event.preparation.message)
    if (event._tag === "Event" && Object.hasOwn(doings, event.event.type)) this.#begin(doings[event.event.type] ?? "")
  }

  #begin(doing: string): void {
    if (doing === this.#doing) return
    this.#doing = doing
    this.#since = Date.now()
  }

  /** Draws the line, unless somebody else's is unfinished. */
  draw(): void {
    if (this.isBusy) return
    const live = { doing: this.#doing, sinceMillis: this.#since, metrics: this.#metrics, sample: this.#sample }
    const line = statusLine(live, Date.now(), (this.#stream.columns || fallbackColumns) - 2)
    this.#stream.write(unwrapped(`${eraseLine}${spinner[this.#frame % spinner.length] ?? ""} ${line}`))
    this.#isDrawn = true
  }

  /** Takes the line away. */
  erase(): void {
    if (!this.#isDrawn) return
    this.#stream.write(eraseLine)
    this.#isDrawn = false
  }

  /** Takes the line away for good. */
  close(): void {
    clearInterval(this.#timer)
    this.erase()
    this.isBusy = true
  }
}
