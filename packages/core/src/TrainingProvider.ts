/**
 * The contract a cloud implements: renting machines, and using them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Capabilities } from "./Capabilities.ts"
import type { Endpoint } from "./Endpoint.ts"
import type { Copied, CopyOptions, JobEvent, JobRequest, JobStatus, OutputFile, Preparation, UnitId } from "./Job.ts"
import type { JobError } from "./JobError.ts"
import type { Clocks, ClockStatus } from "./MachineClocks.ts"
import type { UsdPerHour } from "./Money.ts"
import type { GiB, Market, Offer, OfferQuery } from "./Offer.ts"
import type { Mark, OwnerId } from "./Ownership.ts"
import type { ProviderError } from "./ProviderError.ts"
import type { Resource, ResourceId } from "./Resource.ts"
import type { ResourceState } from "./ResourceState.ts"

/**
 * What a machine does at boot, made by the runtime and only carried by the plugin.
 *
 * @category models
 * @since 0.1.0
 */
export interface Bootstrap {
  readonly format: "none" | "cloud-config" | "script"
  readonly content: string
}

/**
 * What to rent. The same `mark.key` is the same machine, as far as the provider's `idempotency` goes.
 *
 * **Details**  `offer` is what was chosen; the provider may answer with another zone. `priceLimit` is the most we agreed
 * to pay: a provider that learns of a higher price refuses with `PriceTooLow`. `authorizedKey` is the owner's public key
 * in OpenSSH form, for clouds that want to know what opens a machine.
 *
 * @category models
 * @since 0.1.0
 */
export interface CreateRequest {
  readonly mark: Mark
  readonly offer: Offer
  readonly market: Market
  readonly label: string | undefined
  readonly diskGiB: GiB | undefined
  readonly image: string | undefined
  readonly bootstrap: Bootstrap
  readonly authorizedKey: string | undefined
  readonly priceLimit: UsdPerHour | undefined
}

/**
 * One line of what is charged per hour in a state.
 *
 * @category models
 * @since 0.1.0
 */
export interface Charge {
  readonly item: "compute" | "disk" | "address" | "other"
  readonly usdPerHour: UsdPerHour
}

/**
 * Something made beside a machine that may cost or clutter: a security group, a key, a volume, a script.
 *
 * **Details**  `owner` is whose mark it carries, and `key` the machine it belongs to; what serves all machines of an owner
 * has no key.
 *
 * @category models
 * @since 0.1.0
 */
export interface Companion {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly owner: OwnerId | undefined
  readonly key: string | undefined
}

/**
 * What the cloud says about why a machine ended or is about to.
 *
 * @category models
 * @since 0.1.0
 */
export interface PreemptionEvidence {
  readonly preempted: "yes" | "no" | "unknown"
  readonly message: string
}

/**
 * One thing that was looked at to see whether a provider can be used. `advice` says what to do about it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Diagnosis {
  readonly name: string
  readonly status: "ok" | "warn" | "fail"
  readonly message: string
  readonly advice: string | undefined
}

/**
 * The first half of the contract: what a plugin author writes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Renting {
  /** The provider's name: the first part of its resource ids. */
  readonly name: string
  readonly capabilities: Capabilities
  /** Live offers that match, each with its source and time. */
  readonly offers: (query: OfferQuery) => Effect.Effect<ReadonlyArray<Offer>, ProviderError>
  /** What a machine of this type costs on demand over so many hours, in US dollars. */
  readonly estimateCost: (instanceType: string, hours: number) => Effect.Effect<number, ProviderError>
  /** What is charged per hour in a state, disks and addresses included. */
  readonly billing: (resource: Resource, state: ResourceState) => Effect.Effect<ReadonlyArray<Charge>, ProviderError>
  /** Rents. The same key twice is one machine where `idempotency` says so. */
  readonly createResource: (request: CreateRequest) => Effect.Effect<Resource, ProviderError>
  /** One machine; fails with `NotFound` when it does not exist any more. */
  readonly getResource: (id: ResourceId) => Effect.Effect<Resource, ProviderError>
  /** Every machine with runctl's mark, whoever's: all regions, all pages. */
  readonly listResources: Effect.Effect<ReadonlyArray<Resource>, ProviderError>
  readonly companions: {
    /** Everything beside machines that carries our mark. */
    readonly list: Effect.Effect<ReadonlyArray<Companion>, ProviderError>
    /** Succeeds once it is gone, whoever removed it. */
    readonly remove: (id: string) => Effect.Effect<void, ProviderError>
  }
  /** Switches on what was stopped. */
  readonly startResource: (id: ResourceId) => Effect.Effect<Resource, ProviderError>
  /** Switches off and keeps the disk; see `capabilities.stop` for what goes on billing. */
  readonly stopResource: (id: ResourceId) => Effect.Effect<Resource, ProviderError>
  /** Succeeds once the provider has accepted the end, or it is gone already, whoever removed it. */
  readonly terminate: (id: ResourceId) => Effect.Effect<void, ProviderError>
  /** Where a running machine is reached; `Conflict` while it is not known yet, `NotFound` once the machine is over. */
  readonly endpoint: (resource: Resource) => Effect.Effect<Endpoint, ProviderError>
  /**
   * Who logs in on machines that are told by user data what to do at boot: `root` when missing, else a user who is made
   * there and may do everything.
   */
  readonly login?: string
  /**
   * Whether the cloud itself puts `authorizedKey` on machines that it tells nothing at boot (`userData: "none"`). Such a
   * machine is met, and its clocks are armed, once it is reached; nothing on it ends it before.
   */
  readonly opensByKey?: boolean
  /**
   * A `sh` script that ends the machine from inside, when it can: what the machine's own clocks run when its time is
   * over. It begins in the machine's directory, is run again until the machine or that directory is gone, and may run
   * after a reboot: what it needs it holds itself. Nobody sees it among the processes, so it may hold a credential.
   * For the user data of a machine that does not exist yet it is asked too: `key` then stands in the id for what the
   * provider will call it, and a script that needs to know that is `undefined`.
   */
  readonly endActionScript: (resource: Resource) => string | undefined
  /** A `sh` command that succeeds on the machine once it is about to be taken back. */
  readonly preemptionProbe: string | undefined
  /** What the cloud says about why a machine ended. */
  readonly preemptionEvidence: (resource: Resource) => Effect.Effect<PreemptionEvidence, ProviderError>
  /** What `runctl providers doctor` shows beside its own checks; a part that is broken is a finding, no failure. */
  readonly diagnose?: Effect.Effect<ReadonlyArray<Diagnosis>>
}

