/**
 * Machines in `--json`.
 */
import * as Schema from "effect/Schema"

/**
 * What a machine is to us. `late`: given up, or seen as gone, and there after all. `surplus`: the second one of a request.
 * Both are ended once they were seen twice. `unproven`: it has a key of ours and is not what we asked for. `elsewhere`:
 * another installation of our owner has it; `expired`: that one's time is over. These are left alone.
 */
export const Ownership = Schema.Literals(["ours", "late", "surplus", "unproven", "elsewhere", "expired"])
export type Ownership = typeof Ownership.Type

/** One machine. `live`: its provider has just confirmed it; `estimatedUsd` is what it has cost so far. */
export const ResourceView = Schema.Struct({
  id: Schema.String,
  label: Schema.NullOr(Schema.String),
  state: Schema.Literals(["Starting", "Running", "Stopped", "Terminating", "Terminated", "Error", "Unknown"]),
  message: Schema.NullOr(Schema.String),
  provider: Schema.String,
  region: Schema.String,
  instanceType: Schema.NullOr(Schema.String),
  run: Schema.NullOr(Schema.String),
  usdPerHour: Schema.NullOr(Schema.Finite),
  requestedAt: Schema.NullOr(Schema.String),
  deadline: Schema.NullOr(Schema.String),
  endedBy: Schema.NullOr(Schema.Literals(["us", "provider", "preempted", "deadline"])),
  estimatedUsd: Schema.NullOr(Schema.Finite),
  live: Schema.Boolean,
  ownership: Ownership
})
export type ResourceView = typeof ResourceView.Type

/** A provider that could not be asked. */
export const ProviderFailureView = Schema.Struct({ provider: Schema.String, message: Schema.String })

/** `runctl list`; `others` counts machines of other owners. */
export const ListOutput = Schema.Struct({
  resources: Schema.Array(ResourceView),
  others: Schema.Int,
  failures: Schema.Array(ProviderFailureView)
})
export type ListOutput = typeof ListOutput.Type

/** `runctl create`, `status` of a machine, `stop`, `start`… */
export const ResourceOutput = Schema.Struct({ resource: ResourceView })
export type ResourceOutput = typeof ResourceOutput.Type

/** `runctl terminate` and others that take several machines. */
export const ResourcesOutput = Schema.Struct({ resources: Schema.Array(ResourceView) })
export type ResourcesOutput = typeof ResourcesOutput.Type
