import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, describe, it, vi } from "vitest"
import { openedFrom } from "./opened.ts"
import { folder, providerAt } from "./rented.ts"

/** Instances that are machines behind a real sshd, and the laws about what is done on them. */
const keepLaws = async (): Promise<void> => {
  const cloud = await Emulator.vastai({
    bootSeconds: 0.2,
    deleteSeconds: 0.2,
    powerSeconds: 0.2,
    // Laws that are kept at the same time ask at the same time; laws.heavy.test.ts keeps to the limits.
    limitsRates: false,
    machines: "ssh",
    openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined
  })
  const provider = Layer.unwrap(
    Effect.map(folder, (home) => {
      const settings = { endpoint: cloud.url, pace: 0.02 }
      return openedFrom(home, providerAt({ home, settings, env: { VAST_API_KEY: cloud.token } }))
    })
  )
  const nothingIsLeft = Effect.promise(async () => {
    await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 200 })
    const { violations } = cloud
    await cloud.close()
    assert.deepStrictEqual([...violations], [])
  })
  const firstOnMachines = ProviderLaws.laws.findIndex(({ needs }) => needs?.what.includes("have a shell") === true)
  ProviderLaws.suite("vastai, with machines behind sshd,", provider, {
    every: "500 millis",
    within: "90 seconds",
    timeout: "4 minutes",
    // Most of their time is waiting.
    concurrent: true,
    cleanup: nothingIsLeft,
    skip: ProviderLaws.laws
      .slice(0, firstOnMachines)
      .map(({ name }) => ({ law: name, reason: "laws.heavy.test.ts keeps it, which needs no machines" }))
  })
}

const withoutMachines = Emulator.missingMachines()

if (withoutMachines === undefined) await keepLaws()
else {
  describe("vastai, with machines behind sshd, keeps the provider laws", () => {
    it.skip(`all of them (left out: ${withoutMachines})`)
  })
}
