import { assert, it } from "@effect/vitest"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { isBillable } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import { Broken, judge, type Law, NotApplicable } from "@runctl/testkit/Law"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { platform } from "./platform.ts"

const [first, second] = ProviderLaws.laws.map(({ name }) => name)
const skip = (law: string | undefined, reason: string) => ({ law: law ?? "", reason })

it("laws have different names that read as sentences", () => {
  const names = ProviderLaws.laws.map(({ name }) => name)
  assert.strictEqual(new Set(names).size, names.length)
  for (const name of names) assert.match(name, /^[a-z][^.]{15,}[a-z]$/)
})

it("a skipped law stays in the plan, with its reason, and the others are run", () => {
  const planned = ProviderLaws.plan([skip(second, "this cloud has no such thing")])
  assert.strictEqual(planned.length, ProviderLaws.laws.length)
  assert.deepStrictEqual(
    planned.flatMap(({ law, skipped }) => (skipped === undefined ? [] : [[law.name, skipped]])),
    [[second, "this cloud has no such thing"]]
  )
})

it("skipping what is no law, without a reason, or twice is refused", () => {
  assert.throws(() => ProviderLaws.plan([skip(`${first}!`, "why")]), /there is no law ".*" to skip\. Did you mean/)
  assert.throws(() => ProviderLaws.plan([skip(first, " ")]), /skipped without a reason/)
  assert.throws(() => ProviderLaws.plan([skip(first, "why"), skip(first, "why")]), /skipped twice/)
  const fake = FakeProvider.layer().pipe(Layer.provideMerge(platform))
  assert.throws(() => ProviderLaws.suite("a suite", fake, { skip: [skip("no law", "why")] }), /no law/)
})

const services = ProviderLaws.services({ timeout: "50 millis" }).pipe(
  Layer.provideMerge(FakeProvider.layer()),
  Layer.provideMerge(platform)
)

const verdictOf = (run: Law["run"], needs?: Law["needs"]) =>
  judge({ name: "a law", run, ...(needs === undefined ? {} : { needs }) }).pipe(Effect.provide(services))

it.live("a law that fails, dies, hangs or does not apply never ends in anything but a verdict", () =>
  Effect.gen(function* () {
    const missing = TrainingProvider.use((provider) => Effect.asVoid(provider.estimateCost("nothing", 1)))
    assert.deepStrictEqual(
      [
        yield* verdictOf(Effect.void),
        yield* verdictOf(new Broken({ message: "it lies" })),
        yield* verdictOf(new NotApplicable({ message: "it is free" })),
        yield* verdictOf(missing),
        yield* verdictOf(Effect.die(new Error("a bug"))),
        yield* verdictOf(Effect.never),
        yield* verdictOf(Effect.void, { what: "providers with wings", from: () => false })
      ],
      [
        { _tag: "Kept" },
        { _tag: "Broken", why: "it lies" },
        { _tag: "NotApplicable", why: "it is free" },
        { _tag: "Broken", why: 'fake: estimateCost failed: there is no instance type "nothing"' },
        { _tag: "Broken", why: "a bug" },
        { _tag: "Broken", why: "it is not finished after 50ms" },
        { _tag: "NotApplicable", why: "it is about providers with wings" }
      ]
    )
  })
)

it.effect("a sweep ends what laws have rented, says what it was, and leaves everybody else's machine alone", () =>
  Effect.gen(function* () {
    const provider = yield* TrainingProvider
    const marks = [...ProviderLaws.owners, OwnerId.make("somebody")].map((owner, index): Mark => ({
      owner,
      key: ResourceKey.make(`key${index}`.padEnd(20, "0")),
      deadlineEpochSeconds: 1_900_000_000
    }))
    const [offer] = yield* provider.offers({})
    if (offer === undefined) return assert.fail("it offers nothing")
    const rented = yield* Effect.forEach(marks, (mark) =>
      provider.createResource({
        mark,
        offer,
        market: "on-demand",
        label: undefined,
        diskGiB: undefined,
        image: undefined,
        bootstrap: { format: "none", content: "" },
        authorizedKey: undefined,
        priceLimit: undefined
      })
    )
    const swept = yield* ProviderLaws.sweep
    assert.includeMembers(
      [...swept],
      rented.slice(0, 2).map(({ id }) => id)
    )
    const left = (yield* provider.listResources).filter(isBillable)
    assert.deepStrictEqual(
      left.map(({ id }) => id),
      rented.slice(2).map(({ id }) => id)
    )
    assert.deepStrictEqual(yield* ProviderLaws.sweep, [])
  }).pipe(Effect.provide(FakeProvider.layer()))
)
