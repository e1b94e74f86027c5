import { assert, describe, it } from "@effect/vitest"
import * as Answers from "@runctl/plugin-runpod/Answers"
import { errorOf } from "@runctl/plugin-runpod/Failures"
import { ofCpus, ofGpus } from "@runctl/plugin-runpod/Offers"
import { sshOf, stateOf } from "@runctl/plugin-runpod/Pods"
import { defaultSettings } from "@runctl/plugin-runpod/Settings"
import * as Effect from "effect/Effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const openApi = process.env["RUNCTL_OPENAPI_DIR"] || undefined
const folder = join(openApi ?? "", "..", "samples", "runpod")
const note =
  openApi === undefined ? " (left out: RUNCTL_OPENAPI_DIR does not say where the official description is)" : ""
const sample = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))

describe.skipIf(openApi === undefined)(`the vendor's samples${note}`, () => {
  it.effect("of pods are understood, old ones and new ones", () =>
    Effect.gen(function* () {
      for (const name of ["v2.getPod.200.pod", "v2.updatePod.200.pod"]) {
        const pod = yield* Answers.podOf(sample(name))
        assert.strictEqual(stateOf(pod)._tag, "Running", name)
        assert.deepStrictEqual(sshOf(pod), { host: "195.26.233.3", port: 34_446, user: "root" })
      }
      for (const name of ["v2.createPod.201.pod", "v2.createPod.201.pod.newer"]) {
        const pod = yield* Answers.podOf(sample(name))
        assert.deepStrictEqual([stateOf(pod)._tag, pod.cost, sshOf(pod)], ["Starting", 0.44, undefined], name)
      }
      const list = sample("v2.listPods.200.pods")
      assert.strictEqual((yield* Answers.rowsOf("pods")(list)).length, 1)
      assert.isUndefined(yield* Answers.nextOf(list))
    })
  )

  it.effect("of the catalogue become offers with their prices", () =>
    Effect.gen(function* () {
      const told = { settings: defaultSettings, source: "a sample", wanted: {} }
      const [gpu] = yield* Answers.readable(Answers.Gpu, "a GPU", [sample("v2.getGpuType.200.gpu")])
      if (gpu === undefined) return assert.fail("it is not readable")
      const offers = ofGpus({ value: [gpu], at: 0 }, { cloud: "secure", count: 2 }, told)
      assert.deepStrictEqual(
        offers.map((each) => JSON.stringify([each.region, each.gpu, each.gpuMemoryGiB, each.onDemandUsdPerHour])),
        ['["US-KS-2","RTX 4090",24,0.88]']
      )
      assert.deepStrictEqual(ofGpus({ value: [gpu], at: 0 }, { cloud: "community", count: 8 }, told), [])
      const cpus = yield* Effect.flatMap(Answers.rowsOf("cpus")(sample("v2.listCpuTypes.200.cpus")), (rows) =>
        Answers.readable(Answers.Cpu, "a CPU", rows)
      )
      const [small] = ofCpus({ value: cpus, at: 0 }, told)
      assert.deepStrictEqual([small?.instanceType, small?.onDemandUsdPerHour], ["2vcpu-cpu3c-2-4", 0.08])
    })
  )

  it("of errors are all told from anything else", () => {
    const names = readdirSync(folder).filter((name) => name.startsWith("v2.error."))
    assert.isAtLeast(names.length, 5)
    for (const name of names) assert.isDefined(errorOf(sample(name.replace(/\.json$/, ""))), name)
  })
})
