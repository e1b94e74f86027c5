import { assert, it } from "@effect/vitest"
import * as ProviderError from "@runctl/core/ProviderError"
import { define, PluginContext } from "@runctl/core/ProviderPlugin"
import { isAskedUnnamed, ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { manifest, pluginOf, provider, registry, source } from "./registered.ts"

const test = (title: string, effect: Effect.Effect<void, unknown, ProviderRegistry>) =>
  it.effect(title, () => Effect.provide(effect, registry))

test(
  "listing, by name, loads nothing",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const [b, a] = [source("b"), source("a")]
    yield* providers.discover([b.source, a.source])
    assert.deepStrictEqual(
      (yield* providers.list).map((entry) => [entry.manifest.name, entry.origin, entry.disabled]),
      [
        ["a", "the package a", undefined],
        ["b", "the package b", undefined]
      ]
    )
    assert.isTrue(yield* providers.has("a"))
    assert.isFalse(yield* providers.has("c"))
    assert.deepStrictEqual([a.count, b.count], [0, 0])
  })
)

test(
  "whether a provider has its credentials is found out whenever the list is asked for",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    let token: string | undefined
    yield* providers.discover([
      source("needy", { hasCredentials: () => token !== undefined }).source,
      source("plain").source,
      source("untrusted", { trusted: false, hasCredentials: () => true }).source
    ])
    const asked = Effect.map(providers.list, (all) => all.filter(isAskedUnnamed).map(({ manifest: { name } }) => name))
    assert.deepStrictEqual(yield* asked, ["plain"])
    token = "t"
    assert.deepStrictEqual(yield* asked, ["needy", "plain"])
  })
)

test(
  "a second provider of the same name is refused, naming both origins, and the first stays",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const first = source("cloud", { origin: "bundled" })
    const second = source("cloud", { origin: "runctl.yaml, line 3" })
    const error = yield* Effect.flip(providers.discover([first.source, second.source]))
    assert.deepStrictEqual(error.origins, ["bundled", "runctl.yaml, line 3"])
    assert.include(error.message, "bundled and runctl.yaml, line 3")
    yield* providers.get("cloud")
    assert.deepStrictEqual([first.count, second.count], [1, 0])
  })
)

test(
  "an unknown name is answered with the nearest one",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    yield* providers.discover([source("runpod").source, source("local").source])
    const error = yield* Effect.flip(providers.get("locla"))
    assert.strictEqual(error._tag, "UnknownProvider")
    assert.strictEqual(error.message, 'there is no provider "locla". Did you mean "local"? Known: local, runpod.')
  })
)

test(
  "a provider is loaded once, however many ask for it at the same time",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const slow = source("slow", {
      load: () => new Promise((resolve) => setTimeout(() => resolve({ plugin: pluginOf("slow") }), 20))
    })
    yield* providers.register(slow.source)
    const all = yield* Effect.all(
      Array.from({ length: 10 }, () => providers.get("slow")),
      { concurrency: "unbounded" }
    )
    assert.strictEqual(new Set([...all, yield* providers.get("slow")]).size, 1)
    assert.strictEqual(slow.count, 1)
  })
)

test(
  "one who gave up waiting for a provider does not take it from the others",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const slow = source("slow", {
      load: () => new Promise((resolve) => setTimeout(() => resolve({ plugin: pluginOf("slow") }), 20))
    })
    yield* providers.register(slow.source)
    const impatient = yield* Effect.forkChild(providers.get("slow"), { startImmediately: true })
    yield* Fiber.interrupt(impatient)
    assert.strictEqual((yield* providers.get("slow")).name, "slow")
  })
)

test(
  "a provider is built with a context of its own and lives as long as the registry",
  Effect.gen(function* () {
    const log: Array<string> = []
    const layer = Layer.effect(
      TrainingProvider,
      Effect.gen(function* () {
        const { home } = yield* PluginContext
        yield* Effect.acquireRelease(
          Effect.sync(() => log.push(`open ${home}`)),
          () => Effect.sync(() => log.push(`close ${home}`))
        )
        return provider("own")
      })
    )
    yield* Effect.gen(function* () {
      const providers = yield* ProviderRegistry
      yield* providers.register(
        source("own", { load: () => Promise.resolve({ plugin: define({ name: "own", layer }) }) }).source
      )
      yield* providers.get("own")
      yield* providers.get("own")
      assert.deepStrictEqual(log, ["open /home/own"])
    }).pipe(Effect.provide(Layer.fresh(registry)))
    assert.deepStrictEqual(log, ["open /home/own", "close /home/own"])
  })
)

