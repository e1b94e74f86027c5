/**
 * `runctl forward` in `--json`.
 */
import * as Schema from "effect/Schema"

/** Printed on one line once all of them listen. `host` is as the machine sees it. */
export const ForwardOutput = Schema.Struct({
  resource: Schema.String,
  forwards: Schema.Array(
    Schema.Struct({
      address: Schema.String,
      port: Schema.Int,
      url: Schema.String,
      host: Schema.String,
      remotePort: Schema.Int
    })
  )
})
export type ForwardOutput = typeof ForwardOutput.Type
