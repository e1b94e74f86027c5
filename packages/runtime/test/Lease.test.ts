import { assert, describe, it } from "@effect/vitest"
import { Journal } from "@runctl/runtime/Journal"
import { whileHeld } from "@runctl/runtime/Lease"
import { type ProcessIdentity, Processes } from "@runctl/runtime/Processes"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { platform, reasonOf } from "./journalPlatform.ts"

const ttl = Duration.seconds(30)
const self: ProcessIdentity = { pid: 1, startTime: "10", bootId: "boot", host: "here" }
const other: ProcessIdentity = { ...self, pid: 2 }
const elsewhere: ProcessIdentity = { pid: 3, startTime: "10", bootId: "another", host: "there" }

/** A journal among processes of which those in `dead` are gone. */
const among = (dead: Set<number>) =>
  Journal.layerMemory({ projections: [] }).pipe(
    Layer.provide(
      Layer.mergeAll(
        platform,
        Layer.mock(Processes, {
          self: Effect.succeed(self),
          isAlive: ({ pid }) => Effect.sync(() => !dead.has(pid))
        })
      )
    )
  )

describe("a lease", () => {
  it.effect("is held by one process at a time, and says by whom", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      yield* journal.lease("a", { holder: other, ttl })
      const reason = yield* reasonOf(journal.lease("a", { holder: self, ttl }))
      assert.deepInclude(reason, { _tag: "Held", holder: other, token: 1, expiresInMillis: 30_000 })
      yield* journal.lease("b", { holder: self, ttl })
      assert.deepStrictEqual(yield* journal.holder("a"), { ...other, token: 1, alive: true, expired: false })
      assert.isUndefined(yield* journal.holder("c"))
    }).pipe(Effect.provide(among(new Set())))
  )

  it.effect("gives every holder a higher token, however the one before ended", () => {
    const dead = new Set<number>()
    return Effect.gen(function* () {
      const journal = yield* Journal
      const first = yield* journal.lease("a", { holder: other, ttl })
      yield* journal.release(first)
      assert.isUndefined(yield* journal.holder("a"))
      const second = yield* journal.lease("a", { holder: other, ttl })
      dead.add(other.pid)
      const third = yield* journal.lease("a", { holder: self, ttl })
      yield* TestClock.adjust("30 seconds")
      const fourth = yield* journal.lease("a", { holder: elsewhere, ttl })
      assert.deepStrictEqual(
        [first, second, third, fourth].map(({ token }) => token),
        [1, 2, 3, 4]
      )
    }).pipe(Effect.provide(among(dead)))
  })

  it.effect("lasts from its last renewal, and not a moment less", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const lease = yield* journal.lease("a", { holder: other, ttl })
      yield* TestClock.adjust("29 seconds")
      yield* journal.renew(lease)
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual((yield* reasonOf(journal.lease("a", { holder: self, ttl })))._tag, "Held")
      yield* TestClock.adjust("1 second")
      assert.isTrue((yield* journal.holder("a"))?.expired)
      assert.strictEqual((yield* journal.lease("a", { holder: self, ttl })).token, 2)
    }).pipe(Effect.provide(among(new Set())))
  )

  it.effect("that was lost can neither be renewed nor written under, and giving it back changes nothing", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const lost = yield* journal.lease("a", { holder: other, ttl })
      const fence = { lease: "a", token: lost.token }
      yield* journal.append("s", 0, [{ type: "Noted", payload: 1 }], { fence })
      yield* TestClock.adjust("31 seconds")
      // Nobody has taken it: it is still ours.
      yield* journal.append("s", 1, [{ type: "Noted", payload: 2 }], { fence })
      yield* journal.lease("a", { holder: self, ttl })
      const append = journal.append("s", 2, [{ type: "Noted", payload: 3 }], { fence })
      assert.deepInclude(yield* reasonOf(append), { _tag: "Fenced", lease: "a", token: 1, current: 2 })
      assert.strictEqual((yield* reasonOf(journal.renew(lost)))._tag, "Fenced")
      yield* journal.release(lost)
      assert.strictEqual((yield* journal.holder("a"))?.pid, self.pid)
      assert.strictEqual(yield* journal.last("s"), 2)
    }).pipe(Effect.provide(among(new Set())))
  )

  it.effect("that was given back or never taken cannot be written under", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const lease = yield* journal.lease("a", { holder: self, ttl })
      yield* journal.release(lease)
      for (const fence of [
        { lease: "a", token: 1 },
        { lease: "b", token: 1 }
      ]) {
        const append = journal.append("s", "any", [{ type: "Noted", payload: 1 }], { fence })
        assert.strictEqual((yield* reasonOf(append))._tag, "Fenced")
      }
    }).pipe(Effect.provide(among(new Set())))
  )

  for (const jump of [Duration.days(400), Duration.days(-400)]) {
    it.effect(`is not moved by a wall clock that jumps ${Duration.toDays(jump)} days`, () =>
      Effect.gen(function* () {
        const journal = yield* Journal
        yield* journal.lease("a", { holder: other, ttl })
        const clock = yield* Clock.Clock
        const wall = (): number => clock.currentTimeMillisUnsafe() + Duration.toMillis(jump)
        const jumped: Clock.Clock = {
          currentTimeMillisUnsafe: wall,
          currentTimeMillis: Effect.sync(wall),
          currentTimeNanosUnsafe: () => BigInt(wall()) * 1_000_000n,
          currentTimeNanos: Effect.sync(() => BigInt(wall()) * 1_000_000n),
          monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
          monotonicTimeNanos: clock.monotonicTimeNanos,
          sleep: (duration) => clock.sleep(duration)
        }
        const take = journal.lease("a", { holder: self, ttl }).pipe(Effect.provideService(Clock.Clock, jumped))
        assert.strictEqual((yield* reasonOf(take))._tag, "Held")
        yield* TestClock.adjust("30 seconds")
        assert.strictEqual((yield* take).token, 2)
      }).pipe(Effect.provide(among(new Set())))
    )
  }
})

describe("work under a lease", () => {
  it.effect("keeps it while it works, and gives it back", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const fiber = yield* Effect.forkChild(whileHeld("a", ttl, () => Effect.sleep("10 minutes")))
      for (let minute = 0; minute < 9; minute++) {
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* reasonOf(journal.lease("a", { holder: other, ttl })))._tag, "Held")
      }
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      assert.isUndefined(yield* journal.holder("a"))
    }).pipe(Effect.provide(among(new Set())))
  )

  it.effect("is interrupted once another process has the lease", () => {
    const dead = new Set<number>()
    return Effect.gen(function* () {
      const journal = yield* Journal
      const interrupted = yield* Deferred.make<void>()
      const work = whileHeld("a", ttl, () =>
        Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
      )
      const fiber = yield* Effect.forkChild(reasonOf(work))
      yield* TestClock.adjust("1 second")
      dead.add(self.pid)
      yield* journal.lease("a", { holder: other, ttl })
      yield* TestClock.adjust("10 seconds")
      yield* Deferred.await(interrupted)
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Fenced")
      assert.strictEqual((yield* journal.holder("a"))?.pid, other.pid)
    }).pipe(Effect.provide(among(dead)))
  })
})
