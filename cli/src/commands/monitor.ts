import * as Flags from "@oclif/core/flags"
import type { RunRecord } from "@runctl/runtime/RunRecord"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { extname, resolve } from "node:path"
import { BaseCommand } from "../BaseCommand.ts"
import { exits } from "../errors/codes.ts"
import { fail, usage } from "../errors/Failure.ts"
import { toggle, word } from "../flags.ts"
import { show } from "../follow/accompany.ts"
import { digestOf, lastLines } from "../follow/collect.ts"
import { untilSignal } from "../follow/leaveOnSignal.ts"
import { jsonLines, presenter } from "../follow/Presenter.ts"
import { runFor } from "../lookup.ts"
import type { MonitorOutput } from "../output/monitor.ts"
import { mainMetric, pointsOf, svgChart } from "../render/chart.ts"
import { exitOfRun, renderEnding } from "../render/ending.ts"
import { newest, renderMonitor } from "../render/monitor.ts"
import { styleOf } from "../render/style.ts"
import { viewRun } from "../views/run.ts"

export { MonitorOutput as Output } from "../output/monitor.ts"

export default class Monitor extends BaseCommand {
  static override summary = "look at a run: its metrics, its log, how busy its machine is"
  static override description =
    "Without --follow a summary. With --follow everything from the beginning to the end, live: the job's own output on standard output, the rest on standard error; with --json one document per line."
  static override examples = [
    { description: "A summary with a chart of the loss", command: "<%= config.bin %> <%= command.id %> train-k3f9" },
    { description: "Live, until it ends", command: "<%= config.bin %> <%= command.id %> train-k3f9 --follow" },
    { description: "The chart as a file", command: "<%= config.bin %> <%= command.id %> train-k3f9 --chart loss.svg" }
  ]
  static override args = { id: word("run, by id, the beginning of one, or name; or the machine it is on") }
  static override flags = {
    follow: toggle({ char: "f", summary: "show it live until it ends" }),
    chart: Flags.string({ summary: "write the chart to this file", helpValue: "FILE.svg" }),
    metric: Flags.string({ summary: "metric to draw; the loss when there is one", helpValue: "NAME" }),
    lines: Flags.integer({ summary: "lines of the log to show", helpValue: "N", default: 10, min: 0 })
  }

  #isStreaming = false

  async run(): Promise<MonitorOutput> {
    const { args, flags } = await this.parse(Monitor)
    if (flags.chart !== undefined && extname(flags.chart).toLowerCase() !== ".svg") {
      throw usage(`--chart ${flags.chart}: a file that ends in .svg is wanted`)
    }
    return flags.follow ? this.#follow(args.id) : this.#summarize(args.id, flags)
  }

  /** What was followed has been printed already, a document per line. */
  override logJson(json: unknown): void {
    if (!this.#isStreaming) super.logJson(json)
  }

  async #follow(id: string): Promise<MonitorOutput> {
    const isJson = this.jsonEnabled()
    const style = styleOf(process.stderr)
    const shown = isJson
      ? jsonLines(process.stdout)
      : presenter({ log: process.stdout, progress: process.stderr, style })
    let before: RunRecord | undefined
    const watching = Effect.gen(function* () {
      before = yield* runFor(id)
      return yield* show(before, shown)
    })
    const last = await this.effect(untilSignal(watching), { isOffline: true })
    const known = last ?? before
    if (known === undefined) throw fail("RUNCTL_E_CANCELLED", "interrupted")
    const run = viewRun(known, Date.now())
    if (last === undefined) process.exitCode = exits.interrupted
    else {
      if (!isJson) this.say(renderEnding(run, style, process.cwd()))
      process.exitCode = exitOfRun(run)
    }
    if (isJson) process.stdout.write(`${JSON.stringify({ type: "Run", run })}\n`)
    this.#isStreaming = isJson
    return { run, metrics: [], sample: null, lastLines: [], chart: null }
  }

  async #summarize(
    id: string,
    flags: { readonly chart: string | undefined; readonly metric: string | undefined; readonly lines: number }
  ): Promise<MonitorOutput> {
    const { digest, record } = await this.effect(
      Effect.gen(function* () {
        const run = yield* runFor(id)
        return { record: run, digest: yield* digestOf(run.id) }
      }),
      { isOffline: true }
    )
    const now = Date.now()
    const run = viewRun(record, now)
    const { metrics } = digest
    const name = flags.metric ?? mainMetric(metrics)
    const points = name === undefined ? [] : pointsOf(metrics, name)
    if (flags.metric !== undefined && points.length === 0) throw usage(`the run has no metric "${flags.metric}"`)
    if (flags.chart !== undefined) {
      if (name === undefined) throw usage(`--chart: the run has printed no metric yet`)
      writeFileSync(resolve(flags.chart), svgChart(points, { title: `${run.name}: ${name}`, metric: name }))
    }
    const output: MonitorOutput = {
      run,
      metrics: newest(metrics),
      sample: digest.sample ?? null,
      lastLines: lastLines(digest.tail, flags.lines),
      chart: flags.chart === undefined ? null : resolve(flags.chart)
    }
    const chosen = name === undefined ? metrics : metrics.filter(({ metric }) => metric === name)
    this.print(renderMonitor(output, chosen, this.style, { now, columns: process.stdout.columns || 80 }))
    if (flags.chart !== undefined) this.say(`chart written to ${flags.chart}`)
    return output
  }
}
