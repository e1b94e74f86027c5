import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import * as Effect from "effect/Effect"
import { newMark, offerOf, publicKey, requestFor, using } from "./rented.ts"
import type { Recorded } from "./server.ts"

const posts = (requests: ReadonlyArray<Recorded>) =>
  requests.filter(({ method, path }) => method === "POST" && path === "/v2/droplets")

describe("a droplet", () => {
  it.live("is made by one request that says what it is, whose it is and who opens it", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const bootstrap = { format: "cloud-config", content: "#cloud-config\nusers: []\n" } as const
        const request = requestFor({ offer: offerOf("gpu-one", "nyc1"), authorizedKey: publicKey, bootstrap })
        const made = yield* provider.createResource(request)
        const [key] = [...cloud.world.keys.values()]
        assert.strictEqual(key?.name, "runctl-ourselve")
        assert.deepStrictEqual(
          posts(cloud.requests).map(({ body }) => body),
          [
            {
              name: Ownership.toName(request.mark),
              region: "nyc1",
              size: "gpu-one",
              image: "gpu-h100x1-base",
              ssh_keys: [key?.id],
              tags: ["runctl", "runctl-owner:ourselve", `runctl-key:${request.mark.key}`, "runctl-deadline:1900000000"],
              user_data: bootstrap.content,
              monitoring: false,
              with_droplet_agent: false
            }
          ]
        )
        assert.deepStrictEqual(
          [made.id, made.state._tag, made.costPerHour, made.key, made.deadline?.epochMilliseconds],
          ["digitalocean/nyc1/1001", "Starting", 2.5, request.mark.key, 1_900_000_000_000]
        )
      })
    )
  )

  it.live("of a key that has one already is that one, and no other is made", () =>
    using((provider, { requests }) =>
      Effect.gen(function* () {
        for (const offer of [offerOf("tiny", "ams3"), offerOf("gpu-eight", "tor1")]) {
          const request = requestFor({ offer })
          const before = posts(requests).length
          const first = yield* provider.createResource(request)
          const second = yield* provider.createResource(request)
          assert.strictEqual(second.id, first.id)
          assert.strictEqual(posts(requests).length, before + 1)
        }
      })
    )
  )

  it.live("runs once it is active and has an address, and is reached there as root under its own name", () =>
    using((provider, { world }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const droplet = world.droplets.get(1000) ?? assert.fail("there is none")
        droplet.status = "active"
        const early = yield* provider.getResource(id)
        assert.strictEqual(early.state._tag, "Starting")
        assert.strictEqual((yield* Effect.flip(provider.endpoint(early))).reason._tag, "Conflict")
        droplet.address = "192.0.2.7"
        const runs = yield* provider.getResource(id)
        assert.deepStrictEqual([runs.state._tag, runs.publicIp], ["Running", "192.0.2.7"])
        assert.deepStrictEqual(yield* provider.endpoint(early), {
          _tag: "Ssh",
          host: "192.0.2.7",
          port: 22,
          user: "root",
          hostKeyName: id
        })
        droplet.status = "off"
        const off = yield* provider.getResource(id)
        assert.deepStrictEqual([off.state._tag, off.costPerHour], ["Stopped", runs.costPerHour])
        assert.strictEqual((yield* Effect.flip(provider.endpoint(off))).reason._tag, "Conflict")
        assert.deepStrictEqual(yield* provider.billing(off, ResourceState.Stopped), [
          { item: "compute", usdPerHour: UsdPerHour.make(0.00595) }
        ])
        assert.deepStrictEqual(yield* provider.billing(off, ResourceState.Terminated), [])
      })
    )
  )

  it.live("is Terminating once its end was accepted, also for another process, until it is gone", () =>
    using((provider, { faults, world }) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        faults.push({ when: ({ method }) => method === "DELETE", status: 204 })
        yield* provider.terminate(id)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminating")
        assert.deepStrictEqual(
          (yield* provider.listResources).map(({ state }) => state._tag),
          ["Terminating"]
        )
        yield* provider.terminate(id)
        assert.strictEqual(world.droplets.size, 0)
        assert.strictEqual((yield* Effect.flip(provider.getResource(id))).reason._tag, "NotFound")
        yield* provider.terminate(id)
      })
    )
  )

  it.live("that carries no mark of runctl's is neither shown nor ended", () =>
    using((provider, { world }) =>
      Effect.gen(function* () {
        const theirs = { size: "tiny", region: "ams3", status: "active", address: "192.0.2.9" }
        world.droplets.set(7, { ...theirs, id: 7, name: "web", tags: ["runctl", "runctl-owner:ourselve"] })
        world.droplets.set(8, { ...theirs, id: 8, name: "runctl-ourselve-short-1", tags: [] })
        for (const number of ["7", "8"]) {
          const id = resourceId("digitalocean", "ams3", number)
          assert.strictEqual((yield* Effect.flip(provider.getResource(id))).reason._tag, "NotFound")
          assert.strictEqual((yield* Effect.flip(provider.terminate(id))).reason._tag, "Rejected")
        }
        assert.deepStrictEqual(yield* provider.listResources, [])
        assert.strictEqual(world.droplets.size, 2)
      })
    )
  )

  it.live("is known by its name when its tags were taken away, and by its tags when both are there", () =>
    using((provider, { world }) =>
      Effect.gen(function* () {
        const [named, tagged] = [newMark(), newMark()]
        const base = { size: "tiny", region: "ams3", status: "active", address: undefined }
        const tags = Object.entries(Ownership.toTags(tagged)).map(([name, value]) => `${name}:${value}`)
        world.droplets.set(1, { ...base, id: 1, name: Ownership.toName(named), tags: [] })
        world.droplets.set(2, { ...base, id: 2, name: Ownership.toName(named), tags })
        const found = yield* provider.listResources
        assert.deepStrictEqual(
          found.map(({ key, name }) => [key, name]),
          [
            [named.key, Ownership.toName(named)],
            [tagged.key, Ownership.toName(named)]
          ]
        )
      })
    )
  )
})

