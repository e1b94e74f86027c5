/**
 * A provider whose cloud is a folder: its machines are folders in it and processes on this computer, its prices, refusals
 * and interruptions are files that a test writes. It is loaded by `runctl` like every other plugin.
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import { endProcesses } from "@runctl/core/EndProcesses"
import type { Endpoint } from "@runctl/core/Endpoint"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer, priceOf } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import * as ProviderError from "@runctl/core/ProviderError"
import { define, type ProviderPlugin } from "@runctl/core/ProviderPlugin"
import { rank } from "@runctl/core/Ranking"
import { parts, type Resource, type ResourceId, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const capabilities: Capabilities = {
  spot: "interruptible",
  stop: "none",
  idempotency: "token",
  userData: "none",
  endAction: "stopsJobOnly",
  runMode: "machine",
  groupCreate: false
}

/** What a test has decided, beside the machines. */
export const Settings = Schema.Struct({
  offers: Schema.Array(
    Schema.Struct({
      instanceType: Schema.String,
      gpu: Schema.optionalKey(Schema.String),
      onDemandUsdPerHour: Schema.Finite,
      spotUsdPerHour: Schema.optionalKey(Schema.Finite)
    })
  ),
  /** Why creates are refused: a reason with a message. */
  refuses: Schema.optionalKey(Schema.Literals(["OutOfCapacity", "QuotaExceeded", "InsufficientFunds"])),
  /** Offers fail. */
  isAway: Schema.optionalKey(Schema.Boolean),
  /** Every answer takes so long. */
  latencyMillis: Schema.optionalKey(Schema.Finite)
})
export type Settings = typeof Settings.Type

const Machine = Schema.Struct({
  mark: Ownership.Mark,
  instanceType: Schema.String,
  usdPerHour: UsdPerHour,
  launchTime: Schema.DateTimeUtcFromString
})
type Machine = typeof Machine.Type

const MachineJson = Schema.fromJsonString(Machine)
const SettingsJson = Schema.fromJsonString(Settings)
const region = "here"

/** The machine has been told that it will be taken back. */
export const noticeFile = "notice"
/** It was taken back. */
export const goneFile = "taken-back"

