import { describe, expect, it } from "vitest"
import { call, cpu, publicKey, rent, start } from "./client.ts"

describe("an emulated account", () => {
  it("is reached with a token of it, for what its scopes allow", async () => {
    await using cloud = await start()
    const reader = cloud.addToken({ scopes: ["droplet:read"] })
    expect((await call(cloud, "GET", "/v2/droplets", undefined, "wrong")).body.id).toBe("unauthorized")
    expect((await call(cloud, "GET", "/v2/droplets", undefined, reader)).status).toBe(200)
    expect((await call(cloud, "GET", "/v2/account", undefined, reader)).body.id).toBe("forbidden")
    expect((await call(cloud, "POST", "/v2/droplets", { name: "x", ...cpu }, reader)).status).toBe(403)
    expect(cloud.machines()).toEqual([])
    expect(cloud.violations).toEqual([])
  })

  it("sees and changes nothing of another", async () => {
    await using cloud = await start()
    const token = cloud.addToken({ account: cloud.addAccount({ email: "other@example.com" }) })
    const id = await rent(cloud, "mine", { tags: ["shared"] })
    await call(cloud, "POST", "/v2/account/keys", { name: "k", public_key: publicKey })
    const theirs = async (method: string, path: string) => (await call(cloud, method, path, undefined, token)).status
    expect((await call(cloud, "GET", "/v2/droplets", undefined, token)).body.droplets).toEqual([])
    expect((await call(cloud, "GET", "/v2/account/keys", undefined, token)).body.ssh_keys).toEqual([])
    expect(await theirs("GET", `/v2/droplets/${id}`)).toBe(404)
    expect(await theirs("DELETE", `/v2/droplets/${id}`)).toBe(404)
    expect(await theirs("DELETE", "/v2/droplets?tag_name=shared")).toBe(204)
    expect(cloud.machines()).toMatchObject([{ touched: false, status: "active" }])
    expect((await call(cloud, "GET", "/v2/account", undefined, token)).body.account.email).toBe("other@example.com")
  })
})

describe("a violation", () => {
  it("is what our own schemas do not know, and is refused without effect", async () => {
    await using cloud = await start({ openApi: undefined })
    const wrong = async (method: string, path: string, body?: unknown) => (await call(cloud, method, path, body)).status
    expect(await wrong("POST", "/v2/droplets", { name: "x", ...cpu, sise: "typo" })).toBe(422)
    expect(await wrong("POST", "/v2/droplets", { name: "with_underscore", ...cpu })).toBe(422)
    expect(await wrong("GET", "/v2/droplets?pre_page=5")).toBe(422)
    expect(await wrong("GET", "/v2/droplets?page=1&page=2")).toBe(422)
    expect(await wrong("GET", "/v2/nowhere")).toBe(404)
    expect(cloud.machines()).toEqual([])
    expect(cloud.violations.map(({ by, of, path }) => [by, of, path])).toEqual(
      ["/v2/droplets", "/v2/droplets", "/v2/droplets", "/v2/droplets", "/v2/nowhere"].map((path) => [
        "schema",
        "request",
        path
      ])
    )
  })
})
