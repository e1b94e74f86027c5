/**
 * Machines that were just rented: met and armed, or ended and replaced when they are no good.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { Endings } from "./Endings.ts"
import { event } from "./Event.ts"
import * as FirstContact from "./FirstContact.ts"
import * as Holding from "./Holding.ts"
import * as MachineClocks from "./MachineClocks.ts"
import { isPassing, problemOf } from "./Problems.ts"
import { streams } from "./Projections.ts"
import { type LoadedProvider, Providers } from "./Providers.ts"
import { Records } from "./Records.ts"
import { Rents, type RentRequest } from "./Rents.ts"
import type { ResourceRecord } from "./ResourceRecord.ts"
import type { BadMachine } from "./RuntimeError.ts"

/** How many machines in a row may be bad before nobody tries another. @category constants @since 0.1.0 */
export const mostBad = 3

/**
 * Ends a machine that is not what was rented. Why is written down first: whoever comes next ends it too.
 *
 * @category steps
 * @since 0.1.0
 */
export const discard = Effect.fn("NewMachine.discard")(function* ({ mark }: ResourceRecord, bad: BadMachine) {
  const records = yield* Records
  const endings = yield* Endings
  yield* Effect.logWarning(`${bad.message}; it is ended`)
  yield* records.append(streams.resource(mark.key), [event("InstanceFailed", { problem: problemOf(bad) })])
  yield* endings.end(mark.key, "provider")
})

const unarmed = "its own clock is not armed, and only runctl on this computer ends it at its deadline"

/**
 * Meets a machine that was just rented for no run, once it is up, and arms its clocks; answers when it is bad. That it
 * did not work is said: the machine is there, and only we end it.
 */
const meet = Effect.fnUntraced(function* (
  loaded: LoadedProvider,
  record: ResourceRecord
): Effect.fn.Return<BadMachine | undefined, never, Records> {
  const { resource } = record
  if (resource === undefined) return undefined
  const hasClocks = loaded.provider.endActionScript(resource) !== undefined
  if (!hasClocks && !FirstContact.isNeeded(loaded, record)) return undefined
  const clocks = MachineClocks.ofMachine(record)
  const tell: FirstContact.Tell = (told) => (told._tag === "Step" ? Effect.logInfo(told.message) : Effect.void)
  const outcome = hasClocks ? unarmed : "it is not known whether it is what was rented"
  return yield* MachineClocks.ready(loaded.provider, resource, MachineClocks.madeAt(record)).pipe(
    Effect.andThen(FirstContact.meet(loaded, record, clocks, tell)),
    Effect.andThen(MachineClocks.keep(loaded, resource.id, clocks)),
    Effect.as(undefined),
    Effect.retry({ schedule: Schedule.spaced(defaults.statusPollLast), while: isPassing }),
    Effect.timeoutOrElse({
      duration: Duration.sum(defaults.created, defaults.waitForSsh),
      orElse: () => Effect.as(Effect.logWarning(`${resource.id} was not reached: ${outcome}`), undefined)
    }),
    Effect.catch((error) =>
      error._tag === "BadMachine"
        ? Effect.succeed(error)
        : Effect.as(Effect.logWarning(`${resource.id}: ${error.message}: ${outcome}`), undefined)
    )
  )
})

/** By one process at a time: whoever comes second meets what is met already. */
const met = (loaded: LoadedProvider, { mark: { key } }: ResourceRecord) =>
  Holding.alone(Holding.meeting(key), () =>
    Effect.gen(function* () {
      const record = yield* (yield* Records).resource(key)
      return record?.phase === "Held" ? yield* meet(loaded, record) : undefined
    })
  )

/**
 * Goes on with a machine that somebody else has rented for no run: meets it, or ends it when it is no good.
 *
 * @category steps
 * @since 0.1.0
 */
export const takeOver = Effect.fn("NewMachine.takeOver")(function* (record: ResourceRecord) {
  const providers = yield* Providers
  const bad = yield* met(yield* providers.get(record.provider), record)
  if (bad !== undefined) yield* discard(record, bad)
  return (yield* (yield* Records).resource(record.mark.key)) ?? record
})

/**
 * Rents a machine for no run, meets it and arms its clocks.
 *
 * **Errors**  `BadMachine` when three in a row were; each was ended.
 *
 * @category steps
 * @since 0.1.0
 */
export const rent = Effect.fn("NewMachine.rent")(function* (request: RentRequest) {
  const rents = yield* Rents
  const providers = yield* Providers
  const records = yield* Records
  const losses = [...(request.losses ?? [])]
  for (let left = mostBad; ; left -= 1) {
    const record = yield* rents.rent({ ...request, losses })
    const bad = yield* met(yield* providers.get(record.provider), record)
    if (bad === undefined) return (yield* records.resource(record.mark.key)) ?? record
    yield* discard(record, bad)
    losses.push(record)
    if (left <= 1) return yield* bad
  }
})
