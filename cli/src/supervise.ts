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
import { constants } from "node:os"

/** How long it may take to end when it is asked to: whoever asks kills soon, and a call may wait for its answer for minutes. */
const patienceMillis = 8000

/** Everything it is at is in the journal, and whoever comes next goes on with it, as after a `kill -9`. */
const endInTime = (): void => {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      setTimeout(() => {
        const at = new Date().toISOString()
        process.stdout.write(
          `timestamp=${at} level=WARN message="something did not end: it is left to the next supervisor"\n`
        )
        process.exit(128 + constants.signals[name])
      }, patienceMillis).unref()
    })
  }
}

/** Runs the supervisor as this process. What it logs goes to its log file, which is its standard output. */
export const supervise = (): void => {
  endInTime()
  const loaded = load(here())
  const idle = Durations.parse(loaded.settings["supervisor-idle"] ?? "") ?? defaults.supervisorIdleExit
  run({ idle, version: supervisorVersion() }).pipe(
    Effect.provide(Layer.merge(layerOf(following(here(), loaded)), Logger.layer([Logger.consoleLogFmt]))),
    NodeRuntime.runMain
  )
}
