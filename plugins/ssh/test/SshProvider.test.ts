import { assert, describe, it } from "@effect/vitest"
import type { Endpoint } from "@runctl/core/Endpoint"
import { resourceId } from "@runctl/core/Resource"
import { Shells } from "@runctl/core/Shell"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { leftOut, type MachineOptions, Sshd, withoutMachines, withoutSshd } from "../../../test/harness/Sshd.ts"
import { apart, newMark, offerOf, plain, providerIn, rent, requestFor } from "./rented.ts"

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-hosts-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const started = async (): Promise<Sshd> => {
  const sshd = await Sshd.start()
  onTestFinished(() => sshd.destroy())
  return sshd
}

const machine = async (options: MachineOptions = {}): Promise<Sshd> => {
  const sshd = await Sshd.machine(options)
  onTestFinished(() => sshd.destroy())
  return sshd
}

/** Uses a provider with these hosts, whose memory lies in a folder. */
const using = <A, E>(
  hosts: ReadonlyArray<unknown>,
  use: (provider: AnyTrainingProvider) => Effect.Effect<A, E, TrainingProvider | Shells | Scope.Scope>,
  folder: string = temporary()
): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(TrainingProvider, use).pipe(
      Effect.scoped,
      Effect.provide(Layer.fresh(providerIn(folder, () => hosts)))
    )
  )

const reasonOf = <A, R>(
  effect: Effect.Effect<A, { readonly reason: { readonly _tag: string; readonly message: string } }, R>
) => Effect.map(Effect.flip(effect), ({ reason }) => ({ tag: reason._tag, message: reason.message }))

const exec = (endpoint: Endpoint, script: string) =>
  Effect.gen(function* () {
    const shell = yield* (yield* Shells).open(endpoint)
    return (yield* shell.exec({ script })).stdout
  })

const names = (folder: string): ReadonlyArray<string> => (existsSync(folder) ? readdirSync(folder).toSorted() : [])