/** The provider of a cloud in a folder. */
export const make = (name: string, folder: string): TrainingProvider["Service"] => {
  const machines = join(folder, "machines")
  const at = (key: string, ...path: ReadonlyArray<string>): string => join(machines, key, ...path)
  const settings = (): Settings => Schema.decodeSync(SettingsJson)(readFileSync(join(folder, "cloud.json"), "utf8"))
  const read = (key: string): Machine | undefined =>
    existsSync(at(key, "machine.json"))
      ? Schema.decodeSync(MachineJson)(readFileSync(at(key, "machine.json"), "utf8"))
      : undefined

  const resourceOf = ({ instanceType, launchTime, mark, usdPerHour }: Machine): Resource => ({
    id: resourceId(name, region, mark.key),
    key: mark.key,
    owner: mark.owner,
    name: Ownership.toName(mark),
    tags: Ownership.toTags(mark),
    instanceType,
    launchTime,
    costPerHour: usdPerHour,
    state: existsSync(at(mark.key, goneFile)) ? ResourceState.Terminated : ResourceState.Running,
    deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000)
  })

  /** A call of the cloud: it takes its time, and may be refused. */
  const call = <A>(
    operation: ProviderError.ProviderError["operation"],
    answer: () => Effect.Effect<A, ProviderError.Reason>
  ): Effect.Effect<A, ProviderError.ProviderError> =>
    Effect.suspend(() => Effect.delay(Effect.suspend(answer), settings().latencyMillis ?? 0)).pipe(
      Effect.mapError((reason) => new ProviderError.ProviderError({ provider: name, operation, reason }))
    )

  /** The same, where it is never refused. */
  const tell = <A>(operation: ProviderError.ProviderError["operation"], answer: () => A) =>
    call(operation, () => Effect.sync(answer))

  const offers = (asOf: DateTime.Utc): ReadonlyArray<Offer> =>
    settings().offers.map(({ gpu, instanceType, onDemandUsdPerHour, spotUsdPerHour }) => ({
      provider: name,
      region,
      instanceType,
      ...(gpu === undefined ? {} : { gpu, gpuMemoryGiB: GiB.make(80) }),
      gpuCount: gpu === undefined ? 0 : 1,
      vcpus: 4,
      memoryGiB: GiB.make(16),
      diskGiB: GiB.make(100),
      onDemandUsdPerHour: UsdPerHour.make(onDemandUsdPerHour),
      ...(spotUsdPerHour === undefined ? {} : { spotUsdPerHour: UsdPerHour.make(spotUsdPerHour) }),
      source: "a folder",
      asOf
    }))

  const refusal = (): ProviderError.Reason | undefined => {
    const message = "the test says so"
    switch (settings().refuses) {
      case "OutOfCapacity":
        return new ProviderError.OutOfCapacity({ message })
      case "QuotaExceeded":
        return new ProviderError.QuotaExceeded({ message })
      case "InsufficientFunds":
        return new ProviderError.InsufficientFunds({ message })
      case undefined:
        return undefined
    }
  }

  const missing = (id: ResourceId) => Effect.fail(new ProviderError.NotFound({ message: `there is no machine ${id}` }))

  const unsupported = Effect.fail(new ProviderError.UnsupportedCapability({ message: "nothing can be stopped" }))

  const end = (key: string): void => {
    const script = ["-c", endProcesses, "sh", key, "20"]
    const { status, stderr } = spawnSync("sh", script, { encoding: "utf8" })
    if (status !== 0) throw new Error(stderr)
    rmSync(at(key), { recursive: true, force: true })
  }

  return TrainingProvider.of({
    name,
    capabilities,
    offers: (query) =>
      Effect.flatMap(DateTime.now, (now) =>
        call("offers", () =>
          settings().isAway === true
            ? Effect.fail(new ProviderError.Rejected({ message: "the test says so" }))
            : Effect.succeed(rank(offers(now), query).ranked.map(({ offer }) => offer))
        )
      ),
    estimateCost: (instanceType, hours) =>
      tell("estimateCost", () => {
        const offer = settings().offers.find((each) => each.instanceType === instanceType)
        return (offer?.onDemandUsdPerHour ?? 0) * hours
      }),
    billing: ({ costPerHour, id }, state) =>
      tell("billing", () =>
        state._tag === "Terminated" || read(parts(id).nativeId) === undefined
          ? []
          : [{ item: "compute" as const, usdPerHour: costPerHour }]
      ),
    createResource: ({ mark, market, offer }) =>
      Effect.flatMap(DateTime.now, (launchTime) =>
        call("createResource", () => {
          const before = read(mark.key)
          if (before !== undefined) return Effect.succeed(resourceOf(before))
          const refused = refusal()
          if (refused !== undefined) return Effect.fail(refused)
          const found = offers(launchTime).find((each) => each.instanceType === offer.instanceType)
          const usdPerHour = found === undefined ? undefined : priceOf(found, market)
          if (usdPerHour === undefined)
            return Effect.fail(new ProviderError.OutOfCapacity({ message: "there is none" }))
          const machine: Machine = { mark, instanceType: offer.instanceType, usdPerHour, launchTime }
          const draft = `${at(mark.key)}.new`
          mkdirSync(join(draft, "home"), { recursive: true })
          writeFileSync(join(draft, "machine.json"), Schema.encodeSync(MachineJson)(machine))
          renameSync(draft, at(mark.key))
          return Effect.succeed(resourceOf(machine))
        })
      ),
    getResource: (id) =>
      call("getResource", () => {
        const machine = read(parts(id).nativeId)
        return machine === undefined ? missing(id) : Effect.succeed(resourceOf(machine))
      }),
    listResources: tell("listResources", () =>
      (existsSync(machines) ? readdirSync(machines) : []).flatMap((key) => {
        const machine = read(key)
        return machine === undefined ? [] : [resourceOf(machine)]
      })
    ),
    companions: { list: Effect.succeed([]), remove: () => Effect.void },
    startResource: () => call("startResource", () => unsupported),
    stopResource: () => call("stopResource", () => unsupported),
    terminate: (id) => tell("terminate", () => end(parts(id).nativeId)),
    endpoint: ({ id }) =>
      call("endpoint", () => {
        const { nativeId: key } = parts(id)
        if (read(key) === undefined || existsSync(at(key, goneFile))) {
          return missing(id)
        }
        const endpoint: Endpoint = { _tag: "Local", home: at(key, "home"), environment: { RUNCTL_MACHINE: `${key},` } }
        return Effect.succeed(endpoint)
      }),
    endActionScript: () => undefined,
    preemptionProbe: `test -e "$RUNCTL_MACHINE_DIR/../${noticeFile}"`,
    preemptionEvidence: ({ id }) =>
      tell("preemptionEvidence", () => {
        const { nativeId: key } = parts(id)
        const isPreempted = existsSync(at(key, goneFile)) || existsSync(at(key, noticeFile))
        return { preempted: isPreempted ? ("yes" as const) : ("no" as const), message: "its folder says so" }
      })
  })
}

/** What a plugin's package gives. */
export const plugin = (name: string, folder: string): ProviderPlugin =>
  define({ name, layer: Layer.sync(TrainingProvider, () => make(name, folder)) })
