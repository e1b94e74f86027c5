import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, describe, it, vi } from "vitest"
import { openedFrom } from "./opened.ts"
import { folder, providerAt } from "./rented.ts"

/** Not port 22, which this computer's own sshd may have at every address. */
const sshPort = 2022

/** Instances that are machines behind a real sshd, and the laws about what is done on them. */
const keepLaws = async (): Promise<void> => {
  const cloud = await Emulator.verda({
    bootSeconds: 0.2,
    deleteSeconds: 0.2,
    powerSeconds: 0.2,
    machines: "ssh",
    sshPort,
    openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined
  })
  const provider = Layer.unwrap(
    Effect.map(folder, (home) => {
      const settings = { endpoint: cloud.url, "ssh-port": sshPort }
      return openedFrom(home, providerAt({ home, settings, env: cloud.environment }))
    })
  )
  const nothingIsLeft = Effect.promise(async () => {
    await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 200 })
    const { violations } = cloud
    await cloud.close()
    assert.deepStrictEqual([...violations], [])
  })
  const firstOnMachines = ProviderLaws.laws.findIndex(({ needs }) => needs?.what.includes("have a shell") === true)
  ProviderLaws.suite("verda, with machines behind sshd,", provider, {
    every: "500 millis",
    within: "90 seconds",
    timeout: "4 minutes",
    // Most of their time is waiting; and what is polled together is asked for together.
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
  describe("verda, with machines behind sshd, keeps the provider laws", () => {
    it.skip(`all of them (left out: ${withoutMachines})`)
  })
}
