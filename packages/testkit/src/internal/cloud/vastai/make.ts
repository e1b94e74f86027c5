import type { CloudOptions, Surroundings } from "../CloudCore.ts"
import { Core } from "./Core.ts"

export const makeCore = (options: CloudOptions, { hasHands, mapped }: Surroundings): Core =>
  new Core({
    seed: options.seed ?? 1,
    bootSeconds: options.bootSeconds ?? 0,
    powerSeconds: options.powerSeconds ?? 0,
    deleteSeconds: options.deleteSeconds ?? 0,
    visibleSeconds: options.visibleSeconds ?? 0,
    staleSeconds: options.staleSeconds ?? 0,
    limitsRates: options.limitsRates ?? true,
    refusesViolations: options.refusesViolations ?? true,
    checksAnswers: options.checksAnswers ?? false,
    hasHands,
    mapped
  })