describe("listing", () => {
  it.live("finds all, with and without GPUs, on as many pages as they take, and no page twice", () =>
    using((provider, { requests, world }) =>
      Effect.gen(function* () {
        for (let id = 1; id <= 450; id++) {
          const [size, region] = id <= 405 ? ["tiny", "ams3"] : ["gpu-one", "nyc1"]
          const name = Ownership.toName(newMark())
          world.droplets.set(id, { id, name, size, region, tags: [], status: "active", address: "192.0.2.1" })
        }
        for (const _ of [1, 2]) {
          const before = requests.length
          const found = yield* provider.listResources
          assert.strictEqual(new Set(found.map(({ id }) => id)).size, 450)
          const asked = requests.slice(before).map(({ query }) => `${query["type"]} ${query["page"] ?? "1"}`)
          assert.deepStrictEqual(asked.toSorted(), ["droplets 1", "droplets 2", "droplets 3", "gpus 1"])
        }
      })
    )
  )

  it.live("fails as a whole when one page does, and when the list never comes to rest", () =>
    using((provider, { faults, world }) =>
      Effect.gen(function* () {
        for (let id = 1; id <= 201; id++) {
          const name = Ownership.toName(newMark())
          world.droplets.set(id, {
            id,
            name,
            size: "tiny",
            region: "a",
            tags: [],
            status: "active",
            address: undefined
          })
        }
        const second = ({ query }: Recorded) => query["page"] === "2"
        faults.push({ when: second, status: 500, body: { id: "server_error", message: "oops" } })
        assert.strictEqual((yield* Effect.flip(provider.listResources)).reason._tag, "Unavailable")
        const moved = { droplets: [], links: {}, meta: { total: 7 } }
        faults.push({ when: second, body: moved, times: 3 })
        assert.match((yield* Effect.flip(provider.listResources)).message, /changes faster/)
        faults.splice(0)
        faults.push({ when: second, body: moved, times: 2 })
        assert.strictEqual((yield* provider.listResources).length, 201)
      })
    )
  )

  it.live("shows what it cannot understand as Unknown, with its mark", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        const mark = newMark()
        const odd = [
          { id: 1, name: Ownership.toName(mark), status: "levitating", tags: [] },
          { id: 2, name: Ownership.toName(mark), status: 7, networks: "none", size: [] }
        ]
        faults.push({ when: ({ query }) => query["type"] === "droplets", body: { droplets: odd, links: {} } })
        const found = yield* provider.listResources
        assert.deepStrictEqual(
          found.map(({ key, state }) => [key, state._tag]),
          [
            [mark.key, "Unknown"],
            [mark.key, "Unknown"]
          ]
        )
      })
    )
  )
})