/** How a use of a machine fails. @category errors @since 0.1.0 */
export type UseError = ProviderError | JobError

/**
 * The second half: what comes for free on any machine with a shell, and what a job-mode provider brings itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface Using {
  /**
   * Arms the machine's own clocks, once however often it is called: they end it by themselves when everybody is gone.
   * A deadline that is set stays; grace and hold are as they were told last. Nothing happens, and nothing is answered,
   * where the machine cannot end itself: there a job has its own deadline only.
   */
  readonly arm: (id: ResourceId, clocks: Clocks) => Effect.Effect<ClockStatus | undefined, UseError>
  /** What the machine's own clocks say; nothing where none are armed. */
  readonly clockStatus: (id: ResourceId) => Effect.Effect<ClockStatus | undefined, UseError>
  /** Moves the deadline of the machine's own clocks, both ways; nothing where it cannot end itself. */
  readonly extendClocks: (
    id: ResourceId,
    deadlineEpochSeconds: number
  ) => Effect.Effect<ClockStatus | undefined, UseError>
  /** Brings code, dependencies, data and checkpoint to the machine. Safe to repeat; sends only what changed. */
  readonly prepare: (id: ResourceId, request: JobRequest) => Stream.Stream<Preparation, UseError>
  /** Starts the unit once, however often it is called, and answers once it really runs. */
  readonly train: (id: ResourceId, request: JobRequest) => Effect.Effect<JobStatus, UseError>
  /** What the machine knows of a unit now. */
  readonly status: (id: ResourceId, unit: UnitId) => Effect.Effect<JobStatus, UseError>
  /** Log bytes from an offset, samples, checkpoints and states; with `follow` until the job is over. */
  readonly monitor: (
    id: ResourceId,
    unit: UnitId,
    options: { readonly follow: boolean; readonly fromByte: number }
  ) => Stream.Stream<JobEvent, UseError>
  /** Ends the unit and everything it started: politely, after the grace by force. */
  readonly stop: (
    id: ResourceId,
    unit: UnitId,
    options: { readonly graceSeconds: number; readonly reason: "stop" | "deadline" | "preempted" }
  ) => Effect.Effect<JobStatus, UseError>
  /** Moves the unit's deadline on the machine. */
  readonly extend: (id: ResourceId, unit: UnitId, deadlineEpochSeconds: number) => Effect.Effect<JobStatus, UseError>
  /** The files a finished unit left, with digests. */
  readonly outputs: (id: ResourceId, unit: UnitId) => Effect.Effect<ReadonlyArray<OutputFile>, UseError>
  /** Brings the unit's outputs to a local folder and verifies each by its digest. */
  readonly collect: (
    id: ResourceId,
    unit: UnitId,
    localPath: string
  ) => Effect.Effect<ReadonlyArray<OutputFile>, UseError>
  /** Brings one checkpoint of a unit to a local path, whole or not at all. */
  readonly fetchCheckpoint: (
    id: ResourceId,
    unit: UnitId,
    path: string,
    localPath: string
  ) => Effect.Effect<OutputFile, UseError>
  /** Brings a file or folder to a local path; nothing is ever written outside it. */
  readonly download: (
    id: ResourceId,
    remotePath: string,
    localPath: string,
    options?: CopyOptions
  ) => Effect.Effect<Copied, UseError>
  /** Brings a local file or folder to the machine. */
  readonly upload: (
    id: ResourceId,
    localPath: string,
    remotePath: string,
    options?: CopyOptions
  ) => Effect.Effect<Copied, UseError>
  /** Removes what a finished unit left on a machine that is kept: work folder and state. */
  readonly release: (id: ResourceId, unit: UnitId) => Effect.Effect<void, UseError>
}

/**
 * A provider: a cloud that rents machines. `using` replaces parts of the second half; a job-mode provider brings all
 * of it.
 *
 * @category services
 * @since 0.1.0
 */
export class TrainingProvider extends Context.Service<
  TrainingProvider,
  Renting & {
    readonly using?: Partial<Using>
  }
>()("@runctl/core/TrainingProvider") {}

/** The value behind the service. @category models @since 0.1.0 */
export type AnyTrainingProvider = TrainingProvider["Service"]
