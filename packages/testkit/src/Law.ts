/**
 * What a law is: a promise of every provider, as data that can be run anywhere.
 *
 * @since 0.1.0
 */
import type { Capabilities } from "@runctl/core/Capabilities"
import type { JobError } from "@runctl/core/JobError"
import type { OfferQuery } from "@runctl/core/Offer"
import type { ProviderError } from "@runctl/core/ProviderError"
import { TrainingProvider, type Using } from "@runctl/core/TrainingProvider"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Shells } from "@runctl/core/Shell"

/** The provider does not keep its promise. @category errors @since 0.1.0 */
export class Broken extends Schema.TaggedError<Broken>("@runctl/testkit/Broken")("Broken", {
  message: Schema.String
}) {}

/** The law says nothing about this provider, as found out while it ran. @category errors @since 0.1.0 */
export class NotApplicable extends Schema.TaggedError<NotApplicable>("@runctl/testkit/NotApplicable")("NotApplicable", {
  message: Schema.String
}) {}

/**
 * How laws are run: which offer is rented, how long the cloud may take to show what it did, how often it is asked
 * meanwhile, and how long a law may take as a whole.
 *
 * @category services
 * @since 0.1.0
 */
export class LawSettings extends Context.Service<
  LawSettings,
  {
    readonly offerQuery: OfferQuery
    readonly within: Duration.Duration
    readonly every: Duration.Duration
    readonly timeout: Duration.Duration
  }
>()("@runctl/testkit/Law") {}

/**
 * The using half of the provider, complete.
 *
 * @category services
 * @since 0.1.0
 */
export class UsingHalf extends Context.Service<UsingHalf, Using>()("@runctl/testkit/Law/UsingHalf") {}

/** What a law may ask for. @category models @since 0.1.0 */
export type LawServices =
  | TrainingProvider
  | UsingHalf
  | LawSettings
  | Shells
  | FileSystem.FileSystem
  | Path.Path
  | Scope.Scope

/**
 * A promise of every provider. `needs` says which providers it is about; it is kept when `run` succeeds.
 *
 * @category models
 * @since 0.1.0
 */
export interface Law {
  readonly name: string
  readonly needs?: { readonly what: string; readonly from: (capabilities: Capabilities) => boolean }
  readonly run: Effect.Effect<void, Broken | NotApplicable | ProviderError | JobError, LawServices>
}

/**
 * What came of running a law.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict =
  | { readonly _tag: "Kept" }
  | { readonly _tag: "NotApplicable"; readonly why: string }
  | { readonly _tag: "Broken"; readonly why: string }

const broken = (why: string): Verdict => ({ _tag: "Broken", why })

/**
 * Runs one law against the provider in the context, and cleans up behind it.
 *
 * **Details**  never fails: an error, a defect and a time limit passed are all broken laws.
 *
 * @category running
 * @since 0.1.0
 */
export const judge = (law: Law): Effect.Effect<Verdict, never, Exclude<LawServices, Scope.Scope>> =>
  Effect.gen(function* () {
    const { capabilities } = yield* TrainingProvider
    const { timeout } = yield* LawSettings
    if (law.needs !== undefined && !law.needs.from(capabilities)) {
      return { _tag: "NotApplicable", why: `it is about ${law.needs.what}` } satisfies Verdict
    }
    const exit = yield* law.run.pipe(
      Effect.scoped,
      Effect.timeoutOrElse({
        duration: timeout,
        orElse: () => new Broken({ message: `it is not finished after ${Duration.format(timeout)}` })
      }),
      Effect.exit
    )
    if (Exit.isSuccess(exit)) return { _tag: "Kept" } satisfies Verdict
    const error: unknown = Cause.squash(exit.cause)
    if (Schema.is(NotApplicable)(error)) return { _tag: "NotApplicable", why: error.message } satisfies Verdict
    return broken(error instanceof Error ? error.message : String(error))
  })
