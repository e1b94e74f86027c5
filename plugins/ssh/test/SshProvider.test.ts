import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import * as Effect from "effect/Effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { leftOut, withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { temporary, started, using, reasonOf, exec, names } from "./hosts.ts"
import { apart, newMark, offerOf, rent, requestFor } from "./rented.ts"

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
    await sshd.boot()
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
