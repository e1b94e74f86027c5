/**
 * What came of something that was done on several machines, in `--json`.
 */
import * as Schema from "effect/Schema"

/** What every machine's result has. `error`: why it could not be done; `name`: what its lines begin with. */
export const machineResult = {
  resource: Schema.String,
  name: Schema.String,
  outcome: Schema.Literals(["done", "failed", "error", "interrupted"]),
  seconds: Schema.Finite,
  error: Schema.NullOr(Schema.Struct({ code: Schema.String, message: Schema.String, advice: Schema.String }))
}
const MachineResult = Schema.Struct(machineResult)
export type MachineResult = typeof MachineResult.Type
