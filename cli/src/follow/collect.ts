/**
 * What has happened in a run so far: its metrics, its newest sample and the end of its log.
 */
import type { Metric, Sample } from "@runctl/core/Job"
import type { RunId } from "@runctl/core/Run"
import { Runs } from "@runctl/runtime/Runs"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** A run in a few facts. */
export interface Digest {
  readonly metrics: ReadonlyArray<Metric>
  readonly sample: Sample | undefined
  /** The last bytes of the log. */
  readonly tail: Uint8Array
}

/** How much of the log's end is kept. */
const tailBytes = 8192

/** So many points of a metric make a chart; more would only cost memory. */
const mostMetrics = 100_000

const joined = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const all = new Uint8Array(left.length + right.length)
  all.set(left)
  all.set(right, left.length)
  return all.subarray(Math.max(0, all.length - tailBytes))
}

/** Reads a run up to now. */
export const digestOf = Effect.fnUntraced(function* (id: RunId) {
  const runs = yield* Runs
  const metrics: Array<Metric> = []
  let sample: Sample | undefined
  let tail: Uint8Array = new Uint8Array(0)
  yield* Stream.runForEach(runs.follow(id, { follow: false }), (event) =>
    Effect.sync(() => {
      if (event._tag === "Metric" && metrics.length < mostMetrics) metrics.push(event.metric)
      if (event._tag === "Sample") sample = event.sample
      if (event._tag === "Log") tail = joined(tail, event.bytes)
    })
  )
  const digest: Digest = { metrics, sample, tail }
  return digest
})

/** The last whole lines of the end of a log. */
export const lastLines = (tail: Uint8Array, count: number): ReadonlyArray<string> => {
  const lines = new TextDecoder().decode(tail).split("\n")
  // The first one may have lost its beginning.
  const whole = tail.length < tailBytes ? lines : lines.slice(1)
  return whole.filter((line, index) => line !== "" || index < whole.length - 1).slice(-count)
}
