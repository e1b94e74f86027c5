import { assert, it } from "@effect/vitest"
import { NotFound, ProviderError } from "@runctl/core/ProviderError"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { type Resource, ResourceId } from "@runctl/core/Resource"
import { Running } from "@runctl/core/ResourceState"
import { Refused, ShellError, Shells } from "@runctl/core/Shell"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import { Providers } from "@runctl/runtime/Providers"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { Records } from "@runctl/runtime/Records"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"

const machine = ResourceId.make("fake/here/one")

const layerOf = (get: () => AnyTrainingProvider, shells: Partial<Shells["Service"]> = {}) =>
  Providers.layer.pipe(
    Layer.provide([
      Layer.mock(ProviderRegistry, { get: () => Effect.sync(get) }),
      Layer.mock(Shells, shells),
      Layer.mock(Records, {}),
      Layer.mock(HostKeys, {}),
      FileSystem.layerNoop({}),
      Path.layer
    ])
  )

it.effect("a machine that was just seen running is reached without asking its provider again", () => {
  const { provider: fake } = FakeProvider.make({ name: "fake" })
  let asked = 0
  let opened = 0
  const provider: AnyTrainingProvider = {
    ...fake,
    getResource: (id) =>
      Effect.sync((): Resource => {
        asked += 1
        return Object.assign(Object.create(null), { id, state: Running })
      }),
    endpoint: () => Effect.succeed({ _tag: "Local", home: "/", environment: {} })
  }
  const open: Shells["Service"]["open"] = () => {
    opened += 1
    return Effect.fail(new ShellError({ operation: "open", reason: new Refused({ message: "no shell here" }) }))
  }
  return Effect.gen(function* () {
    const { provider: loaded, using } = yield* (yield* Providers).get("fake")
    yield* loaded.getResource(machine)
    yield* Effect.flip(using.upload(machine, "here", "there"))
    assert.deepStrictEqual([asked, opened], [1, 1])
  }).pipe(Effect.provide(layerOf(() => provider, { open })))
})

it.effect("a machine is used through its provider as that is configured now", () => {
  let current: AnyTrainingProvider
  return Effect.gen(function* () {
    const fake = yield* TrainingProvider
    const saying = (message: string): AnyTrainingProvider => ({
      ...fake,
      getResource: () =>
        Effect.fail(
          new ProviderError({ provider: "fake", operation: "getResource", reason: new NotFound({ message }) })
        )
    })
    const providers = yield* Providers
    const answer = Effect.gen(function* () {
      const { using } = yield* providers.get("fake")
      return (yield* Effect.flip(using.upload(machine, "here", "there"))).message
    })
    current = saying("before")
    assert.match(yield* answer, /before/)
    assert.strictEqual(yield* providers.get("fake"), yield* providers.get("fake"))
    current = saying("now")
    assert.match(yield* answer, /now/)
  }).pipe(Effect.provide([layerOf(() => current), FakeProvider.layer()]))
})
