import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, vi } from "vitest"
import { openedFrom } from "./opened.ts"
import { folder, providerAt } from "./rented.ts"

const cloud = await Emulator.verda({
  bootSeconds: 1,
  addressSeconds: 0.5,
  deleteSeconds: 1,
  powerSeconds: 1,
  openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined
})

const provider = Layer.unwrap(
  Effect.map(folder, (home) =>
    openedFrom(home, providerAt({ home, settings: { endpoint: cloud.url }, env: cloud.environment }))
  )
)

/** What is left when the laws are over: nothing that bills or clutters, and nothing that the vendor would not understand. */
const nothingIsLeft = Effect.promise(async () => {
  // The last one was ended a moment ago, and takes a second.
  await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 200 })
  const { violations } = cloud
  const beside = cloud.core.belongings(cloud.clock.now()).filter(({ kind }) => kind !== "ssh-key")
  await cloud.close()
  assert.deepStrictEqual([...violations], [])
  assert.deepStrictEqual(beside, [])
})

/** The laws come in an order: what is offered, whose it is, how it ends; then everything that is done on machines. */
const firstOnMachines = ProviderLaws.laws.findIndex(({ needs }) => needs?.what.includes("have a shell") === true)

ProviderLaws.suite("verda", provider, {
  every: "500 millis",
  within: "90 seconds",
  timeout: "4 minutes",
  concurrent: true,
  cleanup: nothingIsLeft,
  skip: ProviderLaws.laws
    .slice(firstOnMachines)
    .map(({ name }) => ({ law: name, reason: "shellLaws.heavy.test.ts has machines for it" }))
})
