import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, vi } from "vitest"
import { environmentOf, folder, providerAt, shells } from "./rented.ts"

const cloud = await Emulator.aws({ bootSeconds: 1, deleteSeconds: 1, powerSeconds: 1, visibleSeconds: 1 })

const provider = Layer.unwrap(
  Effect.map(folder, (home) => providerAt({ home, settings: { endpoint: cloud.url }, env: environmentOf(cloud) }))
)

/** What is left when the laws are over: nothing that bills, and nothing that the vendor would not have understood. */
const nothingIsLeft = Effect.promise(async () => {
  // The last one was ended a moment ago, and takes a second.
  await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 200 })
  const { violations } = cloud
  await cloud.close()
  assert.deepStrictEqual([...violations], [])
})

/** The laws come in an order: what is offered, whose it is, how it ends; then everything that is done on machines. */
const firstOnMachines = ProviderLaws.laws.findIndex(({ needs }) => needs?.what.includes("have a shell") === true)

ProviderLaws.suite("aws", provider.pipe(Layer.provideMerge(shells), Layer.provideMerge(NodeServices.layer)), {
  every: "250 millis",
  within: "90 seconds",
  timeout: "4 minutes",
  concurrent: true,
  cleanup: nothingIsLeft,
  skip: ProviderLaws.laws
    .slice(firstOnMachines)
    .map(({ name }) => ({ law: name, reason: "shellLaws.heavy.test.ts has machines for it" }))
})
