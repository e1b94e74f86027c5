import { describe, expect, it } from "vitest"
import { call, cpu, isCut, start } from "./client.ts"
import type * as Emulator from "../../src/Emulator.ts"

const create = (cloud: Emulator.Cloud, name = "one") => call(cloud, "POST", "/v2/droplets", { name, ...cpu })
const posts = { method: "POST" }

describe("a held request", () => {
  it("is stopped before its effect until it is released", async () => {
    await using cloud = await start()
    const hold = cloud.hold({ ...posts, path: /droplets$/, point: "beforeEffect", nth: 2 })
    await create(cloud, "first")
    const second = create(cloud, "second")
    expect(await hold.arrived).toMatchObject({ method: "POST", body: { name: "second" }, effectsAt: [] })
    expect(cloud.machines()).toHaveLength(1)
    expect((await create(cloud, "third")).status).toBe(202)
    hold.release()
    expect((await second).status).toBe(202)
    expect(cloud.machines().map(({ name }) => name)).toEqual(["first", "third", "second"])
  })

  it("is stopped after its effect, and dropped", async () => {
    await using cloud = await start()
    const hold = cloud.hold({ ...posts, point: "beforeReply" })
    const reply = isCut(create(cloud))
    await hold.arrived
    expect(cloud.machines()).toHaveLength(1)
    hold.drop()
    expect(await reply).toBe(true)
  })

  it("is answered with something else, without an effect", async () => {
    await using cloud = await start()
    const hold = cloud.hold({ ...posts, point: "beforeEffect" })
    const reply = create(cloud)
    await hold.arrived
    hold.answer({ status: 409, body: { id: "conflict", message: "no" } })
    expect(await reply).toMatchObject({ status: 409, body: { id: "conflict" } })
    expect(cloud.machines()).toEqual([])
  })

  it("does not keep the cloud from being closed", async () => {
    const cloud = await start()
    const hold = cloud.hold({ ...posts, point: "beforeEffect" })
    const reply = isCut(create(cloud))
    await hold.arrived
    await cloud.close()
    expect(await reply).toBe(true)
    expect(cloud.machines()).toEqual([])
  })
})
