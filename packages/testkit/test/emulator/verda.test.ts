import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import * as Emulator from "../../src/Emulator.ts"
import * as OpenApi from "../../src/OpenApi.ts"
import { publicKey } from "./client.ts"

const openApi: string | undefined = process.env["RUNCTL_OPENAPI_DIR"] || undefined
const why = openApi === undefined ? " (skipped: RUNCTL_OPENAPI_DIR names no folder with verda.json)" : ""

const manual = { timeScale: 0, startMillis: Date.UTC(2026, 0, 1) }

interface Reply {
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every kind
  readonly body: any
}

const parsed = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

type Cloud = Emulator.Emulated<Emulator.VerdaCore>

const call = async (cloud: Cloud, method: string, path: string, body?: unknown, token?: string): Promise<Reply> => {
  const bearer = token ?? cloud.core.issueToken(Number.MAX_SAFE_INTEGER)
  const response = await fetch(`${cloud.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${bearer}`,
      ...(body === undefined ? {} : { "content-type": "application/json" })
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) }
}

const start = (options: Emulator.VerdaOptions = {}): Promise<Cloud> => Emulator.verda({ openApi, ...options })

const wanted = { instance_type: "CPU.4V.16G", image: "ubuntu-24.04", hostname: "one", location_code: "FIN-01" }

const rent = async (cloud: Cloud, more: object = {}): Promise<string> => {
  const key = (await call(cloud, "POST", "/ssh-keys", { name: "k", key: publicKey })).body
  const { body, status } = await call(cloud, "POST", "/instances", { ...wanted, ssh_key_ids: [key], ...more })
  if (status !== 202) throw new Error(`the create was answered with ${status}: ${JSON.stringify(body)}`)
  return body
}

const end = (cloud: Cloud, id: unknown, more: object = {}) =>
  call(cloud, "PUT", "/instances", { action: "delete", id, ...more })

const volumes = (cloud: Cloud) =>
  cloud.core.belongings(cloud.clock.now()).flatMap(({ kind, status }) => (kind === "volume" ? [status] : []))

