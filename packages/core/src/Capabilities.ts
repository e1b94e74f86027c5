/**
 * What a provider can do, declared once in its manifest and answered without loading its code.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What a provider can do.
 *
 * **Details**
 * - `spot`: machines the provider may take back; `bid` when we name a price.
 * - `stop`: `none`, or what goes on billing while stopped (`nothing`, `disk`, `everything`).
 * - `idempotency`: what makes a repeated create one machine.
 * - `endAction`: what the machine itself can do when its time is over: end its own billing, part of it, or only the job.
 * - `runMode`: `machine` has a shell; `job` runs containers or functions and brings its own `Using` half.
 *
 * @category models
 * @since 0.1.0
 */
export const Capabilities = Schema.Struct({
  spot: Schema.Literals(["none", "interruptible", "bid"]),
  stop: Schema.Literals(["none", "nothing", "disk", "everything"]),
  idempotency: Schema.Literals(["token", "name", "tag", "none"]),
  userData: Schema.Union([
    Schema.Literal("none"),
    Schema.Struct({ maxBytes: Schema.Int, formats: Schema.Array(Schema.Literals(["cloud-config", "script"])) })
  ]),
  endAction: Schema.Literals(["terminates", "stopsPartBilling", "stopsJobOnly"]),
  runMode: Schema.Literals(["machine", "job"]),
  groupCreate: Schema.Boolean
})
export type Capabilities = typeof Capabilities.Type
