import { connect } from "node:net"
import { describe, expect, it } from "vitest"
import { call, cpu, gpu, isCut, rent, start } from "./client.ts"
import * as Emulator from "../../src/Emulator.ts"

const manual = { timeScale: 0, startMillis: Date.UTC(2026, 0, 1) }
const create = (cloud: Emulator.Cloud, name = "one") => call(cloud, "POST", "/v2/droplets", { name, ...cpu })
const patiently = { timeout: 20_000 }
const posts = { method: "POST" }

/** What comes back over one connection, byte by byte. */
const bytes = (cloud: Emulator.Cloud, path: string): Promise<string> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(cloud.url)
    const socket = connect(Number(port), hostname)
    let all = ""
    socket.setEncoding("utf8").on("data", (chunk: string) => (all += chunk))
    socket.on("close", () => resolve(all)).on("error", () => undefined)
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${cloud.token}\r\n\r\n`)
  })

describe("a fault of an emulated cloud", () => {
  it("loses a request before it has any effect", async () => {
    await using cloud = await start()
    cloud.faults.loseRequest(posts)
    expect(await isCut(create(cloud))).toBe(true)
    expect(cloud.machines()).toEqual([])
    expect(cloud.requests).toMatchObject([{ method: "POST", fate: "lost", effectsAt: [] }])
    expect((await create(cloud)).status).toBe(202)
  })

  it("loses the answer after the effect", async () => {
    await using cloud = await start()
    cloud.faults.loseReply(posts)
    expect(await isCut(create(cloud))).toBe(true)
    expect(cloud.machines()).toHaveLength(1)
    expect(cloud.requests).toMatchObject([{ fate: "lost", effectsAt: [expect.any(Number)], status: undefined }])
  })

  it("cuts the connection at once, and has the effect later", async () => {
    await using cloud = await start(manual)
    cloud.faults.loseThenApply(10, posts)
    expect(await isCut(create(cloud))).toBe(true)
    expect(cloud.machines()).toEqual([])
    cloud.clock.advance(10)
    await expect.poll(() => cloud.machines().length, patiently).toBe(1)
  })

  it("answers late what has happened at once", async () => {
    await using cloud = await start(manual)
    cloud.faults.delayReply(10, posts)
    const reply = create(cloud)
    await expect.poll(() => cloud.machines().length, patiently).toBe(1)
    expect(cloud.requests).toMatchObject([{ fate: "pending" }])
    cloud.clock.advance(10)
    expect((await reply).status).toBe(202)
    const [{ effectsAt, endedAt } = { effectsAt: [], endedAt: 0 }] = cloud.requests
    expect((endedAt ?? 0) - (effectsAt[0] ?? 0)).toBe(10_000)
  })

  it("has the effect late and answers then", async () => {
    await using cloud = await start(manual)
    cloud.faults.delayEffect(10, posts)
    const reply = create(cloud)
    await expect.poll(() => cloud.requests.length, patiently).toBe(1)
    expect(cloud.machines()).toEqual([])
    cloud.clock.advance(10)
    expect((await reply).status).toBe(202)
    expect(cloud.machines()).toMatchObject([{ createdAt: manual.startMillis + 10_000 }])
  })

  it.each(["first", "second"] as const)("applies a request twice and answers with the %s", async (which) => {
    await using cloud = await start()
    cloud.faults.applyTwice(posts, which)
    const { body } = await create(cloud)
    const ids = cloud.machines().map(({ id }) => id)
    expect(ids).toHaveLength(2)
    expect(body.droplet.id).toBe(ids[which === "first" ? 0 : 1])
  })

  it("sends the same answer twice", async () => {
    await using cloud = await start()
    cloud.faults.duplicateReply()
    expect((await bytes(cloud, "/v2/account")).match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  it("ends the connection within the answer", async () => {
    await using cloud = await start()
    cloud.faults.truncate()
    const [head = "", body = ""] = (await bytes(cloud, "/v2/account")).split("\r\n\r\n")
    const length = Number(/content-length: (\d+)/.exec(head)?.[1])
    expect(body.length).toBeGreaterThan(0)
    expect(body.length).toBeLessThan(length)
    cloud.faults.truncate()
    expect(await isCut(call(cloud, "GET", "/v2/account"))).toBe(true)
  })

  it("answers with whatever is wanted, instead of the effect or after it", async () => {
    await using cloud = await start()
    cloud.faults.serverError(posts, 503)
    cloud.faults.serverErrorAfterEffect(posts)
    cloud.faults.html(posts)
    cloud.faults.redirect("http://127.0.0.1:1/elsewhere", posts)
    cloud.faults.unauthorized(posts)
    cloud.faults.forbidden(posts)
    cloud.faults.answer({ status: 418, body: { any: "thing" } }, posts)
    expect((await create(cloud)).status).toBe(503)
    expect(cloud.machines()).toHaveLength(0)
    expect((await create(cloud)).status).toBe(500)
    expect(cloud.machines()).toHaveLength(1)
    expect((await create(cloud)).body).toMatch(/^<html>/)
    expect((await create(cloud)).headers.get("location")).toBe("http://127.0.0.1:1/elsewhere")
    expect((await create(cloud)).status).toBe(401)
    expect((await create(cloud)).status).toBe(403)
    expect(await create(cloud)).toMatchObject({ status: 418, body: { any: "thing" } })
    expect((await create(cloud)).status).toBe(202)
    expect(cloud.machines()).toHaveLength(2)
    expect(cloud.violations).toEqual([])
  })

  it("limits the rate, with the headers of a burst or of the hour", async () => {
    await using cloud = await start()
    cloud.faults.rateLimit(posts, 7)
    const limited = await create(cloud)
    expect(limited).toMatchObject({ status: 429, body: { id: "too_many_requests" } })
    const limits = ["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
    expect(limits.map((name) => limited.headers.get(name))).toEqual([
      "7",
      "5000",
      "5000",
      expect.stringMatching(/^\d{10}$/)
    ])
    cloud.faults.rateLimit(posts)
    const hourly = await create(cloud)
    expect(limits.map((name) => hourly.headers.get(name))).toEqual([
      null,
      "5000",
      "0",
      expect.stringMatching(/^\d{10}$/)
    ])
    expect(cloud.machines()).toEqual([])
  })

  it("is for the nth request that matches, and for as many as are wanted", async () => {
    await using cloud = await start()
    cloud.faults.serverError({ path: /regions/, nth: 2, times: 2 })
    const statuses: Array<number> = []
    for (let index = 0; index < 4; index++) {
      statuses.push((await call(cloud, "GET", "/v2/regions")).status, (await call(cloud, "GET", "/v2/account")).status)
    }
    expect(statuses).toEqual([200, 200, 500, 200, 500, 200, 200, 200])
  })

  it("says in the vendor's words that there is no capacity, for one size or all", async () => {
    await using cloud = await start()
    cloud.faults.noCapacity({ size: gpu.size, times: 2 })
    expect((await create(cloud)).status).toBe(202)
    expect(await call(cloud, "POST", "/v2/droplets", { name: "big", ...gpu })).toMatchObject({
      status: 422,
      body: { message: expect.stringMatching(/temporarily unavailable/), error_attributes: {} }
    })
    for (const message of Emulator.capacityMessages) {
      cloud.faults.noCapacity({ message })
      expect((await create(cloud)).body.message).toBe(message)
    }
    expect(cloud.violations).toEqual([])
  })

  it("answers a delete that does nothing, and refuses one while something is going on", async () => {
    await using cloud = await start()
    const path = `/v2/droplets/${await rent(cloud, "one")}`
    cloud.faults.ignoreDelete()
    cloud.faults.pendingEvent({ nth: 2 })
    expect((await call(cloud, "DELETE", path)).status).toBe(204)
    expect(cloud.billing()).toHaveLength(1)
    expect((await call(cloud, "DELETE", path)).body.message).toBe("Droplet already has a pending event.")
    expect((await call(cloud, "DELETE", path)).status).toBe(204)
    expect(cloud.billing()).toEqual([])
  })

  it("accepts a power action and changes nothing", async () => {
    await using cloud = await start({ ...manual, powerSeconds: 5 })
    const path = `/v2/droplets/${await rent(cloud, "one")}`
    cloud.faults.failAction()
    const { action } = (await call(cloud, "POST", `${path}/actions`, { type: "shutdown" })).body
    expect(action.status).toBe("in-progress")
    cloud.clock.advance(5)
    expect((await call(cloud, "GET", `/v2/actions/${action.id}`)).body.action.status).toBe("errored")
    expect((await call(cloud, "GET", path)).body.droplet).toMatchObject({ status: "active", locked: false })
    expect((await call(cloud, "POST", `${path}/actions`, { type: "power_off" })).status).toBe(201)
  })

  it("ends when it is told to", async () => {
    await using cloud = await start()
    cloud.faults.random({ seed: 1, rates: { serverError: 1 } })
    cloud.faults.noCapacity()
    expect((await create(cloud)).status).toBe(500)
    cloud.faults.clear()
    expect((await create(cloud)).status).toBe(202)
  })
})
