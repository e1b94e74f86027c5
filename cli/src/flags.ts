/**
 * Flags and arguments that several commands share.
 */
import * as Args from "@oclif/core/args"
import * as Flags from "@oclif/core/flags"
import { usage } from "./errors/Failure.ts"

/**
 * An argument that is never read from standard input: the job's input is not ours. An empty one, as of a variable that is
 * not set, names nothing.
 */
export const word = (description: string) =>
  Args.string({
    description,
    required: true,
    ignoreStdin: true,
    parse: (text) =>
      text === "" ? Promise.reject(usage(`an argument is empty (${description})`)) : Promise.resolve(text)
  })

/** The same, where it may be left out. */
export const optionalWord = (description: string) => Args.string({ description, ignoreStdin: true })

/** A flag that is there or not; oclif leaves those without a default undefined, whatever their type says. */
export const toggle = (options: {
  readonly summary: string
  readonly char?: "d" | "y" | "f" | "n" | "t" | "v"
  readonly helpGroup?: string
}) => Flags.boolean({ ...options, default: false })

/** What chooses a machine to rent. */
export const rentFlags = {
  provider: Flags.string({
    summary: "provider to rent from, or `any`: the cheapest of all, and the next one where it cannot be had",
    helpValue: "NAME|any",
    helpGroup: "machine"
  }),
  gpu: Flags.string({ summary: "kind of GPU", helpValue: "NAME", helpGroup: "machine" }),
  gpus: Flags.string({ summary: "how many GPUs", helpValue: "N", helpGroup: "machine" }),
  "gpu-memory": Flags.string({ summary: "memory of each GPU", helpValue: "GiB", helpGroup: "machine" }),
  cpu: Flags.string({ summary: "vCPUs", helpValue: "N", helpGroup: "machine" }),
  memory: Flags.string({ summary: "memory", helpValue: "GiB", helpGroup: "machine" }),
  disk: Flags.string({ summary: "disk", helpValue: "GiB", helpGroup: "machine" }),
  region: Flags.string({ summary: "region, in the provider's words", helpValue: "NAME", helpGroup: "machine" }),
  zone: Flags.string({ summary: "zone, in the provider's words", helpValue: "NAME", helpGroup: "machine" }),
  label: Flags.string({
    summary: "label the machine must have; may be repeated",
    helpValue: "NAME",
    helpGroup: "machine",
    multiple: true,
    multipleNonGreedy: true
  }),
  image: Flags.string({ summary: "image to boot", helpValue: "NAME", helpGroup: "machine" }),
  spot: toggle({ summary: "a cheaper machine that may be taken back", helpGroup: "machine" }),
  "on-demand-fallback": toggle({
    summary: "with --spot: a machine at the full price where that is the next best",
    helpGroup: "machine"
  }),
  "max-price": Flags.string({ summary: "highest price per hour", helpValue: "USD", helpGroup: "machine" })
}

/** What bounds the cost. */
export const limitFlags = {
  budget: Flags.string({
    summary: "most it may cost; sets the deadline unless --max-hours does",
    helpValue: "USD",
    helpGroup: "cost"
  }),
  "max-hours": Flags.string({
    summary: "when the machine is ended, whatever happens",
    helpValue: "HOURS",
    helpGroup: "cost"
  })
}

/** Which providers are asked. */
export const providersFlag = Flags.string({
  summary: "ask only this provider; may be repeated",
  helpValue: "NAME",
  multiple: true,
  multipleNonGreedy: true
})

/** Asks nothing. */
export const yes = toggle({ char: "y", summary: "do not ask" })

/** Only says what would be done. */
export const dryRun = toggle({ summary: "say what would happen, and change nothing" })

/** Takes whatever key a host shows. */
export const insecureHostKey = toggle({
  summary: "take whatever key the host shows, for this one call: anybody could be behind it"
})

/** What chooses several of one's own machines. */
export const manyFlags = {
  all: toggle({ summary: "on all of one's own machines at once", helpGroup: "several machines" }),
  provider: Flags.string({ summary: "only those of this provider", helpValue: "NAME", helpGroup: "several machines" }),
  label: Flags.string({
    summary: "only those with this label; may be given several times",
    helpValue: "LABEL",
    multiple: true,
    multipleNonGreedy: true,
    helpGroup: "several machines"
  }),
  concurrency: Flags.integer({
    summary: "how many at the same time",
    helpValue: "N",
    default: 16,
    min: 1,
    max: 256,
    helpGroup: "several machines"
  })
}
