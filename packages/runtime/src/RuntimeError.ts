/**
 * Why the runtime could not do what was asked, when neither the cloud nor the journal is to blame.
 *
 * @since 0.1.0
 */
import { didYouMean } from "@runctl/core/Nearest"
import * as Schema from "effect/Schema"
import { Tried } from "./Event.ts"
import { placeOf } from "./NextOffer.ts"

/** No run has that id or name. @category errors @since 0.1.0 */
export class UnknownRun extends Schema.TaggedError<UnknownRun>("@runctl/runtime/UnknownRun")("UnknownRun", {
  id: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `there is no run "${this.id}".${didYouMean(this.id, this.known)}`
  }
}

/** No machine has that id or name. @category errors @since 0.1.0 */
export class UnknownResource extends Schema.TaggedError<UnknownResource>("@runctl/runtime/UnknownResource")(
  "UnknownResource",
  { id: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message(): string {
    return `there is no machine "${this.id}".${didYouMean(this.id, this.known)}`
  }
}

/** The machine exists and belongs to somebody else: it is never touched. @category errors @since 0.1.0 */
export class NotOurs extends Schema.TaggedError<NotOurs>("@runctl/runtime/NotOurs")("NotOurs", {
  id: Schema.String,
  owner: Schema.String
}) {
  override get message(): string {
    return `the machine ${this.id} belongs to owner ${this.owner}, not to this installation`
  }
}

/** A machine cannot be taken over. @category errors @since 0.1.0 */
export class CannotAdopt extends Schema.TaggedError<CannotAdopt>("@runctl/runtime/CannotAdopt")("CannotAdopt", {
  id: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${this.id} cannot be taken over: ${this.why}`
  }
}

/** What is where it should be is no orphan. @category errors @since 0.1.0 */
export class NoOrphan extends Schema.TaggedError<NoOrphan>("@runctl/runtime/NoOrphan")("NoOrphan", {
  id: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${this.id} is not left over: ${this.why}`
  }
}

/** The run is over; what was asked for makes no sense any more. @category errors @since 0.1.0 */
export class RunIsOver extends Schema.TaggedError<RunIsOver>("@runctl/runtime/RunIsOver")("RunIsOver", {
  id: Schema.String,
  state: Schema.String
}) {
  override get message(): string {
    return `the run ${this.id} is over (${this.state})`
  }
}

/**
 * No offer fits; `rejected` counts the reasons, most frequent first. `unasked`: the providers that were not asked, and
 * why.
 *
 * @category errors
 * @since 0.1.0
 */
export class NoOfferFits extends Schema.TaggedError<NoOfferFits>("@runctl/runtime/NoOfferFits")("NoOfferFits", {
  providers: Schema.Array(Schema.String),
  /** That nobody knows the GPU that was asked for, and which was probably meant. */
  unknownGpu: Schema.optionalKey(Schema.String),
  unasked: Schema.optionalKey(Schema.Array(Schema.Struct({ provider: Schema.String, why: Schema.String }))),
  rejected: Schema.Array(Schema.Struct({ why: Schema.String, count: Schema.Int })),
  failures: Schema.Array(
    Schema.Struct({ provider: Schema.String, message: Schema.String, isPassing: Schema.optionalKey(Schema.Boolean) })
  )
}) {
  override get message(): string {
    const [first] = this.rejected
    const failed = this.failures.map(({ message }) => ` ${message}.`).join("")
    const unasked = (this.unasked ?? []).map(({ provider, why }) => `${provider} (${why})`).join(", ")
    const unknown = this.unknownGpu === undefined ? "" : ` ${this.unknownGpu}`
    const rest = `${unknown}${failed}${unasked === "" ? "" : ` Not asked: ${unasked}.`}`
    const none =
      this.providers.length === 0 ? "nobody could be asked" : `no offers at all from ${this.providers.join(", ")}`
    return first === undefined
      ? `${none}.${rest}`
      : `no offer fits. Most often: ${first.why} (${first.count} offers).${rest}`
  }
}

/** How many of the offers that were tried a message names. */
const mostNamed = 6

/**
 * Several offers were tried, and none could be had; first to last. `isPassing`: one of them may be had later, with
 * nothing changed but time.
 *
 * @category errors
 * @since 0.1.0
 */
export class OffersExhausted extends Schema.TaggedError<OffersExhausted>("@runctl/runtime/OffersExhausted")(
  "OffersExhausted",
  {
    tried: Schema.Array(Tried),
    isPassing: Schema.Boolean
  }
) {
  override get message(): string {
    const named = this.tried.slice(0, mostNamed).map((each) => `${placeOf(each)}: ${each.problem.message}`)
    const more = this.tried.length > mostNamed ? `; and ${this.tried.length - mostNamed} more` : ""
    return `no machine could be had; ${this.tried.length} offers were tried. ${named.join("; ")}${more}`
  }
}

/** A budget cannot bear it. @category errors @since 0.1.0 */
export class BudgetRefused extends Schema.TaggedError<BudgetRefused>("@runctl/runtime/BudgetRefused")("BudgetRefused", {
  scope: Schema.String,
  message: Schema.String
}) {}

/** The machine that was rented is not what was paid for. @category errors @since 0.1.0 */
export class BadMachine extends Schema.TaggedError<BadMachine>("@runctl/runtime/BadMachine")("BadMachine", {
  id: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `the machine ${this.id} is not what was rented: ${this.why}`
  }
}

/** The supervisor could not be started or did not answer. @category errors @since 0.1.0 */
export class SupervisorUnavailable extends Schema.TaggedError<SupervisorUnavailable>(
  "@runctl/runtime/SupervisorUnavailable"
)("SupervisorUnavailable", { message: Schema.String }) {}

/** A file under RUNCTL_HOME cannot be read or written. @category errors @since 0.1.0 */
export class HomeFailed extends Schema.TaggedError<HomeFailed>("@runctl/runtime/HomeFailed")("HomeFailed", {
  path: Schema.String,
  message: Schema.String
}) {}

/** How the runtime fails on its own account. @category errors @since 0.1.0 */
export type RuntimeError =
  | UnknownRun
  | UnknownResource
  | NotOurs
  | CannotAdopt
  | NoOrphan
  | RunIsOver
  | NoOfferFits
  | OffersExhausted
  | BudgetRefused
  | BadMachine
  | SupervisorUnavailable
  | HomeFailed
