import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Fenced, Held, JournalError } from "../JournalError.ts"
import { Processes, type ProcessIdentity } from "../Processes.ts"
import type { HeldLease, Lease, LeaseHolder } from "./journalModels.ts"
import type { Store } from "./journalStore.ts"
import { leaseRow, type LeaseRow, type Moment, releaseLease, remaining, renewLease, takeLease } from "./leaseRows.ts"

/** What a journal can do about leases. */
export interface Leasing {
  readonly lease: (
    name: string,
    options: { readonly holder: ProcessIdentity; readonly ttl: Duration.Duration }
  ) => Effect.Effect<Lease, JournalError>
  readonly renew: (lease: Lease) => Effect.Effect<void, JournalError>
  readonly release: (lease: Lease) => Effect.Effect<void, JournalError>
  readonly holder: (name: string) => Effect.Effect<LeaseHolder | undefined, JournalError>
  readonly hold: (name: string, ttl: Duration.Duration) => Effect.Effect<HeldLease, JournalError, Scope.Scope>
}

/** A lease is renewed this many times within its time. */
const renewals = 3

const now: Effect.Effect<Moment> = Effect.map(Clock.Clock, (clock) => ({
  wall: clock.currentTimeMillisUnsafe(),
  monotonic: Math.floor(Number(clock.monotonicTimeNanosUnsafe()) / 1e6)
}))

/** Leases kept in a store. */
export const make = Effect.fnUntraced(function* (store: Store): Effect.fn.Return<Leasing, never, Processes> {
  const processes = yield* Processes

  const seenFromHere = Effect.fnUntraced(function* (row: LeaseRow, holder: ProcessIdentity) {
    const alive = yield* processes.isAlive(holder)
    const left = remaining(row, yield* processes.self, yield* now)
    return { alive, left }
  })

  const refuseHeld = Effect.fnUntraced(function* (row: LeaseRow | undefined) {
    if (row?.holder === undefined) return
    const { alive, left } = yield* seenFromHere(row, row.holder)
    if (!alive || left <= 0) return
    const { holder, name, token } = row
    return yield* new JournalError({
      reason: new Held({ lease: name, holder, token, expiresInMillis: Math.ceil(left) })
    })
  })

  const lease: Leasing["lease"] = Effect.fn("Journal.lease")(function* (name, { holder, ttl }) {
    const wanted = { name, holder, ttlMillis: Math.ceil(Duration.toMillis(ttl)) }
    while (true) {
      const seen = yield* store.read((connection) => leaseRow(connection, name))
      yield* refuseHeld(seen)
      const moment = yield* now
      const token = yield* store.write((connection) => takeLease(connection, seen, wanted, moment))
      if (token !== undefined) return { name, token }
    }
  })

  const renew: Leasing["renew"] = Effect.fn("Journal.renew")(function* ({ name, token }) {
    const moment = yield* now
    yield* store.write((connection) => {
      if (renewLease(connection, name, token, moment)) return
      const current = leaseRow(connection, name)?.token ?? 0
      throw new JournalError({ reason: new Fenced({ lease: name, token, current }) })
    })
  })

  const release: Leasing["release"] = Effect.fn("Journal.release")(({ name, token }) =>
    store.write((connection) => releaseLease(connection, name, token))
  )

  /** Ends only with the loss of the lease: by another holder, or because it could not be renewed in its time. */
  const renewing = Effect.fnUntraced(function* (held: Lease, ttl: Duration.Duration) {
    const millis = Duration.toMillis(ttl)
    const clock = yield* Clock.Clock
    const elapsed = (since: bigint): number => Number(clock.monotonicTimeNanosUnsafe() - since) / 1e6
    let renewed = clock.monotonicTimeNanosUnsafe()
    let pause = millis / renewals
    while (true) {
      yield* Effect.sleep(pause)
      const began = clock.monotonicTimeNanosUnsafe()
      const failure = yield* renew(held).pipe(
        Effect.as(undefined),
        Effect.catch((error) => Effect.succeed(error))
      )
      if (failure === undefined) renewed = began
      else if (failure.reason._tag === "Fenced" || elapsed(renewed) >= millis) return failure
      pause = failure === undefined ? millis / renewals : millis / renewals / 10
    }
  })

  return {
    lease,
    renew,
    release,
    holder: Effect.fn("Journal.holder")(function* (name) {
      const row = yield* store.read((connection) => leaseRow(connection, name))
      if (row?.holder === undefined) return undefined
      const { alive, left } = yield* seenFromHere(row, row.holder)
      return { ...row.holder, token: row.token, alive, expired: left <= 0 }
    }),
    hold: Effect.fn("Journal.hold")(function* (name, ttl) {
      const holder = yield* processes.self
      const held = yield* Effect.acquireRelease(lease(name, { holder, ttl }), (held) => Effect.ignore(release(held)))
      const lost = yield* Deferred.make<never, JournalError>()
      yield* Effect.forkScoped(Effect.flatMap(renewing(held, ttl), (error) => Deferred.fail(lost, error)))
      return { ...held, lost: Deferred.await(lost) }
    })
  }
})
