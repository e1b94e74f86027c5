/** The plugin as runctl loads it, pointed at an emulated cloud. */
import * as NodeHost from "@runctl/platform-node/NodeHost"
import type * as Emulator from "@runctl/testkit/Emulator"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import { assert, vi } from "vitest"
import { type Cloud, serve } from "../emulator/Cloud.ts"
import packageFile from "../package.json" with { type: "json" }

/** What machines behind sshd listen on here: 22 may be this computer's own. */
export const sshPort = 2022

/** Its provider, with everything that a plugin may ask for. `load` imports the module, as it stands or as it is built. */
export const hosted = (cloud: Emulator.Emulated<Cloud>, load: () => Promise<unknown>) =>
  NodeHost.provider({
    manifest: packageFile.runctl,
    load,
    settings: { endpoint: cloud.url, "ssh-port": sshPort },
    environment: cloud.environment
  })

/** At the end nothing bills, and nothing was sent that the cloud does not know. */
export const nothingIsLeft = (cloud: Emulator.Emulated<Cloud>): Effect.Effect<void> =>
  Effect.promise(async () => {
    await vi.waitFor(() => assert.deepStrictEqual([...cloud.billing()], []), { timeout: 30_000, interval: 100 })
    const { violations } = cloud
    await cloud.close()
    assert.deepStrictEqual([...violations], [])
  })

/** Holds the plugin to the promises that need no machine: what is offered, whose it is, how it ends. */
export const keepLaws = async (title: string, load: () => Promise<unknown>): Promise<void> => {
  const cloud = await serve({ bootSeconds: 0.1, deleteSeconds: 0.1 })
  ProviderLaws.suite(title, hosted(cloud, load), {
    offerQuery: { instanceType: "c2" },
    every: "50 millis",
    within: "20 seconds",
    timeout: "1 minute",
    concurrent: true,
    cleanup: nothingIsLeft(cloud),
    skip: ProviderLaws.onMachines.map(({ name }) => ({ law: name, reason: "machines.test.ts has machines for it" }))
  })
}