describe.skipIf(withoutSshd !== undefined)(`hosts over SSH${leftOut(withoutSshd)}`, () => {
  it("are offered as they are, those that do not answer left out, until they are claimed", async () => {
    const sshd = await started()
    const hosts = [
      apart("one", sshd, { gpu: "RTX 4090", gpus: 2, "gpu-memory": 24, labels: ["fast", "lab"], "usd-per-hour": 0.5 }),
      { name: "dead", host: "127.0.0.1", port: 1 }
    ]
    await using(hosts, (provider) =>
      Effect.gen(function* () {
        const [offer, ...more] = yield* provider.offers({ gpu: "rtx-4090", gpuCount: 2, labels: ["lab"] })
        assert.deepStrictEqual(more, [])
        const { asOf: _, diskGiB, memoryGiB, vcpus, ...rest } = offer ?? assert.fail("nothing is offered")
        assert.isTrue(vcpus > 0 && memoryGiB > 0 && (diskGiB ?? 0) > 0)
        assert.deepStrictEqual<unknown>(rest, {
          provider: "ssh",
          region: "one",
          instanceType: "one",
          gpu: "RTX 4090",
          gpuCount: 2,
          gpuMemoryGiB: 24,
          onDemandUsdPerHour: 0.5,
          available: true,
          labels: ["fast", "lab"],
          source: "providers.ssh.hosts: one"
        })
        assert.deepStrictEqual(yield* provider.offers({ labels: ["fast", "other"] }), [])
        yield* rent("one")
        assert.deepStrictEqual(yield* provider.offers({}), [])
      })
    )
  })

  it("are claimed by one at a time: who comes later is told by whom, for what and until when", async () => {
    const sshd = await started()
    const hosts = [apart("one", sshd)]
    await using(hosts, () =>
      Effect.gen(function* () {
        yield* rent("one", newMark(), { label: "my experiment" })
        const reason = yield* Effect.promise(() => using(hosts, () => reasonOf(rent("one"))))
        assert.strictEqual(reason.tag, "OutOfCapacity")
        assert.match(reason.message, new RegExp(`one is claimed by ${sshd.user} .*ourselve.*my experiment.* until 20`))
      })
    )
  })

  it("carry the machine's mark and folder to every command, and nothing of it is left after the end", async () => {
    const sshd = await started()
    await using([apart("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const rented = yield* rent("one")
        const endpoint = yield* provider.endpoint(rented)
        const out = yield* Effect.scoped(
          exec(
            endpoint,
            'echo "$RUNCTL_MACHINE|$PWD|$RUNCTL_MACHINE_DIR"; echo x > file; (sleep 300 >/dev/null 2>&1 &)'
          )
        )
        const folder = `${sshd.home}/.runctl/machines/${rented.key}`
        assert.strictEqual(out, `${rented.key},|${folder}|${folder}\n`)
        yield* provider.terminate(rented.id)
        assert.deepStrictEqual([names(sshd.home), names(join(sshd.folder, "claims"))], [[], []])
        assert.strictEqual((yield* reasonOf(provider.getResource(rented.id))).tag, "NotFound")
      })
    )
  })

  it("end their machine themselves with the script they are given for it", async () => {
    const sshd = await started()
    await using([apart("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const rented = yield* rent("one")
        const endpoint = yield* provider.endpoint(rented)
        const script = provider.endActionScript(rented) ?? assert.fail("there is no script")
        yield* Effect.ignore(Effect.scoped(exec(endpoint, script)))
        assert.deepStrictEqual(yield* provider.listResources, [])
        assert.deepStrictEqual([names(sshd.home), names(join(sshd.folder, "claims"))], [[], []])
      })
    )
  })

  it("are released even when they were taken out of the configuration, or moved to another address", async () => {
    const [sshd, other] = [await started(), await started()]
    for (const later of [[], [apart("one", other)]]) {
      const folder = temporary()
      const { id } = await using(
        [apart("one", sshd)],
        (provider) => provider.createResource(requestFor(newMark(), offerOf("one"))),
        folder
      )
      await using(
        later,
        (provider) =>
          Effect.gen(function* () {
            assert.deepStrictEqual(
              (yield* provider.listResources).map((each) => [each.id, each.state._tag]),
              [[id, "Running"]]
            )
            assert.strictEqual((yield* provider.getResource(id)).id, id)
            yield* provider.terminate(id)
            assert.deepStrictEqual(yield* provider.listResources, [])
          }),
        folder
      )
      assert.deepStrictEqual(names(join(sshd.folder, "claims")), [])
    }
  })

  it("are in an unknown state while they do not answer, and are neither lost nor ended", async () => {
    const sshd = await started()
    const folder = temporary()
    const hosts = [apart("one", sshd, { "usd-per-hour": 2 })]
    const { id } = await using(
      hosts,
      (provider) => provider.createResource(requestFor(newMark(), offerOf("one"))),
      folder
    )
    await sshd.stop()
    await using(
      hosts,
      (provider) =>
        Effect.gen(function* () {
          const [seen] = yield* provider.listResources
          assert.deepStrictEqual([seen?.id, seen?.state._tag, seen?.costPerHour], [id, "Unknown", UsdPerHour.make(2)])
          assert.strictEqual((yield* reasonOf(provider.getResource(id))).tag, "Unavailable")
          assert.strictEqual((yield* reasonOf(provider.terminate(id))).tag, "Unavailable")
          assert.strictEqual((yield* reasonOf(rent("one"))).tag, "Unavailable")
        }),
      folder
    )
    await sshd.begin()
    await using(hosts, (provider) => provider.terminate(id), folder)
    assert.deepStrictEqual(names(join(sshd.folder, "claims")), [])
  })

  it("are seen by whoever looks, though nothing is remembered here", async () => {
    const sshd = await started()
    const hosts = [apart("one", sshd)]
    const { id, key } = await using(hosts, (provider) => provider.createResource(requestFor(newMark(), offerOf("one"))))
    await using(hosts, (provider) =>
      Effect.gen(function* () {
        const [seen] = yield* provider.listResources
        assert.deepStrictEqual([seen?.id, seen?.key], [id, key])
        const endpoint = yield* provider.endpoint(seen ?? assert.fail("it is not listed"))
        assert.include(endpoint, { directory: `${sshd.home}/.runctl/machines/${key}` })
        yield* provider.terminate(id)
      })
    )
  })

  it("say whose mistake it is when their machine's folder was removed by hand", async () => {
    const sshd = await started()
    await using([apart("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const { id, key } = yield* rent("one")
        rmSync(`${sshd.home}/.runctl/machines/${key}`, { recursive: true })
        const { state } = yield* provider.getResource(id)
        assert.strictEqual(state._tag, "Error")
      })
    )
  })

  it("are diagnosed each by itself: one that is broken hides nothing of the others", async () => {
    const sshd = await started()
    const hosts = [
      apart("one", sshd, { gpus: 8 }),
      { ...apart("wrong", sshd), "host-key": "ssh-ed25519 AAAA" },
      { name: "dead", host: "127.0.0.1", port: 1 }
    ]
    const found = await using(hosts, (provider) => provider.diagnose ?? Effect.succeed([]))
    const statusOf = (name: string) => found.find((each) => each.name === name)?.status
    for (const name of ["reach", "shell", "tar", "digests", "disk", "clock", "claim", "directory"]) {
      assert.strictEqual(statusOf(`one ${name}`), "ok", JSON.stringify(found))
    }
    assert.deepStrictEqual(
      [statusOf("one gpu"), statusOf("wrong reach"), statusOf("dead reach")],
      ["warn", "fail", "fail"]
    )
    assert.isTrue(found.every(({ advice, status }) => status === "ok" || advice !== undefined))
  })
})

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
        const shared = join(sshd.folder, "vartmp", "runctl-claims")
        assert.deepStrictEqual(names(shared), [`${rented.key}.claim`, `${rented.key}.held`])
        assert.deepStrictEqual(names(join(sshd.home, ".runctl/machines")), [rented.key])
        yield* provider.terminate(rented.id)
        assert.deepStrictEqual([names(shared), names(sshd.home)], [[], []])
      })
    )
  })

  it("keeps machines below /var/tmp when the home directory cannot be written", async () => {
    const sshd = await machine({ homeIsReadOnly: true })
    await using([plain("one", sshd)], (provider) =>
      Effect.gen(function* () {
        const rented = yield* rent("one")
        const endpoint = yield* provider.endpoint(rented)
        assert.match(yield* Effect.scoped(exec(endpoint, "pwd")), /^\/var\/tmp\/runctl-\d+\/machines\//)
        yield* provider.terminate(rented.id)
        assert.deepStrictEqual(names(join(sshd.folder, "vartmp")), ["runctl-claims"])
      })
    )
  })

  it("is found by its GPUs as its driver tells, and told apart from what the configuration says", async () => {
    const smi = "#!/bin/sh\necho 'NVIDIA A100-SXM4-80GB, 81920'\n"
    const sshd = await machine({ programs: { "nvidia-smi": smi }, clockAhead: 3600 })
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
