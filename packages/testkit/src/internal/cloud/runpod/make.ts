import type { CloudOptions, Surroundings } from "../CloudCore.ts"
import { Core } from "./Core.ts"

/** How it behaves, beyond what all clouds have. */
export interface Options extends CloudOptions {
  /** How many pods a page has at most, also where more are asked for; 1000. */
  readonly pageLength?: number | undefined
  /** Whether a pod's own key may end it by REST, and not by GraphQL alone; it may. */
  readonly podKeysByRest?: boolean | undefined
}

export const makeCore = (options: Options, around: Surroundings): Core =>
  new Core(
    {
      seed: options.seed ?? 1,
      bootSeconds: options.bootSeconds ?? 0,
      powerSeconds: options.powerSeconds ?? 0,
      deleteSeconds: options.deleteSeconds ?? 0,
      visibleSeconds: options.visibleSeconds ?? 0,
      staleSeconds: options.staleSeconds ?? 0,
      pageLength: options.pageLength ?? 1000,
      podKeysByRest: options.podKeysByRest ?? true,
      limitsRates: options.limitsRates ?? true
    },
    around
  )
