import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import * as OpenApi from "../../src/OpenApi.ts"
import { call, cpu, gpu, openApi, publicKey, rent, start, whyNoOpenApi } from "./client.ts"

/** The vendor's samples, by the request they answer. */
const samples: ReadonlyArray<readonly [file: string, path: string, status: number]> = [
  ["account.composed", "/v2/account", 200],
  ["action.composed", "/v2/actions/36804636", 200],
  ["associated_resources_list", "/v2/droplets/1/destroy_with_associated_resources", 200],
  ["balance", "/v2/customers/my/balance", 200],
  ["droplets.droplet_single", "/v2/droplets/3164444", 200],
  ["droplets.droplets_all", "/v2/droplets", 200],
  ["droplets.droplets_tagged", "/v2/droplets", 200],
  ["image.composed", "/v2/images/nifty1", 200],
  ["regions.composed", "/v2/regions", 200],
  ["sizes.godo_fixture_0", "/v2/sizes", 200],
  ["ssh_keys_list.composed", "/v2/account/keys", 200],
  ["error.401", "/v2/droplets", 401],
  ["error.404", "/v2/droplets/1", 404],
  ["error.422_capacity", "/v2/droplets", 422],
  ["error.429", "/v2/droplets", 429],
  ["error.500", "/v2/droplets", 500],
  ["error.unexpected", "/v2/droplets", 418]
]

const written = {
  openapi: "3.0.0",
  paths: {
    "/things/{thing_id}": {
      parameters: [{ name: "thing_id", in: "path", required: true, schema: { type: "integer" } }],
      get: {
        parameters: [
          { name: "per_page", in: "query", schema: { type: "integer", maximum: 200 } },
          {
            name: "with",
            in: "query",
            style: "form",
            explode: false,
            schema: { type: "array", items: { enum: ["price", "stock"] } }
          }
        ],
        responses: {
          "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/thing" } } } },
          "404": { content: { "application/problem+json": { schema: { type: "object", required: ["title"] } } } }
        }
      },
      put: {
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/thing" } } }
        },
        responses: { "204": { description: "done" } }
      }
    },
    "/things/new": { get: { responses: { "204": { description: "none" } } } }
  },
  components: {
    schemas: {
      thing: {
        allOf: [
          { type: "object", required: ["name"], properties: { name: { type: "string", nullable: true } } },
          { type: "object", properties: { example: { type: "integer", minimum: 0, exclusiveMinimum: true } } }
        ]
      }
    }
  }
}

describe("a vendor's description", () => {
  it("is stricter than the vendor: what it does not know is wrong", async () => {
    const { compileDocument } = await import("../../src/internal/emulator/openApiDocument.ts")
    const api = new OpenApi.OpenApi(await compileDocument(written))
    const ask = (path: string, more: object = {}) => api.request({ method: "GET", path, ...more })
    expect(ask("/things/5", { query: { per_page: "200" } })).toEqual([])
    expect(ask("/things/five")).toEqual(["path/thing_id: must be integer"])
    expect(ask("/things/5", { query: { per_page: "201" } })).toEqual(["query/per_page: must be <= 200"])
    expect(ask("/things/5", { query: { pre_page: "2" } })).toMatchObject([expect.stringMatching(/pre_page/)])
    expect(ask("/things/5", { query: { with: "price,stock" } })).toEqual([])
    expect(ask("/things/5", { query: { with: "price,colour" } })).toMatchObject([expect.stringMatching(/with\/1/)])
    expect(ask("/things/new")).toEqual([])
    expect(ask("/nothing")).toEqual(["GET /nothing is not described"])
    const put = (body: unknown) => api.request({ method: "PUT", path: "/things/5", body })
    expect(put({ name: null, example: 1 })).toEqual([])
    expect(put({ name: "x", nmae: "y" })).toMatchObject([expect.stringMatching(/nmae/)])
    expect(put({ name: "x", example: 0 })).toMatchObject([expect.stringMatching(/must be > 0/)])
    expect(put(undefined)).toEqual(["body: is missing"])
    const answered = (status: number, body: unknown) =>
      api.answer({ method: "GET", path: "/things/5" }, { status, body })
    expect(answered(200, { name: "x" })).toEqual([])
    expect(answered(200, {})).toMatchObject([expect.stringMatching(/name/)])
    expect(answered(200, { name: "x", more: 1 })).toMatchObject([expect.stringMatching(/more/)])
    expect(answered(202, { name: "x" })).toEqual(["status 202 is not described"])
    expect([answered(404, { title: "gone" }), answered(404, {}).length]).toEqual([[], 1])
  })
})

