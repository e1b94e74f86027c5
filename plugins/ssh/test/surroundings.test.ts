import { assert, describe, it } from "@effect/vitest"
import { GiB } from "@runctl/core/Offer"
import { resourceId } from "@runctl/core/Resource"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { leftOut, withoutMachines } from "../../../test/harness/withoutSshd.ts"
import { temporary, machine, using, reasonOf, exec, names } from "./hosts.ts"
import { plain, providerIn, rent } from "./rented.ts"

describe("hosts that are not configured", () => {
  it("are not offered, and cannot be rented: it is said how to name one", () =>
    using([], (provider) =>
      Effect.gen(function* () {
        assert.deepStrictEqual([yield* provider.offers({}), yield* provider.listResources], [[], []])
        const { message, tag } = yield* reasonOf(rent("gpu1"))
        assert.strictEqual(tag, "Rejected")
        assert.match(message, /hosts: \[\{name: gpu1/)
        const ghost = resourceId("ssh", "gpu1", "k".repeat(20))
        assert.strictEqual((yield* reasonOf(provider.terminate(ghost))).tag, "Rejected")
      })
    ))

  it("make the provider fail to load when the configuration is wrong", async () => {
    const reason = await Effect.runPromise(
      reasonOf(Effect.scoped(Layer.build(providerIn(temporary(), () => [{ name: "one", adress: "x" }]))))
    )
    assert.strictEqual(reason.tag, "Rejected")
    assert.match(reason.message, /"one".*"adress"/)
  })
})

describe.skipIf(withoutMachines !== undefined)(`a host of its own${leftOut(withoutMachines)}`, () => {
  it("keeps claims where all its users see them, and machines in the home directory", async () => {
    const sshd = await machine()
    await using([plain("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const rented = yield* rent("one")
        const shared = sshd.pathOf("/var/tmp/runctl-claims")
        assert.deepStrictEqual(names(shared), [`${rented.key}.claim`, `${rented.key}.held`])
        assert.deepStrictEqual(names(sshd.pathOf(join(sshd.home, ".runctl/machines"))), [rented.key])
        yield* provider.terminate(rented.id)
        assert.deepStrictEqual([names(shared), names(sshd.pathOf(sshd.home))], [[], []])
      })
    )
  })

  it("keeps machines below /var/tmp when the home directory cannot be written", async () => {
    const sshd = await machine({ readOnlyHome: true })
    await using([plain("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const rented = yield* rent("one")
        const endpoint = yield* provider.endpoint(rented)
        assert.match(yield* Effect.scoped(exec(endpoint, "pwd")), /^\/var\/tmp\/runctl-\d+\/machines\//)
        yield* provider.terminate(rented.id)
        assert.deepStrictEqual(names(sshd.pathOf("/var/tmp")), ["runctl-claims"])
      })
    )
  })

  it("is found by its GPUs as its driver tells, and told apart from what the configuration says", async () => {
    const smi = "#!/bin/sh\necho 'NVIDIA A100-SXM4-80GB, 81920'\n"
    const sshd = await machine({ programs: { "nvidia-smi": smi }, clockOffset: 3600 })
    await using([plain("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const [offer] = yield* provider.offers({ gpu: "A100" })
        assert.include(offer, { gpu: "A100", gpuCount: 1, gpuMemoryGiB: GiB.make(80) })
        const found = yield* provider.diagnose ?? Effect.succeed([])
        assert.match(found.find(({ name }) => name === "one clock")?.message ?? "", /3[56]\d\d s ahead/)
        // The claim lasts as long by a clock that is wrong.
        yield* rent("one")
        assert.deepStrictEqual(yield* provider.offers({}), [])
      })
    )
  })
})
