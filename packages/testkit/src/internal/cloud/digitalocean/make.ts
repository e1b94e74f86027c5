import type { CloudOptions, Surroundings } from "../CloudCore.ts"
import { Core } from "./Core.ts"

/** How it behaves, beyond what all clouds have. */
export interface Options extends CloudOptions {
  /** Whether a list by tag has GPU machines too, which the vendor does not say; it has. */
  readonly listsGpusByTag?: boolean | undefined
  /** How many machines the first account may have; 25. */
  readonly dropletLimit?: number | undefined
}

export const makeCore = (options: Options, { address, fingerprint, origin, port }: Surroundings): Core =>
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
      origin,
      fingerprint,
      address,
      port
    },
    options.dropletLimit ?? 25
  )
