import type { CloudOptions, Surroundings } from "../CloudCore.ts"
import { Core } from "./Core.ts"

/** How it behaves, beyond what all clouds have. */
export interface Options extends CloudOptions {
  /** For how long an instance is running before it has an address; in emulated seconds. */
  readonly addressSeconds?: number | undefined
  /** For how long a token is good; an hour. In emulated seconds. */
  readonly tokenSeconds?: number | undefined
  /** In which form the bare id of a new instance comes; as text. */
  readonly idsAs?: "text" | "json" | "object" | undefined
  /** Whether tags in a create are refused, as by servers before they had them. */
  readonly refusesTags?: boolean | undefined
  /** Whether one SSH key is answered as a list of one. */
  readonly listsOneKey?: boolean | undefined
}

export const makeCore = (options: Options, around: Surroundings): Core =>
  new Core(
    {
      seed: options.seed ?? 1,
      bootSeconds: options.bootSeconds ?? 0,
      addressSeconds: options.addressSeconds ?? 0,
      powerSeconds: options.powerSeconds ?? 0,
      deleteSeconds: options.deleteSeconds ?? 0,
      visibleSeconds: options.visibleSeconds ?? 0,
      staleSeconds: options.staleSeconds ?? 0,
      tokenSeconds: options.tokenSeconds ?? 3600,
      idsAs: options.idsAs ?? "text",
      refusesTags: options.refusesTags ?? false,
      listsOneKey: options.listsOneKey ?? false,
      limitsRates: options.limitsRates ?? true,
      refusesViolations: options.refusesViolations ?? true,
      checksAnswers: options.checksAnswers ?? false
    },
    around
  )
