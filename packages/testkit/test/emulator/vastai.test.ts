import { assert, describe, it } from "vitest"
import * as Emulator from "../../src/Emulator.ts"

type Cloud = Awaited<ReturnType<typeof Emulator.vastai>>

const openApi = process.env["RUNCTL_OPENAPI_DIR"] || undefined

/** Time stands still until it is advanced. */
const start = (options: Emulator.VastaiOptions = {}): Promise<Cloud> =>
  Emulator.vastai({ openApi, timeScale: 0, limitsRates: false, ...options })

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every kind
const call = async (cloud: Cloud, method: string, path: string, body?: unknown, token = cloud.token): Promise<any> => {
  const response = await fetch(`${cloud.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  const text = await response.text()
  const isJson = text.startsWith("{")
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

const search = async (cloud: Cloud, body: object): Promise<ReadonlyArray<Record<string, unknown>>> =>
  (await call(cloud, "POST", "/api/v0/bundles/", body)).body.offers

/** The offer of all or some GPUs of a host. */
const offer = async (cloud: Cloud, machine: number, gpus: number, type = "on-demand") =>
  (await search(cloud, { machine_id: { eq: machine }, num_gpus: { eq: gpus }, type }))[0]?.["id"]

const wanted = { client_id: "me", image: "ubuntu:24.04", disk: 72, cancel_unavail: true }

const rent = async (cloud: Cloud, machine: number, gpus: number, more: { readonly price?: number } = {}) => {
  const id = await offer(cloud, machine, gpus, more.price === undefined ? "on-demand" : "bid")
  return call(cloud, "PUT", `/api/v0/asks/${String(id)}/`, { ...wanted, ...more })
}

const hour = 3600

describe("an emulated Vast.ai", () => {
  it("charges the disk from the create until the end, and GPUs only while they run", async () => {
    await using cloud = await start({ bootSeconds: hour, powerSeconds: 0 })
    const { body } = await rent(cloud, 1103, 2)
    const disk = (72 * 0.15) / 720
    cloud.clock.advance(hour)
    assert.closeTo(cloud.usd(), disk, 1e-9, "it was loading")
    cloud.clock.advance(hour)
    assert.closeTo(cloud.usd(), 2 * disk + 2 * 0.304, 1e-9, "it ran")
    await call(cloud, "PUT", `/api/v0/instances/${body.new_contract}/`, { state: "stopped" })
    cloud.clock.advance(hour)
    assert.closeTo(cloud.usd(), 3 * disk + 2 * 0.304, 1e-9, "it was stopped")
    assert.lengthOf(cloud.billing(), 1)
    await call(cloud, "DELETE", `/api/v0/instances/${body.new_contract}/`)
    cloud.clock.advance(hour)
    assert.closeTo(cloud.usd(), 3 * disk + 2 * 0.304, 1e-9, "it is gone")
    assert.deepStrictEqual([...cloud.violations], [])
  })

  it("gives offers other ids whenever any of a host's GPUs are taken, and each is good for one create", async () => {
    await using cloud = await start()
    const one = await offer(cloud, 1109, 1)
    const first = await call(cloud, "PUT", `/api/v0/asks/${String(one)}/`, wanted)
    assert.strictEqual(first.status, 200)
    const again = await call(cloud, "PUT", `/api/v0/asks/${String(one)}/`, wanted)
    assert.strictEqual(again.status, 404)
    assert.match(again.body.msg, /no_such_ask/)
    assert.isUndefined(await offer(cloud, 1109, 2), "one of two is taken")
    assert.notStrictEqual(await offer(cloud, 1109, 1), one)
  })

  it("leaves an instance behind that does not run where a bid is too low, and charges its disk", async () => {
    await using cloud = await start()
    const { body, status } = await rent(cloud, 1103, 1, { price: 0.01 })
    assert.strictEqual(status, 400)
    assert.isNumber(body.new_contract)
    assert.deepInclude(cloud.billing()[0], { id: body.new_contract, status: "off" })
    cloud.clock.advance(hour)
    assert.closeTo(cloud.usd(), (72 * 0.15) / 720, 1e-9)
  })

  it("takes what bids hold for whoever rents on demand, the lowest first, and keeps their disks", async () => {
    await using cloud = await start()
    const low = (await rent(cloud, 1109, 1, { price: 1 })).body.new_contract
    const high = (await rent(cloud, 1109, 1, { price: 2 })).body.new_contract
    assert.strictEqual((await rent(cloud, 1109, 1)).status, 200)
    const shown = async (id: number) => (await call(cloud, "GET", `/api/v0/instances/${id}/`)).body.instances
    assert.deepInclude(await shown(low), {
      is_bid: true,
      actual_status: "exited",
      cur_state: "stopped",
      next_state: "stopped",
      intended_status: "stopped"
    })
    assert.strictEqual((await shown(high)).actual_status, "running")
    assert.lengthOf(cloud.billing(), 3)
  })

  it("lists 25 instances at most with where the next ones begin, and answers 410 where it once listed all", async () => {
    await using cloud = await start()
    for (let index = 0; index < 60; index++) cloud.plant({ name: `planted ${index}` })
    const sizes: Array<number> = []
    let token: string | null = ""
    while (token !== null) {
      const query = token === "" ? "" : `?after_token=${encodeURIComponent(token)}`
      const { body } = await call(cloud, "GET", `/api/v1/instances/${query}`)
      sizes.push(body.instances.length)
      token = body.next_token
    }
    assert.deepStrictEqual(sizes, [25, 25, 10])
    const filters = encodeURIComponent(JSON.stringify({ label: { eq: "planted 7" } }))
    const { body } = await call(cloud, "GET", `/api/v1/instances/?select_filters=${filters}`)
    assert.deepStrictEqual([body.instances.length, body.instances_found, body.total_instances], [1, 1, 60])
    assert.deepStrictEqual([...cloud.violations], [])
    // Its description does not know that address any more.
    await using undescribed = await start({ openApi: undefined })
    const { body: old, status } = await call(undescribed, "GET", "/api/v0/instances/")
    assert.deepStrictEqual([status, old.error], [410, "deprecated_endpoint"])
  })

  it("gives each instance a key that may start, stop and destroy it, and do nothing else", async () => {
    await using cloud = await start({ openApi: undefined })
    const [one, other] = [(await rent(cloud, 1101, 1)).body, (await rent(cloud, 1101, 1)).body]
    const as = (method: string, path: string, body?: unknown) => call(cloud, method, path, body, one.instance_api_key)
    assert.strictEqual((await as("GET", "/api/v1/instances/")).status, 403)
    assert.strictEqual((await as("DELETE", `/api/v0/instances/${other.new_contract}/`)).status, 403)
    assert.strictEqual((await as("PUT", `/api/v0/instances/${one.new_contract}/`, { state: "stopped" })).status, 200)
    assert.strictEqual((await as("DELETE", `/api/v0/instances/${one.new_contract}/`)).status, 200)
    assert.strictEqual((await as("DELETE", `/api/v0/instances/${one.new_contract}/`)).status, 401)
    assert.lengthOf(cloud.billing(), 1)
  })

  it("refuses what comes too soon, in plain text that does not say when to come again", async () => {
    await using cloud = await start({ limitsRates: true })
    const path = "/api/v1/instances/"
    assert.strictEqual((await call(cloud, "GET", path)).status, 200)
    const { body, status } = await call(cloud, "GET", path)
    assert.deepStrictEqual([status, body], [429, "API requests too frequent: endpoint threshold=1.0"])
    cloud.clock.advance(1)
    assert.strictEqual((await call(cloud, "GET", path)).status, 200)
    const searches = []
    for (let index = 0; index < 11; index++) searches.push((await call(cloud, "POST", "/api/v0/bundles/", {})).status)
    assert.deepStrictEqual(searches, [...Array<number>(10).fill(200), 429])
  })

  it("answers a search without a key, and one with a wrong key as if it were not there", async () => {
    await using cloud = await start()
    const { body, status } = await call(cloud, "POST", "/api/v0/bundles/", {}, "wrong")
    assert.deepStrictEqual([status, body], [404, { error: null, msg: "Invalid user key" }])
    const response = await fetch(`${cloud.url}/api/v0/bundles/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}"
    })
    assert.strictEqual(response.status, 200)
  })

  it("writes down what it does not know, and does nothing then", async () => {
    await using cloud = await start({ openApi: undefined })
    const id = await offer(cloud, 1101, 1)
    for (const more of [{ price_per_gpu: 1 }, { env: "-e A=B" }, { onstart: "x".repeat(4049) }, { price: 200 }]) {
      assert.strictEqual((await call(cloud, "PUT", `/api/v0/asks/${String(id)}/`, { ...wanted, ...more })).status, 400)
    }
    assert.lengthOf(cloud.violations, 4)
    assert.lengthOf(cloud.machines(), 0)
  })
})
