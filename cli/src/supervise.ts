/**
 * Owns runs and machines until nothing is left to own.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { defaults } from "@runctl/core/Defaults"
import { run } from "@runctl/runtime/Supervisor"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { layer } from "./layers.ts"

/** Runs the supervisor as this process. What it logs goes to its log file, which is its standard output. */
export const supervise = (): void =>
  run({ idle: defaults.supervisorIdleExit }).pipe(
    Effect.provide(layer()),
    Effect.provide(Logger.layer([Logger.consoleLogFmt])),
    NodeRuntime.runMain
  )
