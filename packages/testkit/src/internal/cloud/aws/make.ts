import type { CloudOptions, Surroundings } from "../CloudCore.ts"
import { Core } from "./Core.ts"

export interface Options extends CloudOptions {
  /** For so long a network card holds on to its group after its machine has ended. */
  readonly drainSeconds?: number | undefined
  /** Whether each region has a default VPC; it has. */
  readonly hasDefaultVpc?: boolean | undefined
  /** Lists have so many rows in a page at most. */
  readonly pageSize?: number | undefined
  /** Whether a list begins with a page that has nothing but the token of the next. */
  readonly hasEmptyPages?: boolean | undefined
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
      drainSeconds: options.drainSeconds ?? 0,
      hasDefaultVpc: options.hasDefaultVpc ?? true,
      pageSize: options.pageSize ?? 1000,
      hasEmptyPages: options.hasEmptyPages ?? false,
      limitsRates: options.limitsRates ?? true,
      refusesViolations: options.refusesViolations ?? true
    },
    around
  )
