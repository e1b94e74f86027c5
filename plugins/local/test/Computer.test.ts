import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it, layer as withLayer } from "@effect/vitest"
import { GiB, type OfferQuery } from "@runctl/core/Offer"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import { gpuName } from "@runctl/core/Hardware"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Os from "node:os"
import * as Process from "node:process"
import { layer, newMark, requestFor } from "./rented.ts"

/** A computer whose `nvidia-smi` is this script. */
const withDriver = (script: string) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "runctl-driver-" })
      yield* fs.writeFileString(`${folder}/nvidia-smi`, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
      const env = { PATH: `${folder}:${Process.env["PATH"]}` }
      return Layer.merge(layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
    })
  ).pipe(Layer.provide(NodeServices.layer))

const offersOf = (query: OfferQuery) => TrainingProvider.use((provider) => provider.offers(query))

const gpuOf = Effect.map(offersOf({}), (offers) => {
  const { gpu, gpuCount, gpuMemoryGiB } = offers.find(({ instanceType }) => instanceType === "gpu") ?? {}
  return { gpu, gpuCount, gpuMemoryGiB }
})

const shapesOf = Effect.map(offersOf({}), (offers) =>
  offers.map(({ gpuCount, instanceType }) => [instanceType, gpuCount])
)

withLayer(layer, { excludeTestServices: true })("offers of a computer", (it) => {
  it.effect("say what it has, for nothing", () =>
    Effect.gen(function* () {
      const [cpu] = yield* offersOf({ instanceType: "cpu" })
      assert.strictEqual(cpu?.vcpus, Os.availableParallelism())
      assert.closeTo(cpu?.memoryGiB ?? 0, Os.totalmem() / 1024 ** 3, 0.2)
      assert.isAbove(cpu?.diskGiB ?? 0, 0)
      assert.strictEqual(cpu?.onDemandUsdPerHour, 0)
      assert.strictEqual(cpu?.source, "this computer")
    })
  )

  it.effect("are none when more is wanted than there is, or a spot market", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* offersOf({ vcpus: 100_000 }), [])
      assert.deepStrictEqual(yield* offersOf({ market: "spot" }), [])
      assert.isNotEmpty(yield* offersOf({ vcpus: 1, region: "here", market: "on-demand" }))
    })
  )
})

withLayer(
  withDriver(
    '[ "$1" = --query-gpu=name,memory.total ] && echo "NVIDIA H100 80GB HBM3, 81559" && echo "NVIDIA H100 80GB HBM3, 81559"'
  ),
  { excludeTestServices: true }
)("a computer with two equal GPUs", (it) => {
  it.effect("offers them together under the name clouds use", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      assert.deepEqual(yield* gpuOf, { gpu: "H100", gpuCount: 2, gpuMemoryGiB: GiB.make(79.6) })
      const [offer] = yield* offersOf({ gpu: "h100", gpuCount: 2 })
      if (offer === undefined) return assert.fail("no offer")
      const { id, instanceType } = yield* provider.createResource(requestFor(newMark(), { offer }))
      assert.strictEqual(instanceType, "gpu")
      yield* provider.terminate(id)
    })
  )
})

withLayer(withDriver('printf "NVIDIA A100-SXM4-40GB, 40960\\nTesla T4, [N/A]\\n"'), { excludeTestServices: true })(
  "a computer with different GPUs",
  (it) => {
    it.effect("counts them and gives them no common name or memory", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* gpuOf, { gpu: undefined, gpuCount: 2, gpuMemoryGiB: undefined })
      })
    )
  }
)

withLayer(withDriver('echo "NVIDIA-SMI has failed, 0"; exit 9'), { excludeTestServices: true })(
  "a computer whose driver is broken",
  (it) => {
    it.effect("offers its CPUs alone, and cannot be a gpu", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* shapesOf, [["cpu", 0]])
        const error = yield* Effect.flip(TrainingProvider.use((provider) => provider.estimateCost("gpu", 1)))
        assert.strictEqual(error.reason._tag, "Rejected")
      })
    )
  }
)

withLayer(withDriver("exec sleep 60"))("a computer whose driver is stuck", (it) => {
  it.effect("offers its CPUs alone after ten seconds", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(shapesOf)
      const tick = Effect.andThen(TestClock.adjust("100 millis"), TestClock.withLive(Effect.sleep("10 millis")))
      while (fiber.pollUnsafe() === undefined) yield* tick
      assert.deepStrictEqual(yield* Fiber.join(fiber), [["cpu", 0]])
      assert.isAtLeast(yield* Clock.currentTimeMillis, 10_000)
    })
  )
})

it("names a GPU as clouds do", () => {
  const names = {
    "NVIDIA A100-SXM4-80GB": "A100",
    "NVIDIA H100 PCIe": "H100",
    "NVIDIA GH200 480GB": "GH200",
    "NVIDIA GeForce RTX 4090": "RTX 4090",
    "NVIDIA GeForce RTX 3080 Ti": "RTX 3080 Ti",
    "NVIDIA RTX A6000": "RTX A6000",
    "Tesla V100-PCIE-16GB": "V100",
    "Tesla T4": "T4",
    "NVIDIA L40S": "L40S",
    NVIDIA: "NVIDIA"
  }
  assert.deepStrictEqual(Object.fromEntries(Object.keys(names).map((name) => [name, gpuName(name)])), names)
})