describe("an emulated Verda", () => {
  it("gives out tokens that end, to whoever has the secret", async () => {
    await using cloud = await start({ ...manual, tokenSeconds: 60 })
    const { clientId: client_id, clientSecret: client_secret } = cloud.core.account
    const ask = { grant_type: "client_credentials", client_id, client_secret }
    expect((await call(cloud, "POST", "/oauth2/token", { ...ask, client_secret: "x" })).status).toBe(401)
    expect((await call(cloud, "POST", "/oauth2/token", { ...ask, grant_type: "password" })).status).toBe(400)
    const { body } = await call(cloud, "POST", "/oauth2/token", ask)
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 60, scope: "cloud-api-v1" })
    const get = async () => (await call(cloud, "GET", "/instances", undefined, body.access_token)).status
    expect(await get()).toBe(200)
    cloud.clock.advance(60)
    expect(await get()).toBe(401)
    const again = { grant_type: "refresh_token", refresh_token: body.refresh_token }
    expect((await call(cloud, "POST", "/oauth2/token", again)).body.access_token).toMatch(/^verda\./)
    expect((await call(cloud, "GET", "/instance-types", undefined, "nobody")).status).toBe(200)
  })

  it("answers a create with a bare id, runs without an address first, and cannot end what is being made", async () => {
    await using cloud = await start({ ...manual, bootSeconds: 30, addressSeconds: 10, deleteSeconds: 5 })
    const id = await rent(cloud)
    const got = async () => (await call(cloud, "GET", `/instances/${id}`)).body
    expect(await got()).toMatchObject({ status: "provisioning", ip: null, hostname: "one" })
    expect(await end(cloud, id)).toMatchObject({
      status: 403,
      body: { message: "Can't discontinue a provisioning instance" }
    })
    cloud.clock.advance(30)
    expect(await got()).toMatchObject({ status: "running", ip: null })
    cloud.clock.advance(10)
    expect((await got()).ip).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    expect((await end(cloud, id)).body).toMatchObject([{ instanceId: id, status: "success" }])
    expect((await got()).status).toBe("deleting")
    cloud.clock.advance(5)
    expect((await got()).status).toBe("discontinued")
    expect((await call(cloud, "GET", "/instances")).body).toEqual([])
    expect((await end(cloud, id)).status).toBe(204)
    expect((await end(cloud, [id, "8472bacf-875d-4e86-ad31-4a5d2dcd5f4d"])).status).toBe(207)
    expect(cloud.violations).toEqual([])
  })

  it("keeps the disk, throws it away or deletes it, as the end says", async () => {
    await using cloud = await start()
    const disk = async (id: string) => (await call(cloud, "GET", `/instances/${id}`)).body.os_volume_id
    await end(cloud, await rent(cloud))
    expect(volumes(cloud)).toEqual(["trash"])
    await end(cloud, await rent(cloud), { volume_ids: [] })
    expect(volumes(cloud)).toEqual(["trash", "detached"])
    await end(cloud, await rent(cloud), { delete_permanently: true })
    expect(volumes(cloud)).toEqual(["trash", "detached", "trash"])
    const id = await rent(cloud)
    await end(cloud, id, { volume_ids: [await disk(id)], delete_permanently: true })
    expect(volumes(cloud)).toEqual(["trash", "detached", "trash"])
  })

  it("takes spot instances back, leaves their disk unless it was told otherwise, and writes down why", async () => {
    await using cloud = await start()
    const os_volume = { name: "os", size: 50, on_spot_discontinue: "delete_permanently" }
    const [left, gone] = [await rent(cloud, { is_spot: true }), await rent(cloud, { is_spot: true, os_volume })]
    for (const id of [left, gone]) cloud.preempt(id)
    expect(() => cloud.preempt("none")).toThrow(/spot/)
    expect(volumes(cloud)).toEqual(["detached"])
    expect(cloud.billing()).toEqual([])
    const { body } = await call(cloud, "GET", `/journal/compute/${gone}`)
    expect(body[0]).toMatchObject({ action_code: "delete", actor_id: null })
    expect(body[0].properties).toEqual({ delete_reason: "evicted_by_on_demand" })
  })

  it("charges by ten minutes, switched on or off, and for disks until they are gone", async () => {
    await using cloud = await start({ ...manual })
    const id = await rent(cloud, { instance_type: "1H100.80S.30V", image: "ubuntu-24.04-cuda-12.8-open-docker" })
    await call(cloud, "PUT", "/instances", { action: "shutdown", id })
    expect(cloud.machines()).toMatchObject([{ status: "off", usdPerHour: 2.29 }])
    cloud.clock.advance(601)
    await end(cloud, id, { volume_ids: [] })
    expect(cloud.machines()[0]?.usd).toBeCloseTo(2.29 / 3)
    cloud.clock.advance(3600)
    expect(cloud.usd()).toBeCloseTo(2.29 / 3 + (0.0137 * 4201) / 3600)
  })

  it("finds instances by all tags that are asked for, and scripts by a part of their name", async () => {
    await using cloud = await start()
    const tags = [{ key: "Runctl" }, { key: "run", value: "a" }]
    const id = await rent(cloud, { tags })
    await rent(cloud, { tags: [{ key: "runctl" }] })
    const found = async (query: string) =>
      (await call(cloud, "GET", `/instances?${query}`)).body.map((each: { readonly id: string }) => each.id)
    expect(await found("tag=runctl&tag=run%3Da")).toEqual([id])
    expect(await found("tag=runctl")).toHaveLength(2)
    for (let index = 0; index < 12; index++) {
      await call(cloud, "POST", "/scripts", { name: `my-${index}`, script: "#!/bin/sh\n" })
    }
    const { body, headers } = await call(cloud, "GET", "/scripts?name=my-")
    expect([body.length, body[0].name, headers.get("x-total-count")]).toEqual([10, "my-11", "12"])
    expect(cloud.violations).toEqual([])
  })

  it("lets a project ask sixty times a minute for the same, and says no in words that are no object", async () => {
    await using cloud = await start({ ...manual })
    const token = cloud.core.issueToken(Number.MAX_SAFE_INTEGER)
    const ask = () => call(cloud, "GET", "/balance", undefined, token)
    for (let index = 0; index < 60; index++) expect((await ask()).status).toBe(200)
    const { body, headers, status } = await ask()
    expect([status, body, headers.get("retry-after")]).toEqual([429, "Slow down.\n", "60"])
    expect(headers.get("ratelimit")).toBe('"project";r=440;t=60, "endpoint";r=0;t=60')
    expect((await call(cloud, "GET", "/locations", undefined, token)).status).toBe(200)
  })
})

