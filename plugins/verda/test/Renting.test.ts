import { assert, describe, it } from "@effect/vitest"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB } from "@runctl/core/Offer"
import { fromTags, toName } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import { nativeIn, offerOf, reasonOf, requestFor, script, us, using } from "./rented.ts"
import type { Seen } from "./inProcess.ts"

const creates = (seen: ReadonlyArray<Seen>) =>
  seen.filter(({ method, path }) => method === "POST" && path === "/v1/instances")

const kinds = (place: {
  readonly core: { readonly belongings: (now: number) => ReadonlyArray<{ readonly kind: string }> }
}) => place.core.belongings(0).map(({ kind }) => kind)

describe("renting", () => {
  it.effect("sends one request with the mark in tags, host name and the name of the disk", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        const request = requestFor({ label: 'odd "label"\n火', bootstrap: script })
        const made = yield* provider.createResource(request)
        const [{ body } = assert.fail("nothing was sent")] = creates(seen)
        const name = toName(request.mark)
        assert.strictEqual(creates(seen).length, 1)
        assert.deepInclude(body, {
          instance_type: "CPU.4V.16G",
          image: "ubuntu-24.04",
          hostname: name,
          location_code: "FIN-01",
          is_spot: false,
          contract: "PAY_AS_YOU_GO",
          os_volume: { name, size: 50, on_spot_discontinue: "delete_permanently" }
        })
        assert.match(body.description, /^[ -~]+$/)
        assert.deepInclude(body.tags, { key: "runctl-key", value: request.mark.key })
        assert.deepEqual(fromTags(made.tags), request.mark)
        assert.strictEqual(made.state._tag, "Starting")
        const [stored] = [core.belongings(0).find(({ kind }) => kind === "script")]
        assert.deepInclude(stored, { name })
        assert.strictEqual(body.startup_script_id, stored?.id)
        const got = yield* provider.getResource(made.id)
        assert.deepInclude(got, { id: made.id, instanceType: "CPU.4V.16G", costPerHour: made.costPerHour })
        assert.strictEqual(got.state._tag, "Running")
      })
    )
  )

  it.effect("with the same key again answers with the same instance, also without its tags", () =>
    using(
      (provider, { core, seen }) =>
        Effect.gen(function* () {
          const request = requestFor()
          const made = yield* provider.createResource(request)
          assert.strictEqual((yield* provider.createResource(request)).id, made.id)
          assert.strictEqual(creates(seen).length, 2, "one with tags that was refused, one without")
          assert.notProperty(creates(seen)[1]?.body, "tags")
          const [listed] = yield* provider.listResources
          assert.deepInclude(listed, { id: made.id, owner: us, key: request.mark.key })
          assert.strictEqual(core.machines(0).length, 1)
        }),
      { refusesTags: true }
    )
  )

  it.effect.each(["text", "json", "object"] as const)("reads the bare id as %s", (idsAs) =>
    using(
      (provider, { core }) =>
        Effect.map(provider.createResource(requestFor()), ({ id }) =>
          assert.strictEqual(nativeIn(id), core.machines(0)[0]?.id)
        ),
      { idsAs }
    )
  )

  it.effect("is not sent again when its answer was lost, and its script stays for the instance that may come", () =>
    using((provider, place) =>
      Effect.gen(function* () {
        place.core.faults.loseReply({ method: "POST", path: /instances$/ })
        const request = requestFor({ bootstrap: script })
        assert.strictEqual((yield* reasonOf(provider.createResource(request)))._tag, "OutcomeUnknown")
        assert.strictEqual(creates(place.seen).length, 1)
        assert.include(kinds(place), "script")
        const [found] = yield* provider.listResources
        assert.strictEqual(found?.key, request.mark.key)
        yield* provider.terminate(found?.id ?? assert.fail("it is not listed"))
        assert.deepEqual(kinds(place), ["ssh-key"])
      })
    )
  )

  it.effect(
    "without capacity is OutOfCapacity, although its status is that of a broken service, and leaves no script",
    () =>
      using((provider, place) =>
        Effect.gen(function* () {
          place.core.faults.noCapacity()
          const { _tag } = yield* reasonOf(provider.createResource(requestFor({ bootstrap: script })))
          assert.strictEqual(_tag, "OutOfCapacity")
          assert.deepEqual(kinds(place), ["ssh-key"])
          assert.deepEqual(place.core.machines(0), [])
        })
      )
  )

  it.effect("answered by 503 in other words may have rented: its outcome is unknown", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.faults.serverError({ method: "POST", path: /instances$/ }, 503)
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "OutcomeUnknown")
      })
    )
  )

  it.effect("of what is not there in that market is refused before anything is made", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        const only = requestFor({ offer: offerOf("1H100.80S.30V", "FIN-03"), market: "spot", bootstrap: script })
        assert.strictEqual((yield* reasonOf(provider.createResource(only)))._tag, "OutOfCapacity")
        const nowhere = requestFor({ offer: offerOf("CPU.4V.16G", "FIN-99") })
        assert.match((yield* reasonOf(provider.createResource(nowhere))).message, /no location "FIN-99"/)
        assert.deepEqual([creates(seen), core.belongings(0)], [[], []])
      })
    )
  )

  it.effect("says what it costs when that is more than was agreed", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.setPrice("CPU.4V.16G", "0.5", "0.2")
        const limit = requestFor({ priceLimit: UsdPerHour.make(0.3) })
        const reason = yield* reasonOf(provider.createResource(limit))
        assert.strictEqual(reason._tag === "PriceTooLow" && reason.usdPerHour === 0.5, true)
      })
    )
  )

  it.effect("takes the newest image that the type has, and none for clusters", () =>
    using((provider, { seen }) =>
      Effect.gen(function* () {
        for (const [type, image] of [
          ["1H100.80S.30V", "ubuntu-24.04-cuda-13.0-open-docker"],
          ["1V100.6V", "ubuntu-22.04-cuda-12.0-docker"]
        ] as const) {
          yield* provider.createResource(requestFor({ offer: offerOf(type, "FIN-01") }))
          assert.strictEqual(creates(seen).at(-1)?.body.image, image)
        }
      })
    )
  )

  it.effect("tells which images there are when one is refused", () =>
    using((provider) =>
      Effect.gen(function* () {
        const old = requestFor({ offer: offerOf("1V100.6V", "FIN-01"), image: "ubuntu-24.04-cuda-13.0-open-docker" })
        const reason = yield* reasonOf(provider.createResource(old))
        assert.strictEqual(reason._tag, "Rejected")
        assert.match(reason.message, /1V100\.6V takes ubuntu-22\.04-cuda-12\.0-docker/)
      })
    )
  )

  it.effect("from a disk that is there already names no new one, and leaves it when it ends", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        const { cloud, account } = core
        const kept = cloud.world.newVolume(
          {
            name: "mine",
            account,
            gigabytes: 80,
            isOs: true,
            location: "FIN-01",
            createdAt: 0,
            onDiscontinue: "keep_detached",
            planted: false
          },
          undefined
        )
        const made = yield* provider.createResource(requestFor({ image: kept.id }))
        assert.notProperty(creates(seen)[0]?.body, "os_volume")
        yield* provider.terminate(made.id)
        assert.deepInclude(seen.find(({ method }) => method === "PUT")?.body, { action: "delete", volume_ids: [] })
        assert.deepEqual(
          core.belongings(0).filter(({ kind }) => kind === "volume"),
          [{ kind: "volume", id: kept.id, name: "mine", status: "detached" }]
        )
      })
    )
  )

  it.effect("is refused for what is no script, too long, or half a gigabyte", () =>
    using((provider, { seen }) =>
      Effect.gen(function* () {
        for (const wrong of [
          { bootstrap: { format: "cloud-config", content: "#cloud-config\n" } },
          { bootstrap: { format: "script", content: `#!/bin/sh\n${"é".repeat(9000)}` } },
          { diskGiB: GiB.make(50.5) }
        ] as const) {
          assert.strictEqual((yield* reasonOf(provider.createResource(requestFor(wrong))))._tag, "Rejected")
        }
        assert.deepEqual(creates(seen), [])
      })
    )
  )

  it.effect("without money, or beyond a quota, says so", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        core.account.balance = 0
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "InsufficientFunds")
        Object.assign(core.account, { balance: 1, instanceLimit: 0 })
        assert.strictEqual((yield* reasonOf(provider.createResource(requestFor())))._tag, "QuotaExceeded")
        Object.assign(core.account, { instanceLimit: 5, scriptLimit: 0 })
        assert.strictEqual(
          (yield* reasonOf(provider.createResource(requestFor({ bootstrap: script }))))._tag,
          "QuotaExceeded"
        )
      })
    )
  )
})
