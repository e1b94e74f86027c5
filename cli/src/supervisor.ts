/**
 * The supervisor's process: no oclif, no commands.
 */
import { enableCompileCache } from "node:module"

enableCompileCache()
const { supervise } = await import("./supervise.ts")
supervise()
