/**
 * The flags of `runctl compare` as oclif knows them.
 */
import * as Flags from "@oclif/core/flags"
import { toggle } from "../flags.ts"
import { switches, words } from "./words.ts"

const valued = (word: { readonly summary: string; readonly helpValue: string; readonly helpGroup: string }) =>
  Flags.string(word)

/** All of them. */
export const compareFlags = {
  gpu: valued(words.gpu),
  gpus: valued(words.gpus),
  "gpu-memory": valued(words["gpu-memory"]),
  "gpu-memory-total": valued(words["gpu-memory-total"]),
  cpu: valued(words.cpu),
  memory: valued(words.memory),
  disk: valued(words.disk),
  region: valued(words.region),
  type: valued(words.type),
  provider: Flags.string({ ...words.provider, multiple: true, multipleNonGreedy: true }),
  "max-price": valued(words["max-price"]),
  spot: toggle(switches.spot),
  "on-demand": toggle(switches["on-demand"]),
  available: toggle(switches.available),
  hours: valued(words.hours),
  "gpu-hours": valued(words["gpu-hours"]),
  speed: Flags.string({ ...words.speed, multiple: true, multipleNonGreedy: true }),
  "checkpoint-every": valued(words["checkpoint-every"]),
  setup: valued(words.setup),
  output: valued(words.output),
  stopped: valued(words.stopped),
  interruptions: valued(words.interruptions),
  live: toggle(switches.live),
  limit: valued(words.limit),
  explain: valued(words.explain),
  csv: toggle(switches.csv),
  chart: toggle(switches.chart),
  html: valued(words.html)
} satisfies Readonly<Record<keyof typeof words | keyof typeof switches, unknown>>
