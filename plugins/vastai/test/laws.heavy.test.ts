import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, vi } from "vitest"
import { folder, providerAt, shells } from "./rented.ts"

/** Time goes so much faster there: the documented times between calls are kept, in its time. */
const timeScale = 50

const cloud = await Emulator.vastai({
  bootSeconds: 20,
  deleteSeconds: 20,
  powerSeconds: 20,
  timeScale,
  openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined
})

const provider = Layer.unwrap(
  Effect.map(folder, (home) =>
    providerAt({
      home,
      settings: { endpoint: cloud.url, pace: 1.2 / timeScale },
      env: { VAST_API_KEY: cloud.token }
    })
  )
)

/** What is left when the laws are over: nothing that bills, and nothing that the vendor would not have understood. */
const nothingIsLeft = Effect.promise(async () => {
  await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 200 })
  const { requests, violations } = cloud
  await cloud.close()
  assert.deepStrictEqual([...violations], [])
  assert.deepStrictEqual(
    requests.filter(({ status }) => status === 429).map(({ method, path }) => `${method} ${path}`),
    []
  )
})

/** The laws come in an order: what is offered, whose it is, how it ends; then everything that is done on machines. */
const firstOnMachines = ProviderLaws.laws.findIndex(({ needs }) => needs?.what.includes("have a shell") === true)

ProviderLaws.suite("vastai", provider.pipe(Layer.provideMerge(shells), Layer.provideMerge(NodeServices.layer)), {
  every: "200 millis",
  within: "60 seconds",
  timeout: "3 minutes",
  cleanup: nothingIsLeft,
  skip: ProviderLaws.laws
    .slice(firstOnMachines)
    .map(({ name }) => ({ law: name, reason: "shellLaws.heavy.test.ts has machines for it" }))
})
