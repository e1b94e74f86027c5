import type { Surroundings } from "../CloudCore.ts"
import { Core, type Options } from "./Core.ts"

export const makeCore = (options: Options, around: Surroundings): Core => new Core(options, around)
