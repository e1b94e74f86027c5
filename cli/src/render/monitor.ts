/**
 * A run so far, as text.
 */
import type { Metric } from "@runctl/core/Job"
import { sampleText, short } from "../follow/statusLine.ts"
import type { MonitorOutput } from "../output/monitor.ts"
import { mainMetric, pointsOf, textChart } from "./chart.ts"
import { renderRun } from "./runs.ts"
import type { Style } from "./style.ts"
import { clean } from "./table.ts"

/** The newest value of each metric. */
export const newest = (metrics: ReadonlyArray<Metric>): ReadonlyArray<Metric> => [
  ...new Map(metrics.map((metric) => [metric.metric, metric])).values()
]

const valuesOf = (metrics: ReadonlyArray<Metric>): string =>
  metrics
    .map(({ metric, step, value }) => `${clean(metric)} ${short(value)}${step === undefined ? "" : ` (step ${step})`}`)
    .join("  ")

/** A summary with a chart, how busy the machine is, and the end of the log. */
export const renderMonitor = (
  output: MonitorOutput,
  metrics: ReadonlyArray<Metric>,
  style: Style,
  at: { readonly now: number; readonly columns: number }
): string => {
  const name = mainMetric(metrics)
  const points = name === undefined ? [] : pointsOf(metrics, name)
  return [
    renderRun(output.run, style, at.now),
    ...(name === undefined || points.length < 2 ? [] : ["", style.bold(clean(name)), textChart(points, at.columns)]),
    ...(output.metrics.length === 0 ? [] : ["", valuesOf(output.metrics)]),
    ...(output.sample === null ? [] : ["", sampleText(output.sample).join(" · ")]),
    ...(output.lastLines.length === 0 ? [] : ["", style.dim("last lines"), ...output.lastLines.map(clean)])
  ].join("\n")
}