describe("offers", () => {
  it.live("have a size's price in each region that has it, and the memory of one GPU", () =>
    using((provider, { url }) =>
      Effect.gen(function* () {
        const found = yield* provider.offers({ gpu: "h100" })
        assert.deepStrictEqual(
          found.map((each) => [each.instanceType, each.region, each.gpuCount, each.gpuMemoryGiB, each.source]),
          [
            ["gpu-one", "nyc1", 1, 80, url],
            ["gpu-eight", "nyc1", 8, 80, url],
            ["gpu-eight", "tor1", 8, 80, url]
          ]
        )
        assert.deepStrictEqual(yield* provider.offers({ gpu: "MI300X" }), [])
        assert.deepStrictEqual(yield* provider.offers({ market: "spot" }), [])
        assert.strictEqual(yield* provider.estimateCost("gpu-one", 4), 10)
      })
    )
  )

  it.live("are read once a minute at most, however many ask", () =>
    using((provider, { requests }) =>
      Effect.gen(function* () {
        yield* Effect.forEach(
          Array.from({ length: 20 }, () => provider.offers({})),
          (each) => each,
          { concurrency: "unbounded" }
        )
        yield* provider.createResource(requestFor())
        assert.strictEqual(requests.filter(({ path }) => path === "/v2/sizes").length, 1)
      })
    )
  )
})

describe("a request that cannot be right", () => {
  it.live("is refused before anything is rented, with what would be", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const big = { format: "script", content: `#!/bin/sh\n${"é".repeat(33_000)}` } as const
        const cases = [
          [requestFor({ market: "spot" }), "UnsupportedCapability", /no spot market/],
          [requestFor({ bootstrap: big }), "Rejected", /66010 bytes, DigitalOcean carries 65536/],
          [requestFor({ bootstrap: { format: "script", content: "#!/bin/sh\0" } }), "Rejected", /NUL/],
          [requestFor({ offer: offerOf("gpu-on", "nyc1") }), "Rejected", /no size "gpu-on"\. Did you mean "gpu-one"/],
          [
            requestFor({ offer: offerOf("tiny", "ams4") }),
            "Rejected",
            /"ams4"\. Did you mean "ams3".*tiny is in ams3, nyc1/
          ],
          [
            requestFor({ offer: offerOf("gpu-one", "tor1") }),
            "OutOfCapacity",
            /tor1 does not have gpu-one; .* in nyc1/
          ],
          [requestFor({ offer: offerOf("gpu-amd", "tor1") }), "OutOfCapacity", /not available in tor1 now/],
          [requestFor({ diskGiB: GiB.make(11) }), "Rejected", /10 GiB of disk, 11 GiB wanted.*choose a larger/],
          [
            requestFor({ priceLimit: UsdPerHour.make(0.005) }),
            "PriceTooLow",
            /tiny costs \$0\.0060?\/h, at most \$0\.0050?\/h/
          ],
          [requestFor({ image: "ubuntu-24-04-x46" }), "Rejected", /invalid image.*Did you mean "ubuntu-24-04-x64"/]
        ] as const
        for (const [request, reason, words] of cases) {
          const error = yield* Effect.flip(provider.createResource(request))
          assert.strictEqual(error.reason._tag, reason)
          assert.match(error.message, words)
        }
        assert.strictEqual(cloud.world.droplets.size, 0)
        assert.strictEqual(posts(cloud.requests).length, 1)
      })
    )
  )
})
