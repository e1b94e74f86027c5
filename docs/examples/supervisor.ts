import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Supervisor from "@runctl/runtime/Supervisor"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { layer, version } from "./services.ts"

Supervisor.run({ idle: Duration.minutes(10), version }).pipe(Effect.provide(layer), NodeRuntime.runMain)
