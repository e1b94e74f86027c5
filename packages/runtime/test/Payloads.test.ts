import { assert, describe, it } from "@effect/vitest"
import { ResourceKey } from "@runctl/core/Ownership"
import { RunId } from "@runctl/core/Run"
import { event, payloads } from "@runctl/runtime/Event"
import type { StoredEvent } from "@runctl/runtime/Journal"
import { makeResourceKey, makeRunId } from "@runctl/runtime/Keys"
import { projections, toEvent, toStored } from "@runctl/runtime/Projections"
import { noAccess, SshAccess } from "@runctl/runtime/SshAccess"
import { nothing, Secrets, toMessage } from "@runctl/runtime/Secrets"
import { stepFor } from "@runctl/runtime/Waiting"
import * as ResourceProjection from "@runctl/runtime/ResourceProjection"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/testing/TestClock"

const run = RunId.make("run-0123456789abcd")

const stored = (type: string, payload: unknown, stream = `run/${run}`): StoredEvent => ({
  id: "e",
  position: 1,
  stream,
  seq: 1,
  type,
  v: 1,
  at: 0,
  owner: "00000000",
  payload
})

describe("payloads", () => {
  for (const [type, schema] of Object.entries(payloads)) {
    it.prop(
      `of ${type} survive the journal`,
      [schema],
      ([payload]) => {
        const fact = { type, payload }
        // What an arbitrary of its own schema made is an event of that type.
        const written = toStored(Object.assign(event("RunCompleted", {}), fact))
        const text = JSON.stringify(written.payload)
        const read = toEvent(stored(type, JSON.parse(text)))
        assert.strictEqual(read?.type, type)
        assert.strictEqual(JSON.stringify(toStored(Object.assign(event("RunCompleted", {}), read)).payload), text)
      },
      { arbitrary: { runs: 30 } }
    )
  }

  it("of types that a later version wrote are passed over by every projection", () => {
    assert.isUndefined(toEvent(stored("SomethingNew", { anything: 1 })))
    const state = { anything: "kept as it is" }
    for (const { evolve } of projections) assert.strictEqual(evolve(state, stored("SomethingNew", {})), state)
  })

  it("with fields that a later version added are still understood", () => {
    assert.deepStrictEqual(toEvent(stored("RunExtended", { deadlineAt: 5, added: true }))?.payload, { deadlineAt: 5 })
  })
})

describe("keys", () => {
  it.effect("are of their alphabet, and never the same", () =>
    Effect.gen(function* () {
      const keys = yield* Effect.replicateEffect(makeResourceKey, 2000)
      assert.strictEqual(new Set(keys).size, 2000)
      const letters = new Set(keys.join(""))
      assert.strictEqual(letters.size, 32)
      assert.isTrue(keys.every(Schema.is(ResourceKey)))
      assert.match(keys.join(""), /^[0-9a-hjkmnp-tv-z]+$/)
    })
  )

  it.effect("of runs sort by time, and differ within a second", () =>
    Effect.gen(function* () {
      const ids: Array<string> = []
      for (const seconds of [1, 31, 1000, 1_800_000_000, 40_000_000]) {
        ids.push(yield* makeRunId)
        yield* TestClock.adjust(seconds * 1000)
      }
      assert.deepStrictEqual(
        ids,
        ids.toSorted((left, right) => (left < right ? -1 : 1))
      )
      assert.strictEqual(new Set(yield* Effect.replicateEffect(makeRunId, 500)).size, 500)
    })
  )
})

const secretsLayer = Secrets.layer.pipe(Layer.provideMerge(SshAccess.layer()))

