import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { OwnerId, ResourceKey } from "@runctl/core/Ownership"
import { Conflict, ProviderError } from "@runctl/core/ProviderError"
import { type Resource, resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Shells from "@runctl/remote/Shells"
import { Providers } from "@runctl/runtime/Providers"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { endpointOf } from "../../src/machine/reach.ts"

const machine: Resource = {
  id: resourceId("fake", "here", "1"),
  state: ResourceState.Stopped,
  costPerHour: UsdPerHour.make(1),
  tags: {},
  owner: OwnerId.make("ourselve"),
  key: ResourceKey.make("k".repeat(20))
}

const busy = new ProviderError({
  provider: "fake",
  operation: "endpoint",
  reason: new Conflict({ message: "it is Stopped" })
})

/** A machine that was started and is said to run when it is looked at for the second time. */
const starting = (looks: { count: number }): AnyTrainingProvider =>
  TrainingProvider.of({
    ...FakeProvider.make().provider,
    getResource: () =>
      Effect.sync(() => ((looks.count += 1) > 1 ? { ...machine, state: ResourceState.Running } : machine)),
    endpoint: ({ state }) =>
      state._tag === "Running" ? Effect.succeed({ _tag: "Ssh", host: "192.0.2.1", port: 22, user: "root" }) : busy
  })

const providersOf = (provider: AnyTrainingProvider) =>
  Layer.effect(
    Providers,
    Effect.map(MachineUse.make(provider), (using) =>
      Providers.of({
        get: () =>
          Effect.succeed({
            provider,
            using,
            locate: () => Effect.die("nobody asks"),
            wayTo: () => Effect.die("nobody asks"),
            open: () => Effect.die("nobody asks")
          }),
        list: Effect.succeed([])
      })
    )
  ).pipe(Layer.provide(Shells.layerLocal), Layer.provide(NodeServices.layer))

it.effect("a machine that was just started is looked at again before it counts as not to be reached", () => {
  const looks = { count: 0 }
  const view = {
    id: machine.id,
    resource: machine,
    record: undefined,
    ours: true,
    live: true,
    standing: "ours"
  } as const
  return Effect.gen(function* () {
    const asked = yield* Effect.forkChild(endpointOf(view))
    yield* TestClock.adjust("10 seconds")
    assert.deepInclude(yield* Fiber.join(asked), { host: "192.0.2.1" })
    assert.strictEqual(looks.count, 2)
  }).pipe(Effect.provide(providersOf(starting(looks))))
})
