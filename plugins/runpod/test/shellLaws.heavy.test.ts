import * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { assert, describe, it, vi } from "vitest"
import { hurried } from "./hurried.ts"
import { openedFrom } from "./opened.ts"
import { folder, providerOf } from "./rented.ts"

/** Pods that are containers behind a real sshd, and the laws about what is done on them. */
const keepLaws = async (): Promise<void> => {
  const cloud = await Emulator.runpod({
    bootSeconds: 2,
    deleteSeconds: 2,
    powerSeconds: 2,
    // The vendor's minutes are kept, and are shorter here.
    timeScale: 20,
    machines: "ssh",
    sshPort: 2022,
    openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined
  })
  const provider = Layer.unwrap(Effect.map(folder, (home) => openedFrom(home, hurried(cloud, providerOf(cloud, home)))))
  const nothingIsLeft = Effect.promise(async () => {
    await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 200 })
    const { violations } = cloud
    await cloud.close()
    assert.deepStrictEqual([...violations], [])
  })
  const firstOnMachines = ProviderLaws.laws.findIndex(({ needs }) => needs?.what.includes("have a shell") === true)
  ProviderLaws.suite("runpod, with machines behind sshd,", provider, {
    offerQuery: { gpuCount: 1 },
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
  describe("runpod, with machines behind sshd, keeps the provider laws", () => {
    it.skip(`all of them (left out: ${withoutMachines})`)
  })
}
