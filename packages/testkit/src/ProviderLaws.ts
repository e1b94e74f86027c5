/**
 * The laws every provider keeps, and a suite that holds one to them.
 *
 * @since 0.1.0
 */
import type { OfferQuery } from "@runctl/core/Offer"
import { didYouMean } from "@runctl/core/Nearest"
import type { OwnerId } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { isBillable } from "@runctl/core/Resource"
import type { Shells } from "@runctl/core/Shell"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Path from "effect/Path"
import { afterAll, describe, it } from "vitest"
import * as Ending from "./internal/laws/ending.ts"
import * as Files from "./internal/laws/files.ts"
import * as Jobs from "./internal/laws/jobs.ts"
import * as Marks from "./internal/laws/marks.ts"
import * as Offers from "./internal/laws/offers.ts"
import * as OnShell from "./internal/laws/shell.ts"
import { owners as names } from "./internal/rent.ts"
import { judge, type Law, LawSettings, UsingHalf, type Verdict } from "./Law.ts"

/**
 * The laws about what is done on machines: they need ones that boot and are reached. An emulated cloud without machines
 * leaves them out, all the others keep with it.
 *
 * @category laws
 * @since 0.1.0
 */
export const onMachines: ReadonlyArray<Law> = [...OnShell.laws, ...Jobs.laws, ...Files.laws]

/**
 * Every law there is.
 *
 * @category laws
 * @since 0.1.0
 */
export const laws: ReadonlyArray<Law> = [...Offers.laws, ...Marks.laws, ...Ending.laws, ...onMachines]

/**
 * How a provider is held to the laws.
 *
 * **Details**
 * - `skip`: laws that are left out, each by its name and with the reason it cannot be kept.
 * - `offerQuery`: what is rented; the cheapest offer for it.
 * - `within`: how long the cloud may take to show what it did (one minute); `every`: how often it is asked meanwhile
 *   (half a second); `timeout`: how long one law may take (ten minutes).
 * - `concurrent`: whether laws may run at the same time, when the cloud minds no burst of calls; no unless told.
 * - `cleanup`: what is done at the very end, whatever happened.
 *
 * @category models
 * @since 0.1.0
 */
export interface LawOptions<R = never> {
  readonly skip?: ReadonlyArray<{ readonly law: string; readonly reason: string }>
  readonly offerQuery?: OfferQuery
  readonly within?: Duration.Input
  readonly every?: Duration.Input
  readonly timeout?: Duration.Input
  readonly concurrent?: boolean
  readonly cleanup?: Effect.Effect<void, never, R>
}

/** What a layer under the laws gives, beside the provider. @category models @since 0.1.0 */
export type Platform = Shells | FileSystem.FileSystem | Path.Path

/**
 * A law in the suite of one provider: run it, or leave it out for a reason.
 *
 * @category models
 * @since 0.1.0
 */
export interface Planned {
  readonly law: Law
  readonly skipped: string | undefined
}

/**
 * Which laws are run and which are left out.
 *
 * **Errors**  throws when a law is left out that does not exist, twice, or without a reason.
 *
 * @category decisions
 * @since 0.1.0
 */
export const plan = (skip: NonNullable<LawOptions["skip"]> = []): ReadonlyArray<Planned> => {
  const names = laws.map(({ name }) => name)
  const reasons = new Map<string, string>()
  for (const { law, reason } of skip) {
    if (!names.includes(law)) throw new Error(`there is no law "${law}" to skip.${didYouMean(law, names)}`)
    if (reasons.has(law)) throw new Error(`the law "${law}" is skipped twice`)
    if (reason.trim() === "") throw new Error(`the law "${law}" is skipped without a reason`)
    reasons.set(law, reason)
  }
  return laws.map((law) => ({ law, skipped: reasons.get(law.name) }))
}

/**
 * What laws need beside the provider: the settings, and its using half.
 *
 * @category layers
 * @since 0.1.0
 */
