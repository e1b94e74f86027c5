/**
 * Rents machines on this computer: folders, and processes that carry their mark.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { Endpoint } from "@runctl/core/Endpoint"
import { didYouMean } from "@runctl/core/Nearest"
import type { OwnerId } from "@runctl/core/Ownership"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { type ShellError, Shells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import * as Computer from "./Computer.ts"
import { endProcesses, removeFolders } from "@runctl/core/EndProcesses"
import * as Machines from "./Machines.ts"

const provider = "local"

/** Tenths of a second between SIGTERM and SIGKILL. */
const grace = "20"

/**
 * What renting this computer can and cannot do; `package.json` says the same.
 *
 * **Details**  `endAction`: nothing here removes a machine from inside, its deadline only ends the job. What is left
 * is a folder, and costs nothing.
 *
 * @category constants
 * @since 0.1.0
 */
export const capabilities: Capabilities = {
  spot: "none",
  stop: "nothing",
  idempotency: "name",
  userData: "none",
  endAction: "stopsJobOnly",
  runMode: "machine",
  groupCreate: false
}

type Cause = PlatformError | ShellError | Schema.SchemaError | ProviderError.Reason

const reasonOf = (cause: Cause): ProviderError.Reason => {
  switch (cause._tag) {
    case "PlatformError":
      return cause.reason._tag === "PermissionDenied"
        ? new ProviderError.Forbidden({ message: cause.message })
        : new ProviderError.Unavailable({ message: cause.message })
    case "ShellError":
      return new ProviderError.Unavailable({ message: cause.message })
    case "SchemaError":
      return new ProviderError.MalformedResponse({ message: `this computer says of itself: ${cause.message}` })
    default:
      return cause
  }
}

const failing = (operation: ProviderError.ProviderError["operation"]) =>
  Effect.mapError((cause: Cause) => new ProviderError.ProviderError({ provider, operation, reason: reasonOf(cause) }))

const isKey = Schema.is(Ownership.ResourceKey)

/** The key behind an id; `undefined` when no machine here can have that id. */
const keyOf = (id: ResourceId): Ownership.ResourceKey | undefined => {
  const { provider: name, region, nativeId } = parts(id)
  return name === provider && region === Computer.region && isKey(nativeId) ? nativeId : undefined
}

const missing = (id: ResourceId) => new ProviderError.NotFound({ message: `there is no machine ${id}` })

/** Our words for what was found. A damaged machine is ours as far as anybody can say: it lies in our folder. */
const toResource = (found: Machines.Found, us: OwnerId): Resource => {
  const id = resourceId(provider, Computer.region, found.key)
  const shared = { id, key: found.key, costPerHour: Computer.price }
  if (found._tag === "Damaged") {
    return { ...shared, owner: us, state: ResourceState.failed(found.message), tags: {} }
  }
  const { instanceType, launchTime, mark, state } = found.machine
  return {
    ...shared,
    name: Ownership.toName(mark),
    state: state === "Running" ? ResourceState.Running : ResourceState.Stopped,
    instanceType,
    launchTime,
    tags: Ownership.toTags(mark),
    owner: mark.owner,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  }
}

