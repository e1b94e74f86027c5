import { assert, describe, it } from "@effect/vitest"
import { GiB } from "@runctl/core/Offer"
import { OwnerId, toName } from "@runctl/core/Ownership"
import { resourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import { nativeIn, newMark, offerOf, providerIn, publicKey, reasonOf, requestFor, script, us, using } from "./rented.ts"

const kinds = (place: {
  readonly core: { readonly belongings: (now: number) => ReadonlyArray<{ readonly kind: string }> }
}) => place.core.belongings(0).map(({ kind }) => kind)

describe("keys", () => {
  it.effect("are registered once, also where another name has them, whatever their comment", () =>
    using((provider, { core, seen }) =>
      Effect.gen(function* () {
        core.addSshKey("laptop", publicKey.replace(/ runctl$/, " other comment"), 0)
        yield* provider.createResource(requestFor())
        yield* provider.createResource(requestFor())
        assert.strictEqual(core.belongings(0).filter(({ kind }) => kind === "ssh-key").length, 1)
        assert.strictEqual(seen.filter(({ path }) => path === "/v1/ssh-keys").length, 1, "it is remembered")
      })
    )
  )
})

describe("machines", () => {
  it.effect("of others are listed as theirs, and those without a mark neither shown nor touched", () =>
    using((provider, { core }) =>
      Effect.gen(function* () {
        const theirs = newMark(OwnerId.make("stranger"))
        core.plant({ name: toName(theirs) }, 0)
        const nobodys = core.plant({ name: `x-${toName(newMark())}`, tags: ["runctl"] }, 0)
        const listed = yield* provider.listResources
        assert.deepEqual(
          listed.map(({ owner }) => owner),
          [theirs.owner]
        )
        const id = resourceId("verda", "FIN-01", String(nobodys.id))
        assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "NotFound")
        assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Rejected")
        assert.deepEqual(
          core.machines(0).map(({ touched }) => touched),
          [false, false]
        )
      })
    )
  )

  it.effect("that are shut down cost as much as before, and run again when started", () =>
    using((provider) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const running = yield* provider.getResource(id)
        const stopped = yield* provider.stopResource(id)
        assert.strictEqual(stopped.costPerHour, running.costPerHour)
        assert.strictEqual(stopped.state._tag, "Stopped")
        assert.deepEqual(
          yield* provider.billing(stopped, stopped.state),
          yield* provider.billing(running, running.state)
        )
        assert.strictEqual((yield* provider.stopResource(id)).state._tag, "Stopped", "again")
        assert.strictEqual((yield* reasonOf(provider.endpoint(stopped)))._tag, "Conflict")
        assert.strictEqual((yield* provider.startResource(id)).state._tag, "Running")
      })
    )
  )

  it.effect("end with their disk for good, and the script with them", () =>
    using((provider, place) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor({ bootstrap: script }))
        const disk = place.core.belongings(0).find(({ kind }) => kind === "volume")
        yield* provider.terminate(id)
        const put = place.seen.find(({ method }) => method === "PUT")
        assert.deepEqual(put?.body, {
          action: "delete",
          id: nativeIn(id),
          volume_ids: [disk?.id],
          delete_permanently: true
        })
        assert.deepEqual(kinds(place), ["ssh-key"])
        const over = yield* provider.getResource(id)
        assert.deepEqual([over.costPerHour, over.endedBy], [0, "us"])
        assert.strictEqual(over.state._tag, "Terminated")
        assert.deepEqual(yield* provider.listResources, [])
        yield* provider.terminate(id)
        yield* provider.terminate(resourceId("verda", "FIN-01", "00000000-0000-4000-a000-000000000000"))
        yield* provider.terminate(resourceId("verda", "FIN-01", "nonsense"))
        assert.strictEqual(place.seen.filter(({ method }) => method === "PUT").length, 1)
      })
    )
  )

  it.effect("are listed with all that is beside them, and each is removed when it is named", () =>
    using((provider, place) =>
      Effect.gen(function* () {
        const request = requestFor({ bootstrap: script })
        yield* provider.createResource(request)
        const beside = yield* provider.companions.list
        assert.deepEqual(
          beside.map(({ key, kind, owner }) => [kind, owner, key]),
          [
            ["script", us, request.mark.key],
            ["volume", us, request.mark.key],
            ["ssh-key", us, undefined]
          ]
        )
        const [stored, disk, key] = beside.map(({ id }) => id)
        yield* provider.companions.remove(stored ?? "")
        yield* provider.companions.remove(stored ?? "")
        yield* provider.companions.remove(key ?? "")
        assert.strictEqual((yield* reasonOf(provider.companions.remove(disk ?? "")))._tag, "Conflict")
        assert.deepEqual(kinds(place), ["volume"])
      })
    )
  )

  it.effect("leave scripts to be found on every page", () =>
    using(
      (provider, place) =>
        Effect.gen(function* () {
          Object.assign(place.core.account, { scriptLimit: 500 })
          const token = place.core.issueToken(1e12)
          const post = (name: string) =>
            place.core.handle({ method: "POST", path: "/v1/scripts", token, body: { name, script: "x" } }, 0)
          for (let index = 0; index < 230; index++) post(toName(newMark()))
          post("somebody's runctl-script")
          assert.strictEqual((yield* provider.companions.list).length, 230)
        }),
      { limitsRates: false }
    )
  )

  it.effect("are known to another process by what the API says alone", () =>
    using((provider, place) =>
      Effect.gen(function* () {
        const made = yield* provider.createResource(
          requestFor({ diskGiB: GiB.make(100), offer: offerOf("2A6000.20V", "FIN-01") })
        )
        const other = yield* Effect.flatMap(TrainingProvider, (again) => again.getResource(made.id)).pipe(
          Effect.provide(providerIn(place, "/nonexistent/home"))
        )
        assert.deepInclude(other, { id: made.id, costPerHour: made.costPerHour, key: made.key })
        assert.approximately(made.costPerHour, 0.98 + 0.0274, 1e-9)
      })
    )
  )
})
