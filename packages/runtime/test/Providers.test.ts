import { assert, it } from "@effect/vitest"
import { NotFound, ProviderError } from "@runctl/core/ProviderError"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { ResourceId } from "@runctl/core/Resource"
import { Shells } from "@runctl/core/Shell"
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

it.effect("a machine is used through its provider as that is configured now", () => {
  let current: AnyTrainingProvider
  const registry = Layer.mock(ProviderRegistry, { get: () => Effect.sync(() => current) })
  const layer = Providers.layer.pipe(
    Layer.provide([
      registry,
      Layer.mock(Shells, {}),
      Layer.mock(Records, {}),
      Layer.mock(HostKeys, {}),
      FileSystem.layerNoop({}),
      Path.layer
    ])
  )
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
  }).pipe(Effect.provide([layer, FakeProvider.layer()]))
})
