/**
 * Everything the journal remembers: requests somebody made and facts that happened, never changed afterwards.
 *
 * @since 0.1.0
 */
import { GiB, Market, Offer, OfferQuery } from "@runctl/core/Offer"
import { Mark, ResourceKey } from "@runctl/core/Ownership"
import { EndedBy, Resource, ResourceId } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import { TrainingJob } from "@runctl/core/TrainingJob"
import { Checkpoint, JobStatus, UnitId } from "@runctl/core/Job"
import { NanoUsd, UsdPerHour } from "@runctl/core/Money"
import * as Schema from "effect/Schema"

/**
 * What went wrong, for people and programs: a code explained in docs/errors.md, a sentence, and what to try.
 *
 * @category models
 * @since 0.1.0
 */
export const Problem = Schema.Struct({
  code: Schema.String,
  message: Schema.String,
  advice: Schema.optionalKey(Schema.String)
})
export type Problem = typeof Problem.Type

/**
 * A cap that a rent must fit into, and its name: `run/<id>`, `project/<name>`, `day/<date>`.
 *
 * @category models
 * @since 0.1.0
 */
export const BudgetCap = Schema.Struct({ scope: Schema.NonEmptyString, capNanoUsd: NanoUsd })
export type BudgetCap = typeof BudgetCap.Type

/**
 * What a machine's reservation stands on, so that it can be counted anew when its deadline or its price has moved.
 *
 * @category models
 * @since 0.1.0
 */
export const Reserve = Schema.Struct({
  budgets: Schema.Array(BudgetCap),
  worstCaseNanoUsd: Schema.optionalKey(NanoUsd),
  diskUsdPerHour: UsdPerHour,
  egressNanoUsd: NanoUsd,
  graceSeconds: Schema.Finite,
  holdSeconds: Schema.Finite,
  sweepSeconds: Schema.Finite,
  stoppedSeconds: Schema.Finite
})
export type Reserve = typeof Reserve.Type

/**
 * Where a run may happen: on a machine that is there already, or on one to be rented.
 *
 * **Details**  `agreedUsdPerHour` is the price somebody has seen and said yes to. `orOnDemand`: of a spot market, what
 * costs the full price may be taken too. `among`: of `any`, the providers that answered when it was planned; one of them
 * that cannot be asked later is missed. `only`: what nobody has said yes to is left out: everything that costs, or what
 * costs and cannot end its own billing.
 *
 * @category models
 * @since 0.1.0
 */
export const Placement = Schema.Union([
  Schema.TaggedStruct("On", { resource: ResourceId }),
  Schema.TaggedStruct("Rent", {
    provider: Schema.NonEmptyString,
    query: OfferQuery,
    market: Market,
    orOnDemand: Schema.optionalKey(Schema.Boolean),
    only: Schema.optionalKey(Schema.Literals(["free", "endsItself"])),
    among: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
    diskGiB: Schema.optionalKey(GiB),
    image: Schema.optionalKey(Schema.String),
    agreedUsdPerHour: Schema.optionalKey(UsdPerHour)
  })
])
export type Placement = typeof Placement.Type

/**
 * What a run was asked to be.
 *
 * **Details**  `project` is the name its costs are counted under. `asksAboutPrice`: somebody is there to be asked, so a
 * price that has moved ends the run at once instead of trying the next offer. `isDeadlineDerived`: the deadline is what
 * the budgets can bear at the planned price. `expectedHours`: how long whoever asked thinks that it takes.
 * **Units**  deadlineAt: milliseconds since 1970-01-01 UTC · grace and hold: seconds
 *
 * @category models
 * @since 0.1.0
 */
export const RunSpec = Schema.Struct({
  name: Schema.NonEmptyString,
  job: TrainingJob,
  placement: Placement,
  deadlineAt: Schema.Int,
  isDeadlineDerived: Schema.optionalKey(Schema.Boolean),
  expectedHours: Schema.optionalKey(Schema.Finite),
  graceSeconds: Schema.Int,
  holdSeconds: Schema.Int,
  budgets: Schema.Array(BudgetCap),
  project: Schema.optionalKey(Schema.NonEmptyString),
  asksAboutPrice: Schema.optionalKey(Schema.Boolean),
  keep: Schema.Boolean,
  resumeOf: Schema.optionalKey(RunId),
  envFiles: Schema.Array(Schema.String),
  notify: Schema.optionalKey(Schema.Literals(["url", "command"]))
})
export type RunSpec = typeof RunSpec.Type