export const services = (
  options: LawOptions = {}
): Layer.Layer<LawSettings | UsingHalf, never, TrainingProvider | Platform> => {
  const duration = (input: Duration.Input | undefined, otherwise: Duration.Input) =>
    Duration.fromInputUnsafe(input ?? otherwise)
  const settings = Layer.succeed(LawSettings, {
    offerQuery: options.offerQuery ?? {},
    within: duration(options.within, "1 minute"),
    every: duration(options.every, "500 millis"),
    timeout: duration(options.timeout, "10 minutes")
  })
  return Layer.merge(
    settings,
    Layer.effect(
      UsingHalf,
      Effect.flatMap(TrainingProvider, (each) => MachineUse.make(each))
    )
  )
}

/**
 * In whose names laws rent: no installation of runctl is called so.
 *
 * @category constants
 * @since 0.1.0
 */
export const owners: ReadonlyArray<OwnerId> = names

/**
 * Ends whatever was rented in the names of the laws, and removes what was made beside it: before and after laws that cost
 * money, since a run that was cut off has cleared up nothing. Answers what there was.
 *
 * **Details**  laws that somebody else runs in the same account at the same time lose their machines too.
 * **Errors**   the first thing that could not be ended or removed, after everything else was tried.
 *
 * @category testing
 * @since 0.1.0
 */
export const sweep: Effect.Effect<ReadonlyArray<string>, ProviderError, TrainingProvider> = Effect.gen(function* () {
  const provider = yield* TrainingProvider
  const isOurs = ({ owner }: { readonly owner: OwnerId | undefined }) => owner !== undefined && owners.includes(owner)
  const all = <A>(things: ReadonlyArray<A>, end: (thing: A) => Effect.Effect<void, ProviderError>) =>
    Effect.forEach(things, (thing) => Effect.result(end(thing)))
  const machines = (yield* provider.listResources).filter((machine) => isOurs(machine) && isBillable(machine))
  const ended = yield* all(machines, ({ id }) => provider.terminate(id))
  const beside = (yield* provider.companions.list).filter(isOurs)
  const removed = yield* all(beside, ({ id }) => provider.companions.remove(id))
  yield* Effect.forEach([...ended, ...removed], (result) => Effect.fromResult(result), { discard: true })
  return [...machines, ...beside].map(({ id }) => id)
})

/** What a test does about a verdict: nothing, skip itself with the reason, or fail with it. */
const settle = (verdict: Verdict, skip: (note: string) => void): void => {
  if (verdict._tag === "NotApplicable") skip(verdict.why)
  if (verdict._tag === "Broken") throw new Error(`the law is broken: ${verdict.why}`)
}

/**
 * Registers a vitest suite with one test for each law, run against the real clock.
 *
 * **Details**  a law that is skipped stays visible by its name, with the reason in the title; so does one that says
 * nothing about the provider, with a note. Every law ends what it rented; nobody else's machine is touched.
 * **Errors**   throws, so that the file fails, when `skip` names no law or lacks a reason.
 *
 * @category testing
 * @since 0.1.0
 */
export const suite = <P, E>(
  title: string,
  provider: Layer.Layer<TrainingProvider | Platform | P, E>,
  options: LawOptions<TrainingProvider | Platform | P> = {}
): void => {
  const planned = plan(options.skip)
  const { cleanup, ...settings } = options
  const millis = Duration.toMillis(Duration.fromInputUnsafe(options.timeout ?? "10 minutes"))
  describe(`${title} keeps the provider laws`, { concurrent: options.concurrent ?? false }, () => {
    const runtime = ManagedRuntime.make(services(settings).pipe(Layer.provideMerge(provider)))
    afterAll(async () => {
      if (cleanup !== undefined) await runtime.runPromise(cleanup)
      await runtime.dispose()
    })
    for (const { law, skipped } of planned) {
      if (skipped === undefined) {
        it(law.name, { timeout: millis + 30_000 }, async (context) => {
          settle(await runtime.runPromise(judge(law)), context.skip)
        })
      } else it.skip(`${law.name} (skipped: ${skipped})`)
    }
  })
}
