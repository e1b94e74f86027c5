/**
 * Owns runs and machines until nothing is left to own.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { defaults } from "@runctl/core/Defaults"
import { run } from "@runctl/runtime/Supervisor"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Durations from "@runctl/core/Durations"
import * as Layer from "effect/Layer"
import { layerOf, supervisorVersion } from "./layers.ts"
import { following } from "./settings/following.ts"
import { here, load } from "./settings/load.ts"

/** Runs the supervisor as this process. What it logs goes to its log file, which is its standard output. */
export const supervise = (): void => {
  const loaded = load(here())
  const idle = Durations.parse(loaded.settings["supervisor-idle"] ?? "") ?? defaults.supervisorIdleExit
  run({ idle, version: supervisorVersion() }).pipe(
    Effect.provide(Layer.merge(layerOf(following(here(), loaded)), Logger.layer([Logger.consoleLogFmt]))),
    NodeRuntime.runMain
  )
}
