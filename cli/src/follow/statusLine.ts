/**
 * The line at the bottom of a terminal: metrics and how busy the machine is. Pure.
 */
import type { Metric, Sample } from "@runctl/core/Job"
import { bytes, seconds } from "../render/units.ts"

/** What is known of a run that goes on. */
export interface Live {
  readonly doing: string
  readonly sinceMillis: number
  readonly metrics: ReadonlyMap<string, Metric>
  readonly sample: Sample | undefined
}

/** A number with four significant digits, without needless zeros. */
export const short = (value: number): string => {
  const rounded = Number(value.toPrecision(4))
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-3)
    ? rounded.toExponential()
    : String(rounded)
}

const metricsOf = (metrics: ReadonlyMap<string, Metric>): ReadonlyArray<string> => {
  const all = [...metrics.values()]
  const step = all.reduce<number | undefined>(
    (most, metric) => (metric.step === undefined ? most : Math.max(most ?? metric.step, metric.step)),
    undefined
  )
  return [
    ...(step === undefined ? [] : [`step ${step}`]),
    ...all.map(({ metric, value }) => `${metric} ${short(value)}`)
  ]
}

const percent = (value: number | null): string => (value === null ? "?" : `${Math.round(value)}%`)

const ofWhole = (used: number | null, total: number | null): string =>
  used === null ? "?" : `${bytes(used)}${total === null ? "" : ` of ${bytes(total)}`}`

/** How busy the machine is, in a few words. */
export const sampleText = (sample: Sample): ReadonlyArray<string> => [
  ...sample.gpus.map(
    (gpu) =>
      `gpu${sample.gpus.length > 1 ? gpu.index : ""} ${percent(gpu.utilizationPercent)} ${ofWhole(gpu.memoryUsedBytes, gpu.memoryTotalBytes)}`
  ),
  ...(sample.cpuPercent === null ? [] : [`cpu ${percent(sample.cpuPercent)}`]),
  ...(sample.memoryUsedBytes === null ? [] : [`mem ${ofWhole(sample.memoryUsedBytes, sample.memoryTotalBytes)}`])
]

/** The line, cut to a width. */
export const statusLine = (live: Live, now: number, columns: number): string => {
  const parts = [
    `${live.doing} ${seconds((now - live.sinceMillis) / 1000)}`,
    ...metricsOf(live.metrics),
    ...(live.sample === undefined ? [] : sampleText(live.sample))
  ]
  const line = parts.join(" · ")
  const width = Math.max(1, columns - 1)
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`
}
