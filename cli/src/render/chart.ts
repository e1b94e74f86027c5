/**
 * Charts of a metric, in the terminal and as SVG. Pure.
 */
import type { Metric } from "@runctl/core/Job"
import { scaleLinear } from "d3-scale"
import { line } from "d3-shape"
import { plot } from "simple-ascii-chart"
import { short } from "../follow/statusLine.ts"

/** A step and its value. */
export type Point = readonly [number, number]

/** The points of a metric in order; steps that are missing are counted. */
export const pointsOf = (metrics: ReadonlyArray<Metric>, name: string): ReadonlyArray<Point> =>
  metrics
    .filter(({ metric }) => metric === name)
    .map(({ step, value }, index): Point => [step ?? index, value])
    .toSorted(([left], [right]) => left - right)

/** What to draw when nobody says: the loss, else the first metric there is. */
export const mainMetric = (metrics: ReadonlyArray<Metric>): string | undefined => {
  const names = [...new Set(metrics.map(({ metric }) => metric))]
  return names.find((name) => name === "loss") ?? names.find((name) => /loss/i.test(name)) ?? names[0]
}

/** At most so many points, the first and last among them: each the mean of its neighbours. */
export const thinned = (points: ReadonlyArray<Point>, most: number): ReadonlyArray<Point> => {
  if (points.length <= most) return points
  const size = points.length / most
  return Array.from({ length: most }, (_, index): Point => {
    const group = points.slice(
      Math.floor(index * size),
      Math.max(Math.floor(index * size) + 1, Math.floor((index + 1) * size))
    )
    const mean = (pick: (point: Point) => number): number =>
      group.reduce((sum, point) => sum + pick(point), 0) / group.length
    return [mean(([step]) => step), mean(([, value]) => value)]
  })
}

/** A chart of characters, with its first and last step below: more of them would run into each other. */
export const textChart = (points: ReadonlyArray<Point>, columns: number): string => {
  const width = Math.max(20, Math.min(72, columns - 14))
  const drawn = plot(
    thinned(points, width).map(([step, value]): [number, number] => [step, value]),
    {
      width,
      height: 10,
      formatter: (value) => short(value),
      hideXAxis: true
    }
  )
  const lines = drawn.split("\n").filter((each) => each.trim() !== "")
  const end = Math.max(...lines.map((each) => each.trimEnd().length))
  const [from, to] = [short(points[0]?.[0] ?? 0), short(points.at(-1)?.[0] ?? 0)]
  const margin = Math.max(0, ...lines.map((each) => each.indexOf("┤"))) + 1
  return [
    ...lines,
    `${" ".repeat(margin)}step ${from}${to.padStart(Math.max(to.length + 1, end - margin - 5 - from.length))}`
  ].join("\n")
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

const size = { width: 720, height: 400, left: 64, right: 16, top: 40, bottom: 44 }

/** A range with some room; a flat line lies in its middle. */
const rangeOf = (values: ReadonlyArray<number>): [number, number] => {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return low === high ? [low - 1, high + 1] : [low, high]
}

/** An SVG document with the course of a metric. */
export const svgChart = (
  points: ReadonlyArray<Point>,
  options: { readonly title: string; readonly metric: string }
): string => {
  const shown = thinned(points, 1000)
  const x = scaleLinear()
    .domain(rangeOf(shown.map(([step]) => step)))
    .range([size.left, size.width - size.right])
  const y = scaleLinear()
    .domain(rangeOf(shown.map(([, value]) => value)))
    .nice()
    .range([size.height - size.bottom, size.top])
  const path =
    line<Point>()
      .x(([step]) => x(step))
      .y(([, value]) => y(value))(shown) ?? ""
  const one = (value: number): string => value.toFixed(1)
  const across = y
    .ticks(6)
    .map(
      (tick) =>
        `<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${one(y(tick))}" y2="${one(y(tick))}"/>` +
        `<text x="${size.left - 8}" y="${one(y(tick) + 4)}" text-anchor="end">${short(tick)}</text>`
    )
  const along = x
    .ticks(8)
    .map(
      (tick) =>
        `<text x="${one(x(tick))}" y="${size.height - size.bottom + 18}" text-anchor="middle">${short(tick)}</text>`
    )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img">
<title>${escaped(options.title)}</title>
<style>text{font:12px system-ui,sans-serif;fill:#555}.grid{stroke:#ddd}.course{fill:none;stroke:#2563eb;stroke-width:2;stroke-linejoin:round}.title{font-size:16px;fill:#111}</style>
<rect width="100%" height="100%" fill="#fff"/>
<text class="title" x="${size.left}" y="24">${escaped(options.title)}</text>
${across.join("\n")}
${along.join("\n")}
<text x="${(size.left + size.width - size.right) / 2}" y="${size.height - 8}" text-anchor="middle">step</text>
<text x="14" y="${(size.top + size.height - size.bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(size.top + size.height - size.bottom) / 2})">${escaped(options.metric)}</text>
<path class="course" d="${path}"/>
</svg>
`
}
