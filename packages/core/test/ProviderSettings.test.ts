import { assert, it } from "@effect/vitest"
import * as ProviderError from "@runctl/core/ProviderError"
import { define, PluginContext } from "@runctl/core/ProviderPlugin"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { provider, registryWith, source } from "./registered.ts"

/** A provider that estimates what its settings say, and does not start when they say nothing of use. */
const layer = Layer.effect(
  TrainingProvider,
  Effect.gen(function* () {
    const { settings } = yield* PluginContext
    const [price] = Array.isArray(settings) ? settings : []
    if (typeof price !== "number") {
      const reason = new ProviderError.Rejected({ message: `${String(price)} is no price` })
      return yield* new ProviderError.ProviderError({ provider: "cloud", operation: "load", reason })
    }
    return { ...provider("cloud"), estimateCost: () => Effect.succeed(price) }
  })
)

const price = Effect.gen(function* () {
  const providers = yield* ProviderRegistry
  return yield* (yield* providers.get("cloud")).estimateCost("one", 1)
})

const isDisabled = Effect.flatMap(ProviderRegistry, ({ list }) =>
  Effect.map(list, ([entry]) => entry?.disabled !== undefined)
)

/** Runs a test with a provider whose settings change; `said` are the warnings so far. */
const test = (
  title: string,
  body: (world: {
    readonly set: (settings: () => unknown) => void
    readonly said: ReadonlyArray<string>
    readonly loads: () => number
  }) => Effect.Effect<void, unknown, ProviderRegistry>
) =>
  it.effect(title, () => {
    let settings: () => unknown = () => [1]
    const said: Array<string> = []
    const cloud = source("cloud", { load: () => Promise.resolve({ plugin: define({ name: "cloud", layer }) }) })
    const logger = Logger.make<unknown, void>(({ message }) => void said.push(String(message)))
    return Effect.gen(function* () {
      yield* (yield* ProviderRegistry).register(cloud.source)
      yield* body({ set: (now) => (settings = now), said, loads: () => cloud.count })
    }).pipe(Effect.provide([Layer.fresh(registryWith(() => settings())), Logger.layer([logger])]))
  })

test("a provider is what its settings say when it is asked for, from code that was loaded once", ({
  loads,
  said,
  set
}) =>
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const before = yield* providers.get("cloud")
    set(() => [2])
    assert.strictEqual(yield* price, 2)
    assert.strictEqual(yield* before.estimateCost("one", 1), 1)
    assert.strictEqual(loads(), 1)
    assert.deepStrictEqual(said, [])
  }))

test("a provider is the same one while its settings are the same, and one for all who see them change", ({ set }) =>
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const before = yield* providers.get("cloud")
    set(() => [1])
    assert.strictEqual(yield* providers.get("cloud"), before)
    set(() => [2])
    const all = yield* Effect.all(
      Array.from({ length: 10 }, () => providers.get("cloud")),
      { concurrency: "unbounded" }
    )
    assert.strictEqual(new Set([...all, yield* providers.get("cloud")]).size, 1)
    assert.notStrictEqual(all[0], before)
  }))

const wrong: Readonly<Record<string, readonly [why: RegExp, settings: () => unknown]>> = {
  "it cannot use": [/nothing is no price/, () => ["nothing"]],
  "cannot be read": [
    /config\.yaml:3: no such key/,
    () => {
      throw new Error("config.yaml:3: no such key")
    }
  ]
}

for (const [what, [why, settings]] of Object.entries(wrong)) {
  test(`a provider stays what it was while its settings are ones that ${what}, and that is said once`, ({
    said,
    set
  }) =>
    Effect.gen(function* () {
      assert.strictEqual(yield* price, 1)
      set(settings)
      assert.deepStrictEqual([yield* price, yield* price, yield* isDisabled], [1, 1, false])
      assert.lengthOf(said, 1)
      assert.match(said[0] ?? "", why)
      set(() => [3])
      assert.strictEqual(yield* price, 3)
    }))

  test(`a provider whose first settings are ones that ${what} is disabled until they are mended`, ({ said, set }) =>
    Effect.gen(function* () {
      set(settings)
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(price)
        assert.strictEqual(error._tag, "ProviderDisabled")
        assert.match(error.message, why)
      }
      assert.isTrue(yield* isDisabled)
      set(() => [4])
      assert.strictEqual(yield* price, 4)
      assert.isFalse(yield* isDisabled)
      assert.deepStrictEqual(said, [])
    }))
}
