import { Core } from "../cloud/digitalocean/Core.ts"
import { fingerprint } from "./fingerprint.ts"
import type { Runner } from "./machines/DropletMachine.ts"

export interface CoreOptions {
  /** Of everything that is drawn: ids, how stale a read is. */
  readonly seed?: number | undefined
  /** From the create until a machine is active. */
  readonly bootSeconds?: number | undefined
  /** Until a power action has its effect. */
  readonly powerSeconds?: number | undefined
  /** From the delete until a machine is gone and costs no more. */
  readonly deleteSeconds?: number | undefined
  /** For so long nobody sees what is new: it answers 404 and is in no list. */
  readonly visibleSeconds?: number | undefined
  /** A read answers from up to so long ago. */
  readonly staleSeconds?: number | undefined
  /** Whether a list by tag has GPU machines too, which the vendor does not say; it has. */
  readonly listsGpusByTag?: boolean | undefined
  /** Whether requests are limited as the vendor limits them; they are. */
  readonly limitsRates?: boolean | undefined
  /** Whether what is not allowed is refused with 422, or only written down; it is refused. */
  readonly refusesViolations?: boolean | undefined
  /** How many machines the first account may have; 25. */
  readonly dropletLimit?: number | undefined
  /** Whether each answer is held to our own schemas, which takes more time than making it. */
  readonly checksAnswers?: boolean | undefined
  /** Where links lead. */
  readonly origin?: string | (() => string) | undefined
}

export interface Options extends Omit<CoreOptions, "checksAnswers" | "origin"> {
  /** A free one without it. */
  readonly port?: number | undefined
  /** Where emulated time begins; now. */
  readonly startMillis?: number | undefined
  /** How many emulated seconds a second has; 0 stands still until it is advanced. */
  readonly timeScale?: number | undefined
  /** Real milliseconds that every answer takes longer. */
  readonly latencyMillis?: number | undefined
  /** Whether each rented machine is one behind a real sshd; `none` without it. */
  readonly machines?: "none" | "ssh" | undefined
  /** Where they listen; 22, which is root's. */
  readonly sshPort?: number | undefined
  /** Who carries out their user data; cloud-init itself, where that is installed. */
  readonly userData?: Runner | undefined
  /** A folder with the vendor's `digitalocean.json`, or such a file: every request and answer is held to it. */
  readonly openApi?: string | undefined
}

const originOf = (origin: CoreOptions["origin"] = "https://api.digitalocean.com"): (() => string) =>
  typeof origin === "string" ? () => origin : origin

/** Nobody's: it is set aside for measurements. */
const benchmarkNetwork = (index: number): string => `198.18.${(index >> 8) & 255}.${index & 255}`

/** What differs where machines are real. */
export interface Hands {
  readonly hasHands: boolean
  readonly address: (index: number) => string
}

export const withoutHands: Hands = { hasHands: false, address: benchmarkNetwork }

export const makeCore = (options: CoreOptions, { address, hasHands }: Hands = withoutHands): Core =>
  new Core(
    {
      seed: options.seed ?? 1,
      bootSeconds: options.bootSeconds ?? 0,
      powerSeconds: options.powerSeconds ?? 0,
      deleteSeconds: options.deleteSeconds ?? 0,
      visibleSeconds: options.visibleSeconds ?? 0,
      staleSeconds: options.staleSeconds ?? 0,
      listsGpusByTag: options.listsGpusByTag ?? true,
      limitsRates: options.limitsRates ?? true,
      refusesViolations: options.refusesViolations ?? true,
      checksAnswers: options.checksAnswers ?? false,
      origin: originOf(options.origin),
      fingerprint,
      address,
      hasHands
    },
    options.dropletLimit ?? 25
  )
