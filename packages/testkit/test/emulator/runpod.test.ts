import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { makeCore, type Options } from "../../src/internal/cloud/runpod/make.ts"
import { withoutHands } from "../../src/internal/emulator/options.ts"
import * as OpenApi from "../../src/OpenApi.ts"
import { openApi, whyNoOpenApi } from "./client.ts"

const hour = 3_600_000

/** A cloud, and what it says to somebody with its key. */
const cloudWith = (options: Options = {}) => {
  const core = makeCore(
    options,
    withoutHands(() => "http://emulator")
  )
  const ask = (method: string, path: string, now: number, body?: unknown, token: string = core.token) => {
    const request = { method, path, token, ...(body === undefined ? {} : { body }) }
    const answer = core.handle(request, now)
    expect(core.complaint(request, answer)).toBeUndefined()
    return { ...answer, body: Object(answer.body) }
  }
  return { core, ask }
}

const a4000 = {
  name: "one",
  image: "runpod/base:1.0.2-ubuntu2404",
  gpu: { id: "NVIDIA RTX A4000" },
  ports: ["22/tcp"],
  disk: 20,
  mounts: { persistent: { size: 50, path: "/workspace" } }
}

describe("an emulated RunPod", () => {
  it("runs a pod before it can be reached, and bills it by the second until it is ended", () => {
    const { ask, core } = cloudWith({ bootSeconds: 60 })
    const { body, status } = ask("POST", "/v2/pods", 0, a4000)
    const shown = (now: number) => ask("GET", `/v2/pods/${body.id}`, now).body
    expect([status, body.status, body.cost]).toEqual([201, "PROVISIONING", 0.25])
    expect([shown(40_000).status, shown(40_000).ssh.direct]).toEqual(["RUNNING", null])
    expect(shown(60_000).ssh.direct).toMatchObject({ username: "root" })
    const disk = (70 * 0.1) / 730
    expect(core.usd(hour)).toBeCloseTo(0.25 + disk, 9)
    ask("POST", `/v2/pods/${body.id}/action`, hour, { action: "stop" })
    expect([shown(hour).status, shown(hour).cost, shown(hour).ssh.direct]).toEqual(["EXITED", 0, null])
    expect(core.usd(2 * hour)).toBeCloseTo(0.25 + disk + (50 * 0.2) / 730, 9)
    expect(ask("DELETE", `/v2/pods/${body.id}`, 2 * hour).status).toBe(204)
    expect([ask("GET", `/v2/pods/${body.id}`, 2 * hour).status, core.billing(3 * hour)]).toEqual([404, []])
    expect(core.usd(9 * hour)).toBeCloseTo(core.usd(2 * hour), 9)
  })

  it("refuses what the vendor refuses, each in its way", () => {
    const { ask, core } = cloudWith()
    const create = (changes: object) => {
      // As JSON has it, where nothing is undefined.
      const sent: unknown = JSON.parse(JSON.stringify({ ...a4000, ...changes }))
      const { body, status } = ask("POST", "/v2/pods", 0, sent)
      return `${status} ${body.detail}`
    }
    expect(create({ gpu: { id: "NVIDIA RTX A4000", count: 8 } })).toMatch(/^400 There are no longer any instances/)
    expect(create({ dataCenterIds: ["US-KS-2"] })).toMatch(/^400 There are no longer any instances/)
    expect(create({ gpu: undefined, cpu: { id: "cpu3c", vcpuCount: 3 }, mounts: {} })).toMatch(/^400 vcpuCount/)
    expect(create({ gpu: undefined, cpu: { id: "cpu3c", vcpuCount: 4 } })).toMatch(/^400 mounts\.persistent/)
    expect(create({ gpu: undefined, cpu: { id: "cpu3c", vcpuCount: 4 }, mounts: {}, disk: 10 })).toMatch(
      /^400 There are/
    )
    expect(create({ gpu: undefined })).toMatch(/^400 exactly one/)
    expect(create({ templateId: "none" })).toMatch(/^404/)
    expect(create({ env: { BIG: "x".repeat(103_000) } })).toMatch(/^413/)
    core.world.hasMoney = false
    expect(create({})).toMatch(/^402/)
    expect(core.violations).toEqual([])
    expect(create({ imgae: "x" })).toMatch(/^422/)
    expect(ask("GET", "/v2/pods?pag=2", 0).status).toBe(422)
    expect(ask("GET", "/v2/pods", 0, undefined, "other").status).toBe(401)
    expect(core.violations.length).toBe(2)
    expect(core.machines(0)).toEqual([])
  })

  it("allows an account sixty requests a minute, and says when there are more", () => {
    const { ask } = cloudWith()
    const answers = Array.from({ length: 61 }, (_, index) => ask("GET", "/v2/pods", index * 100))
    expect(answers.map(({ status }) => status).filter((status) => status === 429)).toEqual([429])
    expect(answers[0]?.headers["ratelimit"]).toMatch(
      /^"minute";r=59;t=60, "hour";r=2999;t=3600, "day";r=49999;t=86400$/
    )
    expect(answers[60]?.headers["retry-after"]).toBe("54")
    expect(ask("GET", "/v2/pods", 60_000).status).toBe(200)
  })

  it("tells of pages that are shorter than was asked for, and knows only its own cursors", () => {
    const { ask, core } = cloudWith({ pageLength: 2, limitsRates: false })
    for (const name of ["a", "b", "c"]) core.plant({ name }, 0)
    const first = ask("GET", "/v2/pods?limit=1000", 0).body
    expect([first.pods.length, first.pagination.hasNextPage]).toEqual([2, true])
    const second = ask("GET", `/v2/pods?cursor=${first.pagination.nextCursor}`, 0).body
    expect([second.pods.map(({ name }: { readonly name: string }) => name), second.pagination]).toEqual([
      ["a"],
      { nextCursor: null, hasNextPage: false }
    ])
    expect(ask("GET", "/v2/pods?cursor=foreign", 0).status).toBe(422)
  })

  it("lets a pod's own key end that pod, by REST and by the old API, and do nothing else", () => {
    const { ask, core } = cloudWith({ limitsRates: false })
    const [one, two] = ["one", "two"].map((name) => core.plant({ name }, 0).id)
    const key = [...core.world.pods.values()][0]?.key ?? ""
    const mutation = (id: unknown) => ({ query: `mutation { podTerminate(input: {podId: "${String(id)}"}) }` })
    expect(ask("GET", "/v2/pods", 0, undefined, key).status).toBe(403)
    expect(ask("DELETE", `/v2/pods/${two}`, 0, undefined, key).status).toBe(403)
    expect(ask("POST", "/graphql", 0, mutation(two), key).body.errors).toHaveLength(1)
    expect(ask("POST", "/graphql", 0, mutation(one), key).body.data).toEqual({ podTerminate: null })
    expect(core.billing(1).map(({ id }) => id)).toEqual([two])
  })
})