const samples: ReadonlyArray<readonly [file: string, method: string, path: string, status: number]> = [
  ["balance", "GET", "/v1/balance", 200],
  ["images", "GET", "/v1/images", 200],
  ["instance-get", "GET", "/v1/instances/x", 200],
  ["instance-type-official", "GET", "/v1/instance-types", 200],
  ["locations", "GET", "/v1/locations", 200],
  ["oauth2-token", "POST", "/v1/oauth2/token", 200],
  ["scripts", "GET", "/v1/scripts", 200],
  ["ssh-keys", "GET", "/v1/ssh-keys", 200],
  ["tags", "POST", "/v1/instances/x/tags", 201],
  ["volume-types", "GET", "/v1/volume-types", 200]
]

describe.skipIf(openApi === undefined)(`Verda's own description${why}`, () => {
  it.each(samples)("allows the vendor's sample %s", async (file, method, path, status) => {
    const sample = join(openApi ?? "", "..", "samples", "verda", `${file}.json`)
    const { response } = JSON.parse(await readFile(sample, "utf8"))
    const api = await OpenApi.load(openApi ?? "", "verda")
    expect(api.answer({ method, path }, { status, body: response })).toEqual([])
  })

  it("allows what every endpoint of the emulator says and is asked", async () => {
    await using cloud = await start()
    const script = (await call(cloud, "POST", "/scripts", { name: "s", script: "#!/bin/sh\n" })).body
    const os_volume = { name: "os", size: 60, on_spot_discontinue: "move_to_trash" }
    const more = { startup_script_id: script, os_volume, tags: [{ key: "a", value: "b" }], contract: "PAY_AS_YOU_GO" }
    const id = await rent(cloud, more)
    const [{ id: disk }] = (await call(cloud, "GET", "/volumes")).body
    const [{ id: key }] = (await call(cloud, "GET", "/ssh-keys")).body
    const tag = (await call(cloud, "POST", `/instances/${id}/tags`, { key: "later" })).body
    expect((await call(cloud, "POST", `/instances/${id}/tags`, { key: "later" })).status).toBe(409)
    const read = [
      "/instance-types?currency=usd",
      "/instance-availability?is_spot=true&location_code=FIN-01",
      "/instance-availability/CPU.4V.16G?is_spot=false",
      "/images?instance_type=1V100.6V",
      "/locations",
      "/volume-types?currency=usd",
      "/balance",
      "/ssh-keys",
      `/ssh-keys/${key}`,
      "/scripts?page=1&pageSize=100&name=s",
      `/scripts/${script}`,
      "/volumes?status=attached",
      `/volumes/${disk}`,
      "/volumes/trash",
      "/instances?status=running",
      `/instances/${id}`,
      `/journal/compute/${id}?pageSize=5`
    ]
    for (const path of read) expect([path, (await call(cloud, "GET", path)).status]).toEqual([path, 200])
    expect((await call(cloud, "DELETE", `/instances/${id}/tags/${tag.id}`)).status).toBe(204)
    for (const action of ["shutdown", "start"]) {
      expect((await call(cloud, "PUT", "/instances", { action, id })).status).toBe(202)
    }
    await end(cloud, id, { volume_ids: [] })
    const gone = [`/volumes/${disk}`, `/scripts/${script}`, `/ssh-keys/${key}`]
    for (const path of gone) {
      const body = path.startsWith("/volumes") ? { is_permanent: true } : undefined
      expect([path, (await call(cloud, "DELETE", path, body)).status < 300]).toEqual([path, true])
    }
    expect(cloud.core.belongings(cloud.clock.now())).toEqual([])
    expect(cloud.violations).toEqual([])
  })

  it("finds requests that it does not allow, which are refused", async () => {
    await using cloud = await start()
    expect((await call(cloud, "POST", "/instances", { ...wanted, hostnam: "x" })).status).toBe(400)
    expect(cloud.violations.some(({ by }) => by === "openapi")).toBe(true)
    expect(cloud.machines()).toEqual([])
  })
})
