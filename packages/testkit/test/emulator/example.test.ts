import { expect, it } from "vitest"
import * as Emulator from "../../src/Emulator.ts"
import { call, cpu } from "./client.ts"

const create = (cloud: Emulator.Cloud, name: string) => call(cloud, "POST", "/v2/droplets", { name, ...cpu })

const names = async (cloud: Emulator.Cloud): Promise<ReadonlyArray<string>> => {
  const { body } = await call(cloud, "GET", "/v2/droplets")
  return body.droplets.map(({ name }: { readonly name: string }) => name)
}

it("finds the machine whose create was never answered", async () => {
  await using cloud = await Emulator.digitalocean({ timeScale: 0, bootSeconds: 30, staleSeconds: 10 })
  cloud.faults.loseReply({ method: "POST", path: /droplets$/ })
  const stranger = cloud.plant({ name: "somebody-elses", tags: ["runctl"] })

  await create(cloud, "mine").catch(() => undefined)
  cloud.clock.advance(10)
  expect(await names(cloud)).toEqual(["somebody-elses", "mine"])

  cloud.clock.advance(3590)
  expect(cloud.billing().map(({ name }) => name)).toEqual(["somebody-elses", "mine"])
  expect(cloud.usd()).toBeCloseTo(0.009, 2)
  expect(cloud.machines().find(({ id }) => id === stranger.id)?.touched).toBe(false)
  expect(cloud.violations).toEqual([])
})