describe.skipIf(openApi === undefined)(`RunPod's own description${whyNoOpenApi}`, () => {
  const folder = openApi ?? ""
  const samples = join(folder, "..", "samples", "runpod")
  const paths: ReadonlyArray<readonly [prefix: string, method: string, path: string]> = [
    ["v2.listPods.200", "GET", "/v2/pods"],
    ["v2.getPod.200", "GET", "/v2/pods/7h9k2m4n6p"],
    ["v2.createPod.201", "POST", "/v2/pods"],
    ["v2.listCpuTypes.200", "GET", "/v2/catalog/cpus"],
    ["v2.getTemplate.200", "GET", "/v2/templates/9x4m2p7v"],
    ["v2.listNetworkVolumes.200", "GET", "/v2/network-volumes"],
    ["v2.error.", "GET", "/v2/pods"]
  ]

  it("allows the vendor's samples", async () => {
    const api = await OpenApi.load(folder, "runpod")
    for (const [prefix, method, path] of paths) {
      const names = readdirSync(samples).filter((name) => name.startsWith(prefix))
      expect([prefix, names.length > 0]).toEqual([prefix, true])
      for (const name of names) {
        const body: unknown = JSON.parse(readFileSync(join(samples, name), "utf8"))
        const status = Number(/\.(\d{3})\./.exec(name)?.[1])
        expect([name, api.answer({ method, path }, { status, body })]).toEqual([name, []])
      }
    }
  })
})
