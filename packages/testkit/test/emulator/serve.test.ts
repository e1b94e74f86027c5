import { describe, expect, it } from "vitest"
import { isCut } from "./client.ts"
import { ask, serve } from "./Harbor.ts"

const manual = { timeScale: 0, startMillis: Date.UTC(2026, 0, 1) }

describe("a cloud of one's own", () => {
  it("has its own words, keys and forms, and everything around it that the others have", async () => {
    await using cloud = await serve({ ...manual, bootSeconds: 30 })
    expect(cloud.environment).toEqual({ RUNCTL_HARBOR_ENDPOINT: cloud.url, HARBOR_KEY: "harbor-key" })
    expect(cloud.unproven).toContain("that there is such a cloud")
    expect(await ask(cloud, "GET", "/pods", undefined, "wrong")).toEqual([401, "who are you?"])
    expect(await ask(cloud, "POST", "/pods", { name: "one", label: "a" })).toEqual([201, "pod-1"])
    const stranger = cloud.plant({ name: "two", tags: ["a", "b"] })
    expect(await ask(cloud, "GET", "/pods?label=a&label=b")).toEqual([200, `<pod id="${stranger.id}">two</pod>`])
    expect(cloud.machines()).toMatchObject([{ status: "new" }, { status: "active", planted: true, touched: false }])
    cloud.clock.advance(3600)
    expect(cloud.machines()[0]).toMatchObject({ status: "active", usd: 3.6 })
    expect(cloud.usd()).toBeCloseTo(3.6)
    cloud.preempt("pod-1")
    expect(cloud.machines()[0]).toMatchObject({ status: "off" })
    await ask(cloud, "DELETE", "/pods/pod-1")
    expect(cloud.billing().map(({ id }) => id)).toEqual([stranger.id])
    expect(cloud.requests.map(({ account }) => account)).toEqual([
      undefined,
      "harbormaster",
      "harbormaster",
      "harbormaster"
    ])
    expect(cloud.violations).toEqual([])
  })

  it("meets the faults of all, in its own words", async () => {
    await using cloud = await serve()
    cloud.faults.noCapacity({ type: "gpu" })
    expect(await ask(cloud, "POST", "/pods", { name: "one", type: "cpu" })).toEqual([201, "pod-1"])
    expect(await ask(cloud, "POST", "/pods", { name: "two", type: "gpu" })).toEqual([409, "no berth is free"])
    cloud.faults.serverError({ method: "GET" }, 503)
    expect(await ask(cloud, "GET", "/pods")).toEqual([503, "unavailable"])
    cloud.faults.unauthorized()
    expect(await ask(cloud, "GET", "/pods")).toEqual([401, "unauthorized"])
    cloud.faults.loseReply({ method: "POST" })
    expect(await isCut(ask(cloud, "POST", "/pods", { name: "three" }))).toBe(true)
    expect(cloud.machines()).toHaveLength(2)
  })

  it("says which of its parameters may come twice, and of which kind a body is", async () => {
    await using cloud = await serve()
    expect(await ask(cloud, "GET", "/pods?name=a&name=b")).toEqual([400, "query: name came more than once"])
    const json = { method: "POST", headers: { "x-key": cloud.token, "content-type": "application/json" }, body: "{}" }
    expect((await fetch(`${cloud.url}/pods`, json)).status).toBe(400)
    expect(cloud.violations.map(({ message }) => message)).toEqual([
      "query: name came more than once",
      "body: its content-type is not application/x-www-form-urlencoded"
    ])
  })
})
