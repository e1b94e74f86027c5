/**
 * `runctl wait` in `--json`.
 */
import * as Schema from "effect/Schema"
import { ResourceOutput } from "./resources.ts"
import { RunOutput } from "./runs.ts"

/** The run or the machine in the state that was waited for. */
export const WaitOutput = Schema.Union([RunOutput, ResourceOutput])
export type WaitOutput = typeof WaitOutput.Type