/**
 * What a job was thought to cost on the machine that was asked for, and for how many hours of it.
 *
 * @category models
 * @since 0.1.0
 */
export const Quote = Schema.Struct({
  totalNanoUsd: NanoUsd,
  lowNanoUsd: NanoUsd,
  highNanoUsd: NanoUsd,
  hours: Schema.Finite
})
export type Quote = typeof Quote.Type

/**
 * An offer that could not be had, and why. `key` is that of the request that was sent; without one, none was sent.
 *
 * @category models
 * @since 0.1.0
 */
export const Tried = Schema.Struct({
  provider: Schema.String,
  region: Schema.String,
  zone: Schema.optionalKey(Schema.String),
  instanceType: Schema.String,
  market: Market,
  usdPerHour: Schema.optionalKey(UsdPerHour),
  key: Schema.optionalKey(ResourceKey),
  problem: Problem
})
export type Tried = typeof Tried.Type

/** In which form a machine was told what to do at boot. @category models @since 0.1.0 */
export const BootstrapFormat = Schema.Literals(["cloud-config", "script"])
export type BootstrapFormat = typeof BootstrapFormat.Type

const message = { message: Schema.String }

/**
 * The payload of each event type. A type that was ever written stays readable: new fields are optional.
 *
 * @category models
 * @since 0.1.0
 */