describe("secrets", () => {
  const handed = { secrets: new Map([["TOKEN", Redacted.make("hunter2 \"\n'")]]), notify: Redacted.make("https://x/y") }

  it.effect("arrive as they were sent, for whoever waits for them, and are forgotten", () =>
    Effect.gen(function* () {
      const secrets = yield* Secrets
      const waiting = yield* Effect.forkChild(secrets.awaitFor(run))
      yield* Effect.yieldNow
      assert.strictEqual(yield* secrets.receive(toMessage(run, handed, noAccess)), "ok")
      for (const got of [yield* Fiber.join(waiting), yield* secrets.awaitFor(run), yield* secrets.of(run)]) {
        const token = got?.secrets.get("TOKEN")
        assert.strictEqual(token === undefined ? "" : Redacted.value(token), "hunter2 \"\n'")
        assert.strictEqual(got?.notify === undefined ? "" : Redacted.value(got.notify), "https://x/y")
      }
      assert.isUndefined(yield* secrets.of("run-another0000"))
      yield* secrets.forget(run)
      assert.isUndefined(yield* secrets.of(run))
      yield* secrets.receive(toMessage(run, nothing, noAccess))
      assert.strictEqual((yield* secrets.awaitFor(run)).secrets.size, 0)
    }).pipe(Effect.provide(secretsLayer))
  )

  it.effect("bring along what opens the user's own machines", () =>
    Effect.gen(function* () {
      const secrets = yield* Secrets
      const access = yield* SshAccess
      const passphrases = new Map([["/key", Redacted.make("open sesame")]])
      yield* secrets.receive(toMessage(run, nothing, { passphrases, agent: "/agent" }))
      const known = yield* access.ask("/key", false)
      assert.strictEqual(known === undefined ? "" : Redacted.value(known), "open sesame")
      // Where nobody is there to be asked, a wrong one is not tried for ever.
      assert.isUndefined(yield* access.ask("/key", true))
      assert.isUndefined(yield* access.ask("/other", false))
      yield* secrets.receive(toMessage(run, nothing, noAccess))
      assert.strictEqual((yield* access.known).agent, "/agent")
    }).pipe(Effect.provide(secretsLayer))
  )

  it.effect("of a key are asked for once, and again when they were wrong", () =>
    Effect.gen(function* () {
      const access = yield* SshAccess
      const ask = (isAgain: boolean) => Effect.map(access.ask("/key", isAgain), (said) => said && Redacted.value(said))
      assert.deepStrictEqual(yield* Effect.all([ask(false), ask(false)], { concurrency: 2 }), ["said 1", "said 1"])
      assert.strictEqual(yield* ask(true), "said 2")
      assert.strictEqual(yield* ask(false), "said 2")
    }).pipe(
      Effect.provide(
        Layer.unwrap(
          Effect.sync(() => {
            let asked = 0
            return SshAccess.layer({ prompt: () => Effect.sync(() => Redacted.make(`said ${++asked}`)) })
          })
        )
      )
    )
  )

  it.effect("that are not understood are refused without a word of them", () =>
    Effect.gen(function* () {
      const secrets = yield* Secrets
      for (const nonsense of [
        "hunter2",
        "{",
        '{"run":1,"secrets":{"TOKEN":"hunter2"}}',
        '{"secrets":{"A":"hunter2"}}',
        ""
      ]) {
        assert.strictEqual(yield* secrets.receive(nonsense), "not understood")
      }
    }).pipe(Effect.provide(secretsLayer))
  )
})

describe("a machine", () => {
  const hour = 3_600_000
  const requested = Schema.decodeUnknownSync(payloads.InstanceRequested)({
    provider: "fake",
    mark: { owner: "00000000", key: "k".repeat(20), deadlineEpochSeconds: 3600 },
    offer: {
      provider: "fake",
      region: "r",
      instanceType: "t",
      gpuCount: 0,
      vcpus: 1,
      memoryGiB: 1,
      source: "s",
      asOf: "2026-01-01T00:00:00.000Z"
    },
    market: "on-demand",
    run,
    scopes: []
  })
  const record = ResourceProjection.evolve(undefined, event("InstanceRequested", requested), 0)
  if (record === undefined) throw new Error("no record")
  const held = { ...record, phase: "Held" as const }

  const none = new Map<string, number>()

  it("is to be ended once its deadline and grace have passed", () => {
    assert.isUndefined(stepFor(held, none, hour + 90_000, false))
    assert.strictEqual(stepFor(held, none, hour + 90_001, false), "end")
  })

  it("of an open run is that run's business, for as long as the run may need it", () => {
    const open = new Map([[run, 3 * hour]])
    assert.isUndefined(stepFor(held, open, 3 * hour, false))
    assert.strictEqual(stepFor(held, open, 3 * hour + 1, false), "end")
    assert.isUndefined(stepFor({ ...held, phase: "Ending" }, open, hour, false))
    assert.isUndefined(stepFor(record, open, hour, false))
  })

  it("that is half made or half ended is gone on with, unless somebody is at it", () => {
    const { run: _, ...asked } = record
    assert.strictEqual(stepFor(asked, none, 1, false), "resolve")
    assert.strictEqual(stepFor(record, none, 1, false), "end")
    assert.strictEqual(stepFor(asked, none, 2 * hour, false), "end")
    assert.strictEqual(stepFor({ ...held, phase: "Ending" }, none, 1, false), "end")
    for (const phase of ["Intended", "Ending"] as const) {
      assert.isUndefined(stepFor({ ...record, phase }, none, 9 * hour, true))
    }
    for (const phase of ["Gone", "Failed"] as const) {
      assert.isUndefined(stepFor({ ...record, phase }, none, 9 * hour, false))
    }
  })
})
