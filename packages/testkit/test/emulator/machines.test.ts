import { describe, expect, it } from "vitest"
import { call, cpu, gpu, publicKey, rent, start } from "./client.ts"

const manual = { timeScale: 0, startMillis: Date.UTC(2026, 0, 1) }

describe("an emulated machine", () => {
  it("is new, then active with an address, and gone when it was deleted", async () => {
    await using cloud = await start({ ...manual, bootSeconds: 30, deleteSeconds: 10 })
    const created = await call(cloud, "POST", "/v2/droplets", { name: "one", ...cpu, tags: ["a:b"] })
    expect(created).toMatchObject({ status: 202, body: { droplet: { status: "new", locked: true, tags: ["a:b"] } } })
    const path = `/v2/droplets/${created.body.droplet.id}`
    const action = `/v2/actions/${created.body.links.actions[0].id}`
    cloud.clock.advance(29)
    expect((await call(cloud, "GET", path)).body.droplet).toMatchObject({ status: "new", networks: { v4: [] } })
    expect((await call(cloud, "GET", action)).body.action).toMatchObject({ status: "in-progress", completed_at: null })
    cloud.clock.advance(1)
    const { droplet } = (await call(cloud, "GET", path)).body
    expect(droplet).toMatchObject({ status: "active", locked: false })
    expect(droplet.networks.v4.map(({ type }: { readonly type: string }) => type)).toEqual(["private", "public"])
    expect((await call(cloud, "GET", action)).body.action.status).toBe("completed")
    expect((await call(cloud, "DELETE", path)).status).toBe(204)
    expect((await call(cloud, "GET", path)).status).toBe(200)
    cloud.clock.advance(10)
    expect((await call(cloud, "GET", path)).status).toBe(404)
    expect((await call(cloud, "DELETE", path)).status).toBe(404)
    expect(cloud.machines()).toMatchObject([{ status: "gone", touched: true, planted: false, billedSeconds: 40 }])
    expect(cloud.violations).toEqual([])
  })

  it("costs by the second from its create to its end, a minute at least, and as much when it is off", async () => {
    await using cloud = await start({ ...manual, deleteSeconds: 0 })
    const [short, long] = [await rent(cloud, "short", { size: "m-8vcpu-64gb" }), await rent(cloud, "long", gpu)]
    cloud.clock.advance(10)
    await call(cloud, "DELETE", `/v2/droplets/${short}`)
    await call(cloud, "POST", `/v2/droplets/${long}/actions`, { type: "power_off" })
    expect((await call(cloud, "GET", `/v2/droplets/${long}`)).body.droplet.status).toBe("off")
    cloud.clock.advance(3590)
    expect(cloud.billing().map(({ id }) => id)).toEqual([long])
    expect(cloud.machines().map(({ usd }) => usd)).toEqual([0.01, 24.05])
    expect(cloud.usd()).toBeCloseTo(24.06)
    expect(cloud.machineSeconds()).toBe(3610)
  })

  it("is in no list and answers 404 for as long as it is not to be seen, and bills meanwhile", async () => {
    await using cloud = await start({ ...manual, visibleSeconds: 5 })
    const id = await rent(cloud, "hidden")
    expect((await call(cloud, "GET", `/v2/droplets/${id}`)).status).toBe(404)
    expect((await call(cloud, "GET", "/v2/droplets")).body.droplets).toEqual([])
    expect(cloud.billing()).toHaveLength(1)
    cloud.clock.advance(5)
    expect((await call(cloud, "GET", `/v2/droplets/${id}`)).status).toBe(200)
    expect((await call(cloud, "GET", "/v2/droplets")).body.droplets).toHaveLength(1)
  })

  it("is listed with its kind only, by tag with both kinds, by name whatever the case", async () => {
    await using cloud = await start()
    const tags = ["runctl"]
    const [plain, big] = [await rent(cloud, "Plain", { tags }), await rent(cloud, "big", { ...gpu, tags })]
    const ids = async (query: string) =>
      (await call(cloud, "GET", `/v2/droplets${query}`)).body.droplets.map((each: { readonly id: number }) => each.id)
    expect(await ids("")).toEqual([plain])
    expect(await ids("?type=droplets")).toEqual([plain])
    expect(await ids("?type=gpus")).toEqual([big])
    expect(await ids("?tag_name=runctl")).toEqual([plain, big])
    expect(await ids("?name=pLAIN")).toEqual([plain])
    expect(await ids("?name=plain&type=gpus")).toEqual([])
    expect((await call(cloud, "GET", "/v2/droplets?tag_name=runctl&type=gpus")).status).toBe(422)
    expect(cloud.violations).toEqual([])
  })

  it("is listed on pages whose links lead from one to the next", async () => {
    await using cloud = await start({ dropletLimit: 50 })
    for (let index = 0; index < 45; index++) await rent(cloud, `m${index}`)
    const names: Array<string> = []
    let next: string | undefined = `${cloud.url}/v2/droplets`
    while (next !== undefined) {
      const { body } = await call(cloud, "GET", next.slice(cloud.url.length))
      names.push(...body.droplets.map((each: { readonly name: string }) => each.name))
      expect(body.meta.total).toBe(45)
      next = body.links.pages.next
    }
    expect(names).toEqual(Array.from({ length: 45 }, (_, index) => `m${index}`))
    expect((await call(cloud, "GET", "/v2/droplets?per_page=200")).body.links).toEqual({})
    expect((await call(cloud, "GET", "/v2/droplets?per_page=201")).status).toBe(422)
    expect(cloud.violations).toMatchObject([{ of: "request", path: "/v2/droplets" }])
  })

  it("takes one action at a time", async () => {
    await using cloud = await start({ ...manual, powerSeconds: 5 })
    const path = `/v2/droplets/${await rent(cloud, "one")}/actions`
    const begun = await call(cloud, "POST", path, { type: "shutdown" })
    expect(begun).toMatchObject({ status: 201, body: { action: { status: "in-progress", type: "shutdown" } } })
    expect(await call(cloud, "POST", path, { type: "reboot" })).toMatchObject({
      status: 422,
      body: { message: "Droplet already has a pending event." }
    })
    cloud.clock.advance(5)
    expect((await call(cloud, "GET", `${path}/${begun.body.action.id}`)).body.action.status).toBe("completed")
    expect((await call(cloud, "POST", path, { type: "power_on" })).status).toBe(201)
  })

  it("comes to nothing, with an errored action and free of charge, when its create fails", async () => {
    await using cloud = await start({ ...manual, bootSeconds: 20 })
    cloud.faults.failCreate()
    const { body } = await call(cloud, "POST", "/v2/droplets", { name: "doomed", ...gpu })
    expect(cloud.billing()).toEqual([])
    expect((await call(cloud, "GET", `/v2/droplets/${body.droplet.id}`)).body.droplet.status).toBe("new")
    cloud.clock.advance(20)
    expect((await call(cloud, "GET", `/v2/droplets/${body.droplet.id}`)).status).toBe(404)
    expect((await call(cloud, "GET", `/v2/actions/${body.links.actions[0].id}`)).body.action.status).toBe("errored")
    expect(cloud.usd()).toBe(0)
  })

  it("is refused for what the request has wrong, in the words the vendor has for it", async () => {
    await using cloud = await start({ dropletLimit: 1 })
    const refused = async (more: object) =>
      (await call(cloud, "POST", "/v2/droplets", { name: "x", ...cpu, ...more })).body
    expect(await refused({ size: "s-huge" })).toMatchObject({ message: expect.stringMatching(/invalid size/) })
    expect(await refused({ image: "beos" })).toMatchObject({ message: expect.stringMatching(/invalid image/) })
    expect(await refused({ region: "mars1" })).toMatchObject({ message: expect.stringMatching(/invalid region/) })
    expect(await refused({ region: "nyc2" })).toMatchObject({ message: "Region is not available" })
    expect(await refused({ size: gpu.size, region: "fra1" })).toMatchObject({
      message: "Size is not available in this region."
    })
    expect(await refused({ ssh_keys: [5] })).toMatchObject({
      message: "5 are invalid key identifiers for Droplet creation."
    })
    expect(await refused({ user_data: "é".repeat(40_000) })).toMatchObject({ message: expect.stringMatching(/64 KiB/) })
    await rent(cloud, "first")
    expect(await refused({})).toMatchObject({ message: expect.stringMatching(/exceed your droplet limit/) })
    cloud.setDropletLimit(2)
    await rent(cloud, "second")
    expect(cloud.machines()).toHaveLength(2)
    expect(cloud.violations).toEqual([])
  })

  it("can be a stranger's, which shows whether anybody has touched it", async () => {
    await using cloud = await start()
    const planted = cloud.plant({ name: "runctl-lookalike", tags: ["runctl"], ageSeconds: 7200 })
    const other = cloud.plant({ name: "left-alone" })
    expect(cloud.billing().map(({ planted }) => planted)).toEqual([true, true])
    expect(cloud.usd()).toBe(0)
    await call(cloud, "GET", `/v2/droplets/${planted.id}`)
    expect(cloud.machines().map(({ touched }) => touched)).toEqual([false, false])
    await call(cloud, "DELETE", "/v2/droplets?tag_name=runctl")
    const machines = cloud.machines()
    expect(machines.find(({ id }) => id === planted.id)).toMatchObject({ touched: true, status: "gone" })
    expect(machines.find(({ id }) => id === other.id)).toMatchObject({ touched: false, status: "active" })
  })

  it("may be several, asked for with one request", async () => {
    await using cloud = await start()
    const { body, status } = await call(cloud, "POST", "/v2/droplets", { names: ["a", "b"], ...cpu })
    expect([status, body.droplets.length, body.links.actions.length]).toEqual([202, 2, 2])
    expect(cloud.violations).toEqual([])
  })

  it("has the keys that are registered, each only once", async () => {
    await using cloud = await start()
    const made = await call(cloud, "POST", "/v2/account/keys", { name: "k", public_key: `${publicKey} me@here` })
    expect(made).toMatchObject({
      status: 201,
      body: { ssh_key: { fingerprint: expect.stringMatching(/^([0-9a-f]{2}:){15}/) } }
    })
    const again = await call(cloud, "POST", "/v2/account/keys", { name: "k2", public_key: publicKey })
    expect(again).toMatchObject({ status: 422, body: { message: "SSH Key is already in use on your account" } })
    const { fingerprint, id } = made.body.ssh_key
    await rent(cloud, "one", { ssh_keys: [id] })
    await rent(cloud, "two", { ssh_keys: [fingerprint] })
    expect((await call(cloud, "PUT", `/v2/account/keys/${id}`, { name: "new" })).body.ssh_key.name).toBe("new")
    expect((await call(cloud, "GET", "/v2/account/keys")).body.ssh_keys).toHaveLength(1)
    expect((await call(cloud, "DELETE", `/v2/account/keys/${fingerprint}`)).status).toBe(204)
    expect((await call(cloud, "GET", `/v2/account/keys/${id}`)).status).toBe(404)
    expect(cloud.sshKeys()).toEqual([])
    cloud.addSshKey("strangers", publicKey)
    expect(cloud.sshKeys()).toMatchObject([{ name: "strangers", fingerprint }])
    expect((await call(cloud, "POST", "/v2/account/keys", { name: "k", public_key: "rubbish" })).status).toBe(422)
    expect(cloud.violations).toEqual([])
  })

  it("costs what its size did when it was rented, whatever the price is now", async () => {
    await using cloud = await start({ ...manual })
    await rent(cloud, "one", gpu)
    cloud.setPrice(gpu.size, 48.1)
    const { sizes } = (await call(cloud, "GET", "/v2/sizes?per_page=200")).body
    const shown = sizes.find(({ slug }: { readonly slug: string }) => slug === gpu.size)
    expect(shown.price_hourly).toBe(48.1)
    cloud.clock.advance(3600)
    expect(cloud.usd()).toBeCloseTo(24.05)
  })
})