describe.skipIf(openApi === undefined)(`DigitalOcean's own description${whyNoOpenApi}`, () => {
  const folder = openApi ?? ""
  const load = () => OpenApi.load(folder, "digitalocean")

  it.each(samples)("allows the vendor's sample %s", async (file, path, status) => {
    const sample = join(folder, "..", "samples", "digitalocean", `${file}.json`)
    const body: unknown = JSON.parse(await readFile(sample, "utf8"))
    expect((await load()).answer({ method: "GET", path }, { status, body })).toEqual([])
  })

  it("finds an answer that the emulator got wrong", async () => {
    await using cloud = await start()
    const id = await rent(cloud, "one")
    const { body } = await call(cloud, "GET", `/v2/droplets/${id}`)
    const wrong = (droplet: object) =>
      load().then((api) =>
        api.answer({ method: "GET", path: `/v2/droplets/${id}` }, { status: 200, body: { droplet } })
      )
    const { memory: _, ...forgetful } = body.droplet
    expect(await wrong(body.droplet)).toEqual([])
    expect(await wrong(forgetful)).toMatchObject([expect.stringMatching(/memory/)])
    expect(await wrong({ ...body.droplet, status: "running" })).not.toEqual([])
  })

  it("allows what every endpoint of the emulator says and is asked", async () => {
    await using cloud = await start()
    const key = (await call(cloud, "POST", "/v2/account/keys", { name: "k", public_key: publicKey })).body.ssh_key
    const more = { ssh_keys: [key.id, key.fingerprint], user_data: "#!/bin/sh\n", monitoring: true, tags: ["a", "b:c"] }
    const [id] = [await rent(cloud, "one", more), await rent(cloud, "two", { ...gpu, ...more })]
    const volume = (
      await call(cloud, "POST", "/v2/volumes", {
        name: "data",
        region: "nyc1",
        size_gigabytes: 10,
        filesystem_type: "ext4"
      })
    ).body.volume
    await call(cloud, "POST", `/v2/volumes/${volume.id}/actions`, { type: "attach", droplet_id: id })
    expect((await call(cloud, "DELETE", `/v2/volumes/${volume.id}`)).status).toBe(409)
    await call(cloud, "POST", "/v2/tags", { name: "later" })
    const resources = { resources: [{ resource_id: String(id), resource_type: "droplet" }] }
    expect((await call(cloud, "POST", "/v2/tags/later/resources", resources)).status).toBe(204)
    const action = (await call(cloud, "POST", `/v2/droplets/${id}/actions`, { type: "reboot" })).body.action
    await call(cloud, "POST", "/v2/droplets/actions?tag_name=a", { type: "power_cycle" })
    const read = [
      "/v2/account",
      "/v2/customers/my/balance",
      "/v2/sizes?page=2&per_page=3",
      "/v2/regions?per_page=200",
      "/v2/images?type=distribution",
      "/v2/images/ubuntu-24-04-x64",
      "/v2/account/keys?per_page=1",
      `/v2/account/keys/${key.fingerprint}`,
      "/v2/droplets?per_page=1",
      "/v2/droplets?type=gpus",
      "/v2/droplets?tag_name=later",
      `/v2/droplets/${id}`,
      `/v2/droplets/${id}/snapshots`,
      `/v2/droplets/${id}/firewalls`,
      `/v2/droplets/${id}/destroy_with_associated_resources`,
      `/v2/droplets/${id}/actions`,
      `/v2/droplets/${id}/actions/${action.id}`,
      "/v2/actions?per_page=200",
      `/v2/actions/${action.id}`,
      "/v2/tags",
      "/v2/tags/later",
      "/v2/volumes?region=nyc1",
      `/v2/volumes/${volume.id}`
    ]
    for (const path of read) expect([path, (await call(cloud, "GET", path)).status]).toEqual([path, 200])
    await call(cloud, "POST", `/v2/volumes/${volume.id}/actions`, { type: "detach", droplet_id: id })
    const gone = [
      `/v2/volumes/${volume.id}`,
      "/v2/tags/later",
      `/v2/account/keys/${key.id}`,
      `/v2/droplets/${id}`,
      "/v2/droplets?tag_name=a"
    ]
    for (const path of gone) expect([path, (await call(cloud, "DELETE", path)).status]).toEqual([path, 204])
    expect((await call(cloud, "POST", "/v2/droplets", { name: "x", ...cpu, size: "none" })).status).toBe(422)
    expect(cloud.violations).toEqual([])
  })

  it("finds requests that it does not allow, which are refused", async () => {
    await using cloud = await start()
    expect((await call(cloud, "POST", "/v2/droplets", { name: "x", ...cpu, sise: 1 })).status).toBe(422)
    expect((await call(cloud, "GET", "/v2/droplets/abc")).status).toBe(422)
    expect(cloud.machines()).toEqual([])
    expect(cloud.violations.filter(({ by }) => by === "openapi")).toHaveLength(2)
  })
})