const make = Effect.gen(function* () {
  const { home, owner } = yield* PluginContext
  const fs = yield* FileSystem.FileSystem
  const shells = yield* Shells
  const machines = yield* Machines.make(home)

  /** Runs on this computer, outside all machines. */
  const here = Effect.gen(function* () {
    yield* fs.makeDirectory(home, { recursive: true, mode: 0o700 })
    return yield* shells.open({ _tag: "Local", home, environment: {} })
  })

  const run = (script: string, args: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      const { exitCode, stderr } = yield* (yield* here).exec({ script, args })
      if (exitCode !== 0) return yield* new ProviderError.Conflict({ message: stderr.trim() })
    }).pipe(Effect.scoped)

  const offers = Effect.flatMap(here, (shell) => Computer.offers(shell, provider, home)).pipe(Effect.scoped)

  /** Every computer can be a `cpu`: only other types are worth asking for. */
  const checkType = Effect.fnUntraced(function* (instanceType: string) {
    if (instanceType === "cpu") return
    const types = (yield* offers).map((offer) => offer.instanceType)
    if (types.includes(instanceType)) return
    const message = `this computer is no "${instanceType}".${didYouMean(instanceType, types)} It can be: ${types.join(", ")}.`
    return yield* new ProviderError.Rejected({ message })
  })

  const find = Effect.fnUntraced(function* (id: ResourceId) {
    const key = keyOf(id)
    const found = key === undefined ? undefined : yield* machines.find(key)
    return found ?? (yield* missing(id))
  })

  const whole = Effect.fnUntraced(function* (id: ResourceId) {
    const found = yield* find(id)
    if (found._tag === "Whole") return found.machine
    return yield* new ProviderError.Rejected({ message: `${id} is damaged and can only be terminated` })
  })

  const switched = Effect.fnUntraced(function* (id: ResourceId, state: Machines.Machine["state"]) {
    const machine = { ...(yield* whole(id)), state }
    yield* machines.save(machine)
    return toResource({ _tag: "Whole", key: machine.mark.key, machine }, owner)
  })

  return TrainingProvider.of({
    name: provider,
    capabilities,

    offers: Effect.fn("LocalProvider.offers")(function* (query) {
      return rank(yield* offers, query).ranked.map(({ offer }) => offer)
    }, failing("offers")),

    estimateCost: Effect.fn("LocalProvider.estimateCost")(function* (instanceType, hours) {
      yield* checkType(instanceType)
      return Computer.price * hours
    }, failing("estimateCost")),

    billing: () => Effect.succeed([]),

    createResource: Effect.fn("LocalProvider.createResource")(function* ({ label, mark, market, offer }) {
      if (market === "spot") {
        return yield* new ProviderError.UnsupportedCapability({ message: "this computer has no spot market" })
      }
      yield* checkType(offer.instanceType)
      const found = yield* machines.create({
        mark,
        ...(label === undefined ? {} : { label }),
        instanceType: offer.instanceType,
        launchTime: yield* DateTime.now,
        state: "Running"
      })
      return toResource(found, owner)
    }, failing("createResource")),

    getResource: Effect.fn("LocalProvider.getResource")(function* (id) {
      return toResource(yield* find(id), owner)
    }, failing("getResource")),

    listResources: machines.list.pipe(
      Effect.map((all) => all.map((found) => toResource(found, owner))),
      failing("listResources"),
      Effect.withSpan("LocalProvider.listResources")
    ),

    companions: { list: Effect.succeed([]), remove: () => Effect.void },

    startResource: Effect.fn("LocalProvider.startResource")((id) => switched(id, "Running"), failing("startResource")),

    stopResource: Effect.fn("LocalProvider.stopResource")(function* (id) {
      const { mark } = yield* whole(id)
      yield* run(endProcesses, [mark.key, grace])
      return yield* switched(id, "Stopped")
    }, failing("stopResource")),

    terminate: Effect.fn("LocalProvider.terminate")(function* (id) {
      const key = keyOf(id)
      if (key === undefined) return
      yield* run(endProcesses, [key, grace])
      yield* run(removeFolders, yield* machines.folders(key))
    }, failing("terminate")),

    endpoint: Effect.fn("LocalProvider.endpoint")(function* ({ id }) {
      const { mark, state } = yield* whole(id)
      if (state !== "Running") return yield* new ProviderError.Conflict({ message: `${id} is stopped` })
      // The comma ends the key: no machine's mark is the beginning of another's.
      const environment = { RUNCTL_MACHINE: `${mark.key},` }
      return { _tag: "Local", home: machines.home(mark.key), environment } satisfies Endpoint
    }, failing("endpoint")),

    endActionScript: () => undefined,
    preemptionProbe: undefined,
    preemptionEvidence: () => Effect.succeed({ preempted: "no", message: "nobody takes this computer back" })
  })
})

/**
 * Machines in the plugin's own folder.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer: Layer.Layer<TrainingProvider, never, PluginContext | FileSystem.FileSystem | Path.Path | Shells> =
  Layer.effect(TrainingProvider, make)
