import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Ownership from "@runctl/core/Ownership"
import type { Endpoint } from "@runctl/core/Endpoint"
import { resourceId } from "@runctl/core/Resource"
import * as ResourceState from "@runctl/core/ResourceState"
import { command } from "@runctl/plugin-runpod/Boot"
import * as Effect from "effect/Effect"
import * as Base64 from "effect/encoding/Base64"
import * as TestClock from "effect/testing/TestClock"
import { type Cloud, creates, newMark, offerOf, publicKey, reasonOf, requestFor, using } from "./rented.ts"

/** The only pod that runctl has made. */
const only = ({ core }: Cloud) => {
  const [pod, another] = [...core.world.pods.values()].filter(({ planted }) => !planted)
  return pod !== undefined && another === undefined ? pod : assert.fail("there is not one pod")
}

describe("a pod", () => {
  it.effect("is made by one request that says what it is, whose it is, who opens it and what it does", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const bootstrap = { format: "script", content: "#!/bin/sh\necho é\n" } as const
        const offer = offerOf("2x-NVIDIA-RTX-A4000-secure", "EU-RO-1", { vcpus: 9, memoryGiB: GiB.make(40) })
        const request = requestFor({ offer, authorizedKey: publicKey, bootstrap, diskGiB: GiB.make(100) })
        const made = yield* provider.createResource(request)
        assert.deepStrictEqual(creates(cloud), [
          {
            name: Ownership.toName(request.mark),
            image: "runpod/pytorch:1.0.2-cu1281-torch280-ubuntu2404",
            cloud: "SECURE",
            gpu: {
              id: "NVIDIA RTX A4000",
              count: 2,
              minCudaVersion: "12.8",
              minVcpuCountPerGpu: 5,
              minRamPerGpu: 22
            },
            dataCenterIds: ["EU-RO-1"],
            disk: 20,
            mounts: { persistent: { size: 108, path: "/workspace" } },
            ports: ["22/tcp"],
            env: {
              RUNCTL_OWNER: "ourselve",
              RUNCTL_KEY: request.mark.key,
              RUNCTL_DEADLINE: "1900000000",
              RUNCTL_REGION: "EU-RO-1",
              PUBLIC_KEY: publicKey,
              RUNCTL_BOOTSTRAP: Base64.encode(bootstrap.content),
              RUNCTL_VOLUME: "/workspace"
            },
            args: JSON.stringify({ entrypoint: ["/bin/sh", "-c"], cmd: [command] })
          }
        ])
        assert.deepStrictEqual(
          [made.id, made.state._tag, made.costPerHour, made.key, made.deadline?.epochMilliseconds, made.instanceType],
          [
            `runpod/EU-RO-1/${only(cloud).id}`,
            "Starting",
            0.5,
            request.mark.key,
            1_900_000_000_000,
            "2x-NVIDIA-RTX-A4000-secure"
          ]
        )
      })
    )
  )

  it.effect("of the community cloud has the id it was made with, although nobody tells where it is", () =>
    using((provider) =>
      Effect.gen(function* () {
        const offer = offerOf("1x-NVIDIA-RTX-A4000-community", "CA-MTL-1")
        const { id } = yield* provider.createResource(requestFor({ offer }))
        assert.match(id, /^runpod\/CA-MTL-1\//)
        const [listed] = yield* provider.listResources
        assert.deepStrictEqual([listed?.id, (yield* provider.getResource(id)).id], [id, id])
        assert.strictEqual(listed?.instanceType, "1x-NVIDIA-RTX-A4000-community")
      })
    )
  )

  it.effect("without GPUs has no volume, an image of its own, and disk enough", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(
          requestFor({ offer: offerOf("4vcpu-cpu3c", "US-KS-2", { gpuCount: 0, vcpus: 4 }), diskGiB: GiB.make(30) })
        )
        const [body] = creates(cloud)
        assert.deepInclude(body, {
          image: "runpod/base:1.0.2-ubuntu2404",
          cpu: { id: "cpu3c", vcpuCount: 4 },
          disk: 33,
          startSsh: true
        })
        assert.notProperty(body, "mounts")
        assert.notProperty(body, "gpu")
        assert.strictEqual((yield* reasonOf(provider.stopResource(id)))._tag, "UnsupportedCapability")
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Running")
      })
    )
  )

  it.effect("of a template keeps what that opens, and goes by its image", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = cloud.core.addTemplate({
          name: "mine",
          image: "me/mine:1",
          ports: ["8888/http"],
          env: { A: "1" }
        })
        yield* provider.createResource(requestFor({ image: `template:${id}` }))
        const [body] = creates(cloud)
        assert.deepInclude(body, { templateId: id, ports: ["22/tcp", "8888/http"] })
        assert.notProperty(body, "image")
        assert.deepInclude(only(cloud), { image: "me/mine:1" })
        assert.strictEqual(only(cloud).env["A"], "1")
      })
    )
  )

  it.effect("of a key that has one already is that one, and no other is made", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        const first = yield* provider.createResource(request)
        assert.strictEqual((yield* provider.createResource(request)).id, first.id)
        assert.strictEqual(creates(cloud).length, 1)
      })
    )
  )

  it.effect("runs once its port is known, and is reached at another one after each start", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const { id } = yield* provider.createResource(requestFor())
          cloud.clock.advance(15)
          yield* TestClock.adjust("15 seconds")
          // RUNNING is what its container is; nobody can reach it yet.
          const early = yield* provider.getResource(id)
          assert.strictEqual(early.state._tag, "Starting")
          assert.strictEqual((yield* reasonOf(provider.endpoint(early)))._tag, "Conflict")
          cloud.clock.advance(15)
          yield* TestClock.adjust("15 seconds")
          const runs = yield* provider.getResource(id)
          const { host, port } = only(cloud)
          assert.deepStrictEqual([runs.state._tag, runs.publicIp], ["Running", host])
          const way: Endpoint = { _tag: "Ssh", host, port, user: "root", hostKeyName: id }
          assert.deepStrictEqual(yield* provider.endpoint(early), way)
          yield* provider.stopResource(id)
          yield* provider.startResource(id)
          cloud.clock.advance(30)
          yield* TestClock.adjust("30 seconds")
          assert.deepStrictEqual(yield* provider.endpoint(runs), { ...way, port: port + 1000 })
        }),
      { bootSeconds: 20 }
    )
  )

  it.effect("that is stopped costs its volume at twice the price, and says so although RunPod says nothing", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const runs = yield* provider.getResource(id)
        const stopped = yield* provider.stopResource(id)
        const disk = UsdPerHour.make(20 * (0.2 / 730))
        assert.deepStrictEqual([stopped.state._tag, stopped.costPerHour], ["Stopped", disk])
        assert.strictEqual((yield* reasonOf(provider.endpoint(stopped)))._tag, "Conflict")
        assert.deepStrictEqual(yield* provider.billing(runs, ResourceState.Stopped), [
          { item: "disk", usdPerHour: disk }
        ])
        assert.deepStrictEqual(yield* provider.billing(runs, ResourceState.Running), [
          { item: "compute", usdPerHour: UsdPerHour.make(0.25) }
        ])
        assert.deepStrictEqual(yield* provider.billing(runs, ResourceState.Terminated), [])
        const [paid] = cloud.billing()
        assert.closeTo(paid?.usdPerHour ?? 0, disk, 1e-9)
        yield* provider.startResource(id)
        assert.strictEqual((yield* provider.getResource(id)).costPerHour, 0.25)
      })
    )
  )

  it.effect("is Terminating once its end was accepted, until it is gone, and is ended again when it is not", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        cloud.faults.ignoreDelete()
        yield* provider.terminate(id)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Terminating")
        assert.strictEqual((yield* provider.listResources)[0]?.state._tag, "Terminating")
        yield* TestClock.adjust("5 minutes")
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Running")
        yield* provider.terminate(id)
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
        yield* provider.terminate(id)
        assert.deepStrictEqual([...cloud.billing()], [])
      })
    )
  )

  it.effect("that carries no mark of runctl's is neither shown nor ended", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const theirs = [cloud.plant({ name: "web" }), cloud.plant({ name: "runctl-ourselve-short-1" })]
        for (const { id } of theirs) {
          const known = resourceId("runpod", "EU-RO-1", String(id))
          assert.strictEqual((yield* reasonOf(provider.getResource(known)))._tag, "NotFound")
          assert.strictEqual((yield* reasonOf(provider.terminate(known)))._tag, "Rejected")
        }
        assert.deepStrictEqual(yield* provider.listResources, [])
        assert.deepStrictEqual(
          cloud.machines().map(({ touched }) => touched),
          [false, false]
        )
      })
    )
  )

  it.effect("is known by its environment, and by its name where that says nothing", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const [named, marked] = [newMark(), newMark()]
        const tags = Object.entries(Ownership.toTags(marked)).map(([name, value]) => `${name}=${value}`)
        cloud.plant({ name: Ownership.toName(named) })
        cloud.plant({ name: "anything", tags })
        const keys = (yield* provider.listResources).map(({ key }) => key)
        assert.sameMembers(keys, [named.key, marked.key])
      })
    )
  )
})
