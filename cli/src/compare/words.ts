/**
 * What can be said behind `runctl compare`: the one table behind its flags, read by oclif and by the fast path.
 */

/** A flag with a value. */
interface Word {
  readonly summary: string
  readonly helpValue: string
  readonly helpGroup: string
  readonly multiple?: boolean
}

/** A flag that is there or not. */
interface Switch {
  readonly summary: string
  readonly helpGroup: string
}

const machine = "machine"
const job = "job"
const answer = "answer"

/** Flags with a value. */
export const words = {
  gpu: {
    summary: "kind of GPU, in any spelling, with memory and number: h100:8",
    helpValue: "NAME",
    helpGroup: machine
  },
  gpus: { summary: "how many GPUs at least", helpValue: "N", helpGroup: machine },
  "gpu-memory": { summary: "memory of each GPU at least", helpValue: "GiB", helpGroup: machine },
  "gpu-memory-total": { summary: "memory of all GPUs together at least", helpValue: "GiB", helpGroup: machine },
  cpu: { summary: "vCPUs at least", helpValue: "N", helpGroup: machine },
  memory: { summary: "memory at least", helpValue: "GiB", helpGroup: machine },
  disk: { summary: "disk the job needs; paid for apart at some providers", helpValue: "GiB", helpGroup: machine },
  region: { summary: "region, country (DE) or continent (europe)", helpValue: "NAME", helpGroup: machine },
  type: { summary: "instance type, in the provider's words", helpValue: "NAME", helpGroup: machine },
  provider: { summary: "only this provider; may be repeated", helpValue: "NAME", helpGroup: machine, multiple: true },
  "max-price": { summary: "highest list price per hour", helpValue: "USD", helpGroup: machine },
  hours: { summary: "how long the job runs; 10 h when nothing is said", helpValue: "HOURS", helpGroup: job },
  "gpu-hours": { summary: "how much work it is, in hours of one GPU of speed 1", helpValue: "HOURS", helpGroup: job },
  speed: {
    summary: "how fast a GPU does that work, for example H100=2.2; may be repeated",
    helpValue: "GPU=N",
    helpGroup: job,
    multiple: true
  },
  "checkpoint-every": {
    summary: "time between checkpoints; without it there are none",
    helpValue: "TIME",
    helpGroup: job
  },
  setup: { summary: "time before the job starts", helpValue: "TIME", helpGroup: job },
  output: { summary: "what is brought home", helpValue: "GiB", helpGroup: job },
  stopped: { summary: "how long the machine lies stopped afterwards", helpValue: "TIME", helpGroup: job },
  interruptions: { summary: "how often a spot machine is taken back, per hour", helpValue: "N", helpGroup: job },
  limit: { summary: "how many offers are shown; 20 when nothing is said", helpValue: "N|all", helpGroup: answer },
  explain: {
    summary: "take one offer apart: by its place, or PROVIDER/TYPE",
    helpValue: "OFFER",
    helpGroup: answer
  },
  html: { summary: "write a page with a table and a chart to this file", helpValue: "FILE", helpGroup: answer }
} as const satisfies Readonly<Record<string, Word>>

/** Flags that are there or not. */
export const switches = {
  spot: { summary: "only machines that may be taken back", helpGroup: machine },
  "on-demand": { summary: "only machines that may not be taken back", helpGroup: machine },
  available: { summary: "only what is known to be available", helpGroup: machine },
  live: { summary: "ask the providers now, those that can be asked", helpGroup: answer },
  csv: { summary: "comma-separated values instead of a table", helpGroup: answer },
  chart: { summary: "a chart instead of a table", helpGroup: answer }
} as const satisfies Readonly<Record<string, Switch>>

type Names<Flags, Is> = { [K in keyof Flags]: Flags[K] extends Is ? K : never }[keyof Flags]
type Several = Names<typeof words, { readonly multiple: true }>

/** What was said. */
export type Said = {
  readonly [K in Exclude<keyof typeof words, Several>]?: string | undefined
} & {
  readonly [K in Several]?: ReadonlyArray<string> | undefined
} & {
  readonly [K in keyof typeof switches]?: boolean | undefined
}
