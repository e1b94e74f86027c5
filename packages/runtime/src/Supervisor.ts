/**
 * The process that owns runs and machines: started when needed, one per RUNCTL_HOME, gone when nothing is left to own.
 *
 * @since 0.1.0
 */
import { defaults } from "@runctl/core/Defaults"
import { RunId } from "@runctl/core/Run"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberMap from "effect/FiberMap"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { event } from "./Event.ts"
import { EventBus } from "./EventBus.ts"
import { Handover } from "./Handover.ts"
import { Home } from "./Home.ts"
import { type Fence, Journal, type StoredEvent } from "./Journal.ts"
import * as Notifications from "./Notifications.ts"
import { Processes } from "./Processes.ts"
import { streams, toEvent } from "./Projections.ts"
import { CurrentFence, Records } from "./Records.ts"
import * as Recovery from "./Recovery.ts"
import { drive } from "./RunDriver.ts"
import { Secrets } from "./Secrets.ts"
import { watching } from "./SpendingWatch.ts"
import { Sweeper } from "./Sweeper.ts"

/** The lease that makes it the only one. @category constants @since 0.1.0 */
export const leaseName = "supervisor"

/**
 * Where a supervisor listens. One that was replaced while it was frozen must not take its successor's line away when it
 * leaves, so each has its own.
 *
 * @category accessors
 * @since 0.1.0
 */
export const socketOf = (root: string, token: number): string => `${root}/supervisor-${token}.sock`

/**
 * How a supervisor behaves. `version` is what it answers to `ping`: a client of another version asks it to `retire`, and
 * starts its own, which carries everything on.
 *
 * @category models
 * @since 0.1.0
 */
export interface SupervisorOptions {
  readonly idle: Duration.Duration
  readonly version: string
}

/** How often it looks for machines whose time is over and whether it is still needed. */
const lookEvery = Duration.seconds(2)

/**
 * The whole life of the supervisor.
 *
 * **Details**  takes the lease or leaves at once when somebody lives who has it; carries every open run on from where
 * it stands; ends machines whose time is over; leaves when nothing has been open for the idle time.
 *
 * @category programs
 * @since 0.1.0
 */
export const run = Effect.fn("Supervisor.run")(function* (options: SupervisorOptions) {
  const journal = yield* Journal
  const lease = yield* journal.hold(leaseName, defaults.supervisorLease)
  const fence: Fence = { lease: leaseName, token: lease.token }
  yield* Effect.raceFirst(lease.lost, supervise(options, fence).pipe(Effect.provideService(CurrentFence, fence)))
}, Effect.scoped)

const supervise = Effect.fnUntraced(function* ({ idle, version }: SupervisorOptions, fence: Fence) {
  const journal = yield* Journal
  const records = yield* Records
  const bus = yield* EventBus
  const secrets = yield* Secrets
  const handover = yield* Handover
  const home = yield* Home
  const sweeper = yield* Sweeper
  const { pid } = yield* (yield* Processes).self

  const runs = yield* FiberMap.make<string, void, never>()
  const ends = yield* FiberMap.make<string, void, never>()

  const driven = (id: RunId) =>
    drive(id).pipe(Effect.catchCause((cause) => Effect.logError(`run ${id} is left as it is`, cause)))

  /**
   * Begins a run, or begins it again with what has changed: every step can be repeated. Nobody else may be at one: what
   * cannot be cut off, as a machine that is being made, is awaited.
   */
  const carry = Effect.fnUntraced(function* (id: RunId) {
    const before = yield* FiberMap.get(runs, id)
    const stopped = Option.match(before, { onNone: () => Effect.void, onSome: Fiber.interrupt })
    yield* FiberMap.run(runs, id, Effect.andThen(Effect.uninterruptible(stopped), driven(id)))
  })

  const react = Effect.fnUntraced(function* (stored: StoredEvent) {
    const known = toEvent(stored)
    if (known === undefined) return
    yield* bus.emit(known, stored.run === undefined ? {} : { run: stored.run })
    const changes = known.type === "RunRequested" || known.type === "RunCancelRequested" || known.type === "RunExtended"
    // Whoever is told how the run ended may still need them until then.
    if (known.type === "RunClosed") {
      yield* Effect.forkScoped(Effect.andThen(bus.drain, secrets.forget(stored.stream.slice("run/".length))))
    }
    if (changes) yield* carry(RunId.make(stored.stream.slice("run/".length)))
  })

  /** Goes on with what nobody is at; answers how much there is to own. */
  const lookAfter = Effect.gen(function* () {
    const { held, open, pending, watched } = yield* Recovery.look()
    for (const each of pending) {
      const { key } = each.record.mark
      const going = Recovery.goOn(each).pipe(
        Effect.catchCause((cause) => Effect.logWarning(`machine ${key}: ${each.step} is not done yet`, cause))
      )
      // A machine that could not be met is not asked all the time.
      const paced = each.step === "meet" ? Effect.andThen(going, Effect.sleep("1 minute")) : going
      yield* FiberMap.run(ends, key, paced, { onlyIfMissing: true })
    }
    return open.length + held.length + watched.length
  })

  const sweepOften = sweeper.sweep({ by: "supervisor" }).pipe(
    Effect.tap(({ ended }) => (ended.length === 0 ? Effect.void : Effect.logWarning(`swept ${ended.join(", ")}`))),
    Effect.catchCause((cause) => Effect.logWarning("the sweep failed", cause)),
    Effect.delay(defaults.sweepEvery),
    Effect.forever
  )

  const untilIdle = Effect.gen(function* () {
    let since = yield* Clock.currentTimeMillis
    while (true) {
      const now = yield* Clock.currentTimeMillis
      if ((yield* lookAfter) > 0) since = now
      if (now - since >= Duration.toMillis(idle)) return
      yield* Effect.sleep(lookEvery)
    }
  })

  yield* Notifications.register()
  yield* Effect.forkScoped(watching)
  const retired = yield* Deferred.make<void>()
  yield* handover.serve(socketOf(home.root, fence.token), (message) => {
    if (message === "ping") return Effect.succeed(version)
    return message === "retire" ? Effect.as(Deferred.succeed(retired, undefined), "ok") : secrets.receive(message)
  })
  const position = yield* journal.position
  yield* records.append(streams.supervisor, [event("SupervisorStarted", { pid, token: fence.token })])
  for (const { id } of (yield* Recovery.look()).open) yield* carry(id)
  yield* Effect.forkScoped(sweepOften)
  const why = yield* Effect.raceAllFirst([
    Effect.as(untilIdle, "nothing left to do"),
    Effect.as(Deferred.await(retired), "another version takes over"),
    Effect.as(Stream.runForEach(journal.subscribe({ fromPosition: position }), react), "the journal ended")
  ])
  yield* records.append(streams.supervisor, [event("SupervisorStopped", { why })])
})