test(
  "what may not be used is listed with the reason, and its code is never asked for",
  Effect.gen(function* () {
    const providers = yield* ProviderRegistry
    const untrusted = source("untrusted", { trusted: false })
    const newer = source("newer", { manifest: manifest("newer", { api: 2 }) })
    const older = source("older", { manifest: manifest("older", { api: 0 }) })
    yield* providers.discover([untrusted.source, newer.source, older.source])
    const reasons = {
      untrusted: "runctl trust",
      newer: "version 2 of the contract, this runctl speaks 1. Update runctl.",
      older: "Update the plugin."
    }
    const entries = yield* providers.list
    for (const [name, reason] of Object.entries(reasons)) {
      const error = yield* Effect.flip(providers.get(name))
      assert.strictEqual(error._tag, "ProviderDisabled")
      assert.include(error.message, reason)
      assert.include(entries.find((entry) => entry.manifest.name === name)?.disabled ?? "", reason)
    }
    assert.deepStrictEqual([untrusted.count, newer.count, older.count], [0, 0, 0])
  })
)

const broken: Readonly<Record<string, readonly [why: string, load: () => Promise<unknown>]>> = {
  "throws at load": ["syntax error", () => Promise.reject(new Error("syntax error"))],
  "throws before it loads": [
    "no such module",
    () => {
      throw new Error("no such module")
    }
  ],
  "throws what is no error": ["just words", () => Promise.reject("just words")],
  "exports nothing": ["exports no `plugin`", () => Promise.resolve({})],
  "is no module": ["exports no `plugin`", () => Promise.resolve(null)],
  "exports another name": [
    'is named "other", its package.json says "cloud"',
    () => Promise.resolve({ plugin: pluginOf("other") })
  ],
  "speaks another version than its manifest": [
    "its module says that it speaks version 2 of the contract",
    () => Promise.resolve({ plugin: { ...pluginOf("cloud"), api: 2 } })
  ],
  "does not say what it speaks": [
    "does not say which `api`",
    () => Promise.resolve({ plugin: { ...pluginOf("cloud"), api: undefined } })
  ],
  "has no layer": ["no `layer`", () => Promise.resolve({ plugin: { ...pluginOf("cloud"), layer: () => 1 } })],
  "can do something else than its package.json says": [
    'disagree about capabilities: stop is "none" there and "disk" in the provider; userData is "none" there and {"maxBytes":1,"formats":["script"]} in the provider.',
    () => {
      const capabilities = {
        ...manifest("cloud").capabilities,
        stop: "disk" as const,
        userData: { maxBytes: 1, formats: ["script" as const] }
      }
      const layer = Layer.succeed(TrainingProvider, { ...provider("cloud"), capabilities })
      return Promise.resolve({ plugin: define({ name: "cloud", layer }) })
    }
  ],
  "has no credential": [
    "RUNCTL_TEST_TOKEN",
    () => {
      const reason = new ProviderError.Unauthorized({ setting: "RUNCTL_TEST_TOKEN" })
      const error = new ProviderError.ProviderError({ provider: "cloud", operation: "load", reason })
      return Promise.resolve({
        plugin: define({ name: "cloud", layer: Layer.effect(TrainingProvider, Effect.fail(error)) })
      })
    }
  ],
  "dies while it starts": [
    "a bug",
    () =>
      Promise.resolve({
        plugin: define({ name: "cloud", layer: Layer.effect(TrainingProvider, Effect.die(new Error("a bug"))) })
      })
  ],
  "gives a layer without a provider": [
    "does not give a provider",
    () => Promise.resolve({ plugin: { ...pluginOf("cloud"), layer: Layer.empty } })
  ],
  "gives a provider of another name": [
    "does not give a provider",
    () =>
      Promise.resolve({ plugin: { ...pluginOf("cloud"), layer: Layer.succeed(TrainingProvider, provider("other")) } })
  ]
}

for (const [what, [why, load]] of Object.entries(broken)) {
  test(
    `a plugin that ${what} is disabled with the reason, and the others go on`,
    Effect.gen(function* () {
      const providers = yield* ProviderRegistry
      yield* providers.discover([source("cloud", { load }).source, source("fine").source])
      const error = yield* Effect.flip(providers.get("cloud"))
      assert.strictEqual(error._tag, "ProviderDisabled")
      assert.include(error.message, why)
      assert.include(error.message, "the package cloud")
      assert.strictEqual((yield* providers.get("fine")).name, "fine")
      const disabled = (yield* providers.list).map((entry) => entry.disabled)
      assert.include(disabled[0] ?? "", why)
      assert.isUndefined(disabled[1])
    })
  )
}
