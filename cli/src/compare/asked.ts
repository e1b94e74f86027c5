/**
 * What was said behind `runctl compare`, as a request. Throws a complaint that names the flag.
 */
import { canonicalName } from "@runctl/core/Accelerator"
import { parse } from "@runctl/core/Durations"
import type { CompareRequest } from "@runctl/prices/Request"
import * as Duration from "effect/Duration"
import { amount, gibibytes, positive, whole } from "../amounts.ts"
import { usage } from "../errors/Failure.ts"
import type { Said } from "./words.ts"

/** How many rows when nothing is said. */
const usualLimit = 20

const time = (flag: string, text: string | undefined, least: number): number | undefined => {
  if (text === undefined) return undefined
  const parsed = parse(text, "hours")
  const hours = parsed === undefined ? Number.NaN : Duration.toHours(parsed)
  if (!(hours >= least) || (least > 0 && hours === 0)) {
    throw usage(`${flag} ${text}: a time is wanted, for example ${flag} 30m or ${flag} 12`)
  }
  return hours
}

const length = (flag: string, text: string | undefined): number | undefined => time(flag, text, Number.MIN_VALUE)

const speedsOf = (said: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const speeds: Record<string, number> = {}
  for (const text of said) {
    const [, gpu, factor] = /^\s*(.+?)\s*=\s*([^=]+)$/.exec(text) ?? []
    if (gpu === undefined) throw usage(`--speed ${text}: a GPU and a number are wanted, for example --speed H100=2.2`)
    speeds[canonicalName(gpu)] = positive(`--speed ${gpu}=`, factor) ?? 1
  }
  return speeds
}

const workOf = (said: Said): CompareRequest["work"] => {
  const gpuHours = length("--gpu-hours", said["gpu-hours"])
  const speeds = said.speed ?? []
  if (gpuHours === undefined && speeds.length > 0) throw usage("--speed says how fast --gpu-hours are done")
  if (gpuHours === undefined) return undefined
  if (said.hours !== undefined) throw usage("--hours and --gpu-hours both say how long the job is")
  if (speeds.length === 0) throw usage("--gpu-hours needs the speed of at least one GPU, for example --speed H100=1")
  return { gpuHours, speeds: speedsOf(speeds) }
}

const marketOf = ({ "on-demand": onDemand, spot }: Said): "on-demand" | "spot" | "either" => {
  if (spot === true && onDemand === true)
    throw usage("--spot and --on-demand exclude each other; without both, both are compared")
  return spot === true ? "spot" : onDemand === true ? "on-demand" : "either"
}

const least = (flag: string, text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw usage(`${flag} ${text}: a number is wanted`)
  return value
}

const present = (values: { readonly [K in keyof CompareRequest]: CompareRequest[K] | undefined }): CompareRequest => {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(values)) if (value !== undefined) kept[key] = value
  return kept
}

/** How many rows are wanted of the answer. */
export const limitOf = ({ limit }: Said): number =>
  limit === undefined ? usualLimit : limit === "all" ? Infinity : (whole("--limit", limit) ?? usualLimit)

/** The request that was made, without a limit. */
export const requestOf = (said: Said): CompareRequest =>
  present({
    gpu: said.gpu,
    gpus: whole("--gpus", said.gpus),
    gpuMemoryGiB: gibibytes("--gpu-memory", said["gpu-memory"]),
    gpuTotalMemoryGiB: gibibytes("--gpu-memory-total", said["gpu-memory-total"]),
    instanceType: said.type,
    vcpus: positive("--cpu", said.cpu),
    memoryGiB: gibibytes("--memory", said.memory),
    diskGiB: gibibytes("--disk", said.disk),
    region: said.region,
    providers: said.provider === undefined || said.provider.length === 0 ? undefined : said.provider,
    market: marketOf(said),
    available: said.available === true ? true : undefined,
    maxUsdPerHour: amount("--max-price", said["max-price"]),
    hours: length("--hours", said.hours),
    work: workOf(said),
    checkpointEveryHours: length("--checkpoint-every", said["checkpoint-every"]),
    setupHours: time("--setup", said.setup, 0),
    outputGiB: gibibytes("--output", said.output),
    stoppedHours: time("--stopped", said.stopped, 0),
    interruptionsPerHour: least("--interruptions", said.interruptions)
  })

/** Refuses answers in two forms at once. */
export const checkForms = (said: Said, isJson: boolean): void => {
  const forms = [
    isJson ? "--json" : undefined,
    said.csv === true ? "--csv" : undefined,
    said.chart === true ? "--chart" : undefined
  ].filter((form) => form !== undefined)
  if (forms.length > 1) throw usage(`${forms.join(" and ")} exclude each other`)
  if (said.explain !== undefined && (said.csv === true || said.chart === true)) {
    throw usage("--explain takes one offer apart: there is nothing to chart or to list")
  }
}