export const payloads = {
  // a run
  RunRequested: Schema.Struct({ spec: RunSpec }),
  AttemptStarted: Schema.Struct({
    number: Schema.Int,
    epoch: Schema.Int,
    unit: UnitId,
    resource: Schema.optionalKey(ResourceId)
  }),
  /** A provider could not be asked for its offers; others were. */
  ProviderFailed: Schema.Struct({ provider: Schema.String, ...message }),
  /** One offer of several could not be had; the next one is tried. */
  OfferFailed: Tried,
  RunPlaced: Schema.Struct({
    resource: ResourceId,
    key: ResourceKey,
    usdPerHour: UsdPerHour,
    quote: Schema.optionalKey(Quote),
    rented: Schema.Boolean
  }),
  RunPrepared: Schema.Struct({}),
  RunStarted: Schema.Struct({ status: JobStatus }),
  CheckpointSaved: Schema.Struct({
    attempt: Schema.Int,
    checkpoint: Checkpoint,
    local: Schema.String,
    sha256: Schema.optionalKey(Schema.String)
  }),
  RunCancelRequested: Schema.Struct({ by: Schema.Literals(["user", "budget"]) }),
  RunExtended: Schema.Struct({ deadlineAt: Schema.Int }),
  JobEnded: Schema.Struct({ status: JobStatus }),
  AttemptInterrupted: Schema.Struct({ cause: Schema.Literals(["preempted", "lost", "gone"]), ...message }),
  OutputsVerified: Schema.Struct({ files: Schema.Int, bytes: Schema.Int, folder: Schema.String, ...message }),
  OutputsFailed: Schema.Struct({ problem: Problem, holdUntil: Schema.Int }),
  RunCompleted: Schema.Struct({}),
  RunFailed: Schema.Struct({ problem: Problem, exitCode: Schema.optionalKey(Schema.Int) }),
  RunCancelled: Schema.Struct({ problem: Schema.optionalKey(Problem) }),
  RunInterrupted: Schema.Struct({ problem: Problem }),
  RunClosed: Schema.Struct({
    chargedNanoUsd: NanoUsd,
    machine: Schema.optionalKey(Schema.Literals(["terminated", "kept", "none"]))
  }),
  NotificationFailed: Schema.Struct(message),
  // a machine
  InstanceRequested: Schema.Struct({
    provider: Schema.String,
    mark: Mark,
    offer: Offer,
    market: Market,
    label: Schema.optionalKey(Schema.String),
    run: Schema.optionalKey(RunId),
    usdPerHour: Schema.optionalKey(UsdPerHour),
    priceLimit: Schema.optionalKey(UsdPerHour),
    quote: Schema.optionalKey(Quote),
    scopes: Schema.Array(Schema.String),
    diskGiB: Schema.optionalKey(GiB),
    image: Schema.optionalKey(Schema.String),
    bootstrap: Schema.optionalKey(BootstrapFormat),
    opensByKey: Schema.optionalKey(Schema.Literal(true)),
    project: Schema.optionalKey(Schema.NonEmptyString),
    reserve: Schema.optionalKey(Reserve)
  }),
  /** The answer was lost; the same request is sent again, and either may make the machine. */
  InstanceAskedAgain: Schema.Struct({ knownBy: Schema.Literals(["token", "name"]) }),
  InstanceProvisioned: Schema.Struct({ resource: Resource }),
  InstanceFailed: Schema.Struct({ problem: Problem }),
  InstanceAdopted: Schema.Struct({ resource: Resource }),
  InstanceHostKeyOffered: Schema.Struct({ hostKey: Schema.String }),
  InstanceBootstrapped: Schema.Struct({ hostKey: Schema.optionalKey(Schema.String) }),
  InstanceStopRequested: Schema.Struct({}),
  InstanceStartRequested: Schema.Struct({}),
  InstanceObserved: Schema.Struct({ resource: Resource }),
  InstancePreempted: Schema.Struct(message),
  InstanceExtended: Schema.Struct({ deadlineAt: Schema.Int, worstCaseNanoUsd: Schema.optionalKey(NanoUsd) }),
  InstancePriced: Schema.Struct({ usdPerHour: UsdPerHour, since: Schema.optionalKey(Schema.Int) }),
  ShutdownRequested: Schema.Struct({ by: EndedBy }),
  /** It is listed although it should not be: given up, gone, or one too many. */
  InstanceSighted: Schema.Struct({ resource: Schema.NonEmptyString }),
  /** It is there after all, and proven to be ours: from now on it is ended like every other. */
  InstanceLate: Schema.Struct({ resource: Resource }),
  /** A second machine of the same request was ended. */
  SurplusEnded: Schema.Struct({ resource: Schema.NonEmptyString, chargedNanoUsd: NanoUsd }),
  /** What was made beside a machine that is gone was removed. */
  CompanionRemoved: Schema.Struct({ companion: Schema.NonEmptyString }),
  InstanceDestroyed: Schema.Struct({ endedBy: EndedBy, chargedNanoUsd: NanoUsd }),
  // money
  BudgetReserved: Schema.Struct({ key: ResourceKey, nanoUsd: NanoUsd }),
  BudgetReleased: Schema.Struct({ key: ResourceKey, chargedNanoUsd: NanoUsd }),
  BudgetWarned: Schema.Struct({
    scope: Schema.String,
    percent: Schema.Int,
    capNanoUsd: NanoUsd,
    accruedNanoUsd: NanoUsd,
    ...message
  }),
  BudgetExceeded: Schema.Struct({ scope: Schema.String, capNanoUsd: Schema.optionalKey(NanoUsd), ...message }),
  // the sweeper
  SweepCompleted: Schema.Struct({
    providers: Schema.Array(Schema.String),
    failures: Schema.Array(Schema.Struct({ provider: Schema.String, message: Schema.String })),
    machines: Schema.Int,
    ended: Schema.Int,
    /** Whether a supervisor swept, or a command: absent in older ones. */
    by: Schema.optionalKey(Schema.Literals(["supervisor", "command"]))
  }),
  /** A person had a machine ended that nothing proves to be ours, or something removed that serves no machine. */
  OrphanEnded: Schema.Struct({ resource: Schema.NonEmptyString }),
  // the supervisor
  SupervisorStarted: Schema.Struct({ pid: Schema.Int, token: Schema.Int }),
  SupervisorStopped: Schema.Struct({ why: Schema.String })
} as const

/** The names of all events. @category models @since 0.1.0 */
export type EventType = keyof typeof payloads

/** What an event of a type says. @category models @since 0.1.0 */
export type Payload<T extends EventType> = (typeof payloads)[T]["Type"]

/**
 * An event as it is handed around: its type and what it says. The journal adds the envelope.
 *
 * @category models
 * @since 0.1.0
 */
export type Event = { readonly [T in EventType]: { readonly type: T; readonly payload: Payload<T> } }[EventType]

/** Makes an event. @category constructors @since 0.1.0 */
export const event = <T extends EventType>(
  type: T,
  payload: Payload<T>
): { readonly type: T; readonly payload: Payload<T> } => ({ type, payload })
