import { assert, it } from "@effect/vitest"
import { toUsd } from "@runctl/core/Money"
import type { Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { OutOfCapacity, type ProviderError } from "@runctl/core/ProviderError"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"

const mark: Mark = {
  owner: OwnerId.make("ourselve"),
  key: ResourceKey.make("k".repeat(20)),
  deadlineEpochSeconds: 1_900_000_000
}

const requestFor = (offer: Offer | undefined, changes: Partial<CreateRequest> = {}): CreateRequest => {
  if (offer === undefined) return assert.fail("nothing is offered")
  return {
    mark,
    offer,
    market: "on-demand",
    label: undefined,
    diskGiB: undefined,
    image: undefined,
    bootstrap: { format: "none", content: "" },
    authorizedKey: undefined,
    priceLimit: undefined,
    ...changes
  }
}

const rented = Effect.fnUntraced(function* (options?: FakeProvider.FakeOptions, changes?: Partial<CreateRequest>) {
  const { cloud, provider } = FakeProvider.make(options)
  const [offer] = yield* provider.offers({ gpu: "H100" })
  const request = requestFor(offer, changes)
  const machine = yield* provider.createResource(request)
  const state = Effect.map(provider.getResource(machine.id), (resource) => resource.state._tag)
  return { cloud, provider, request, machine, state }
})

const reasonOf = <A>(call: Effect.Effect<A, ProviderError>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason._tag)

it.effect("a machine appears, boots, ends and is forgotten by the clock", () =>
  Effect.gen(function* () {
    const { machine, provider, state } = yield* rented({
      visibleAfter: "30 seconds",
      bootsFor: "2 minutes",
      endsFor: "1 minute"
    })
    assert.strictEqual(machine.state._tag, "Starting")
    assert.strictEqual(yield* reasonOf(state), "NotFound")
    yield* TestClock.adjust("30 seconds")
    assert.strictEqual(yield* state, "Starting")
    yield* TestClock.adjust("90 seconds")
    assert.strictEqual(yield* state, "Running")
    yield* provider.terminate(machine.id)
    assert.strictEqual(yield* state, "Terminating")
    yield* TestClock.adjust("1 minute")
    assert.strictEqual(yield* state, "Terminated")
    yield* TestClock.adjust("1 hour")
    assert.strictEqual(yield* reasonOf(state), "NotFound")
    assert.deepStrictEqual(yield* provider.listResources, [])
  })
)

it.effect("charges by the second until the machine is gone, and the disk alone while it is stopped", () =>
  Effect.gen(function* () {
    const { cloud, machine, provider } = yield* rented()
    yield* TestClock.adjust("1 hour")
    assert.closeTo(toUsd(yield* cloud.charged), 2.51, 1e-6)
    yield* provider.stopResource(machine.id)
    yield* TestClock.adjust("2 hours")
    assert.closeTo(toUsd(yield* cloud.charged), 2.53, 1e-6)
    yield* provider.startResource(machine.id)
    yield* TestClock.adjust("30 minutes")
    yield* provider.terminate(machine.id)
    yield* TestClock.adjust("10 hours")
    assert.closeTo(toUsd(yield* cloud.charged), 3.785, 1e-6)
  })
)

it.effect("a refusal that was planned happens once, before anything else does", () =>
  Effect.gen(function* () {
    const { cloud, provider } = FakeProvider.make()
    const [offer] = yield* provider.offers({})
    yield* cloud.refuse("createResource", new OutOfCapacity({ message: "none left" }))
    assert.strictEqual(yield* reasonOf(provider.createResource(requestFor(offer))), "OutOfCapacity")
    assert.deepStrictEqual(yield* cloud.machines, [])
    yield* provider.createResource(requestFor(offer))
    assert.strictEqual((yield* cloud.machines).length, 1)
    assert.deepStrictEqual(yield* cloud.calls, ["offers", "createResource", "createResource"])
  })
)

it.effect("an answer that is lost leaves a machine, which the same key finds again", () =>
  Effect.gen(function* () {
    const { cloud, provider } = FakeProvider.make()
    const [offer] = yield* provider.offers({})
    yield* cloud.loseAnswer("createResource", 2)
    assert.strictEqual(yield* reasonOf(provider.createResource(requestFor(offer))), "OutcomeUnknown")
    assert.strictEqual(yield* reasonOf(provider.createResource(requestFor(offer))), "OutcomeUnknown")
    const [only, ...others] = yield* cloud.machines
    assert.deepStrictEqual(others, [])
    assert.strictEqual((yield* provider.createResource(requestFor(offer))).id, only?.id)
  })
)

it.effect("where no key is known, a lost answer and a repeated call are two machines", () =>
  Effect.gen(function* () {
    const { cloud, provider, request } = yield* rented({ capabilities: { idempotency: "none" } })
    yield* provider.createResource(request)
    assert.strictEqual((yield* cloud.machines).length, 2)
  })
)

it.effect("a preempted machine says so, and what was made beside it stays until it is removed", () =>
  Effect.gen(function* () {
    const { cloud, machine, provider } = yield* rented(undefined, { market: "spot" })
    assert.strictEqual((yield* provider.preemptionEvidence(machine)).preempted, "no")
    yield* cloud.preempt(machine.id)
    const { endedBy, state } = yield* provider.getResource(machine.id)
    assert.deepStrictEqual([endedBy, state._tag], ["preempted", "Terminated"])
    assert.strictEqual((yield* provider.preemptionEvidence(machine)).preempted, "yes")
    const [volume] = yield* provider.companions.list
    assert.strictEqual(volume?.key, mark.key)
    yield* provider.companions.remove(volume?.id ?? "")
    assert.deepStrictEqual(yield* provider.companions.list, [])
  })
)

it.effect("a price that moved is asked for from then on, and refused above the limit", () =>
  Effect.gen(function* () {
    const { cloud, provider, request } = yield* rented()
    yield* cloud.reprice("h100-1", 2)
    const [offer] = yield* provider.offers({ gpu: "H100" })
    assert.strictEqual(offer?.onDemandUsdPerHour, 5)
    const late = { ...request, mark: { ...mark, key: ResourceKey.make("l".repeat(20)) } }
    const priceLimit = request.offer.onDemandUsdPerHour
    assert.strictEqual(yield* reasonOf(provider.createResource({ ...late, priceLimit })), "PriceTooLow")
    assert.closeTo((yield* provider.createResource(late)).costPerHour, 5.01, 1e-9)
  })
)
