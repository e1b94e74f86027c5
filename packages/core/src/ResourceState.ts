/**
 * The states a rented machine can be in, and how the words of the clouds become them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * What a rented machine is doing. `Unknown` means the provider said something we do not understand.
 *
 * @category models
 * @since 0.1.0
 */
export const ResourceState = Schema.Union([
  Schema.TaggedStruct("Starting", {}),
  Schema.TaggedStruct("Running", {}),
  Schema.TaggedStruct("Stopped", {}),
  Schema.TaggedStruct("Terminating", {}),
  Schema.TaggedStruct("Terminated", {}),
  Schema.TaggedStruct("Error", { message: Schema.String }),
  Schema.TaggedStruct("Unknown", {})
])
export type ResourceState = typeof ResourceState.Type

/** Rented, not yet usable. @category constructors @since 0.1.0 */
export const Starting = { _tag: "Starting" } as const satisfies ResourceState
/** Up, as the provider sees it. @category constructors @since 0.1.0 */
export const Running = { _tag: "Running" } as const satisfies ResourceState
/** Switched off and kept; almost everywhere still billed in part. @category constructors @since 0.1.0 */
export const Stopped = { _tag: "Stopped" } as const satisfies ResourceState
/** On its way out. @category constructors @since 0.1.0 */
export const Terminating = { _tag: "Terminating" } as const satisfies ResourceState
/** Gone: nothing is billed any more. @category constructors @since 0.1.0 */
export const Terminated = { _tag: "Terminated" } as const satisfies ResourceState
/** The provider said something we do not understand. @category constructors @since 0.1.0 */
export const Unknown = { _tag: "Unknown" } as const satisfies ResourceState
/** Broken, in the provider's words. @category constructors @since 0.1.0 */
export const failed = (message: string): ResourceState => ({ _tag: "Error", message })

const words: Readonly<Record<Exclude<ResourceState["_tag"], "Error" | "Unknown">, ReadonlyArray<string>>> = {
  Starting: [
    "starting",
    "pending",
    "new",
    "creating",
    "created",
    "provisioning",
    "ordered",
    "booting",
    "loading",
    "scheduling",
    "initializing",
    "queued",
    "requested",
    "restarting",
    "rebooting",
    "validating",
    "installing"
  ],
  Running: ["running", "active", "ready", "up", "online", "started"],
  Stopped: ["stopped", "stopping", "off", "offline", "exited", "suspended", "paused", "hibernated", "inactive"],
  Terminating: ["terminating", "shutting-down", "deleting", "destroying", "discontinuing", "ending"],
  Terminated: ["terminated", "deleted", "destroyed", "discontinued", "archive", "archived", "gone", "removed"]
}

const plainStates = { Starting, Running, Stopped, Terminating, Terminated }

const states = new Map(
  Object.values(plainStates).flatMap((state) => words[state._tag].map((word) => [word, state] as const))
)

/**
 * The state behind a word that clouds share; case, spaces and underscores do not count.
 *
 * **Details**  "stopping" is `Stopped` because the machine can no longer be used but still exists. A word for failure
 * is an `Error` that carries it; any other word is `Unknown`. A plugin maps its own tricky words first.
 *
 * @category conversions
 * @since 0.1.0
 */
export const normalizeState = (word: string): ResourceState => {
  const plain = word
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-")
  if (["error", "errored", "failed", "failure", "unhealthy", "dead"].includes(plain)) return failed(word.trim())
  return states.get(plain) ?? Unknown
}

/**
 * Whether the provider may still be charging for a machine in this state: for all but `Terminated`.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isBillable = (state: ResourceState): boolean => state._tag !== "Terminated"

/** The state in one word or, for an error, its message. @category formatting @since 0.1.0 */
export const format = (state: ResourceState): string =>
  state._tag === "Error" ? `Error(${state.message})` : state._tag
