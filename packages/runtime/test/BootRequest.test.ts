import { assert, describe, it } from "@effect/vitest"
import type { Capabilities } from "@runctl/core/Capabilities"
import { zero } from "@runctl/core/Money"
import type { AnyTrainingProvider, CreateRequest } from "@runctl/core/TrainingProvider"
import { formatFor, requestOf } from "@runctl/runtime/BootRequest"
import { event } from "@runctl/runtime/Event"
import * as FirstContact from "@runctl/runtime/FirstContact"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import * as ResourceProjection from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { Rents } from "@runctl/runtime/Rents"
import { isUnmet } from "@runctl/runtime/Waiting"
import * as WayTo from "@runctl/runtime/WayTo"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import { living, on, request, reservedIn, typesOf } from "./fakeRents.ts"

const userData = (formats: ReadonlyArray<"cloud-config" | "script">, maxBytes = 65_536): Capabilities["userData"] => ({
  maxBytes,
  formats
})

/** Notes what a provider was asked for. */
const noting =
  (asked: Array<CreateRequest>) =>
  (provider: AnyTrainingProvider): AnyTrainingProvider => ({
    ...provider,
    createResource: (wanted) => {
      asked.push(wanted)
      return provider.createResource(wanted)
    }
  })

const with_ = (change: Partial<Capabilities>): AnyTrainingProvider =>
  FakeProvider.make({ capabilities: change }).provider

describe("what a machine is told to do at boot", () => {
  it("comes in the form that its provider carries, cloud-config first", () => {
    assert.strictEqual(formatFor(with_({ userData: userData(["script", "cloud-config"]) })), "cloud-config")
    assert.strictEqual(formatFor(with_({ userData: userData(["script"]) })), "script")
    assert.isUndefined(formatFor(with_({ userData: userData([]) })))
    assert.isUndefined(formatFor(with_({ userData: "none" })))
    assert.isUndefined(formatFor(with_({ runMode: "job" })))
  })

  it.effect("goes with the request, beside the key that opens the machine", () => {
    const asked: Array<CreateRequest> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          const [wanted] = asked
          assert.strictEqual(record.bootstrap, "cloud-config")
          assert.strictEqual(wanted?.bootstrap.format, "cloud-config")
          assert.match(wanted?.authorizedKey ?? "", /^ssh-ed25519 AAAA[A-Za-z0-9+/=]+ runctl$/)
          assert.include(wanted?.bootstrap.content, wanted?.authorizedKey ?? "none")
          assert.include(wanted?.bootstrap.content, `--deadline ${record.mark.deadlineEpochSeconds} `)
        }),
      noting(asked)
    )
  })

  it.effect("is nothing where a provider carries nothing", () => {
    const asked: Array<CreateRequest> = []
    return on(
      { capabilities: { userData: "none" } },
      () =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          assert.notProperty(record, "bootstrap")
          assert.deepInclude(asked[0], { bootstrap: { format: "none", content: "" }, authorizedKey: undefined })
        }),
      noting(asked)
    )
  })

  it.effect("is nothing but the key that opens the machine where the cloud itself puts that there", () => {
    const asked: Array<CreateRequest> = []
    return on(
      { capabilities: { userData: "none" } },
      () =>
        Effect.gen(function* () {
          const record = yield* (yield* Rents).rent(request())
          assert.isTrue(record.opensByKey)
          assert.deepInclude(asked[0], { bootstrap: { format: "none", content: "" } })
          assert.match(asked[0]?.authorizedKey ?? "", /^ssh-ed25519 AAAA[A-Za-z0-9+/=]+ runctl$/)
          // Nothing is armed there yet: whoever comes next has to meet it.
          assert.isTrue(isUnmet(record))
          assert.isTrue(FirstContact.isOutstanding(record))
          const met = ResourceProjection.evolve(record, event("InstanceBootstrapped", {}), 7)
          assert.isFalse(met === undefined || isUnmet(met))
        }),
      (provider) => noting(asked)({ ...provider, opensByKey: true })
    )
  })

  it.effect("is the same whenever an intent is resolved, also once its deadline was moved", () => {
    const asked: Array<CreateRequest> = []
    return on(
      {},
      (cloud) =>
        Effect.gen(function* () {
          yield* cloud.loseAnswer("createResource")
          const rents = yield* Rents
          const record = yield* rents.rent(request())
          const moved = { ...record, deadlineAt: record.deadlineAt + 3_600_000 }
          yield* Effect.sleep("1 hour")
          const { provider } = FakeProvider.make()
          const again = yield* requestOf({ ...provider, endActionScript: () => "poweroff" }, moved, yield* HostKeys)
          assert.deepStrictEqual(again.bootstrap, asked[0]?.bootstrap)
          assert.strictEqual(again.authorizedKey, asked[0]?.authorizedKey)
        }),
      noting(asked)
    )
  })

  it.effect("that does not fit is refused before anything is asked for, and the money is free again", () =>
    on({ capabilities: { userData: userData(["cloud-config"], 1000) } }, (cloud) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip((yield* Rents).rent(request()))
        assert.match(error.message, /bytes of user data, and the provider carries 1000/)
        assert.lengthOf(yield* living(cloud), 0)
        assert.notInclude(yield* cloud.calls, "createResource")
        assert.deepStrictEqual((yield* reservedIn("run/test")).reserved, [])
        const [record] = yield* (yield* Records).resources
        assert.deepStrictEqual(yield* typesOf(record?.mark.key ?? ""), ["InstanceRequested", "InstanceFailed"])
      })
    )
  )
})

describe("the host key of a machine", () => {
  const keyNow = (
    wanted: ReadonlyArray<Parameters<Records["Service"]["append"]>[1][number]>,
    options: FakeProvider.FakeOptions = {}
  ) =>
    on(options, (_, provider) =>
      Effect.gen(function* () {
        const records = yield* Records
        const hostKeys = yield* HostKeys
        const { mark, resource } = yield* (yield* Rents).rent(request())
        if (resource === undefined) return yield* Effect.die("it has no id")
        if (wanted.length > 0) yield* records.append(streams.resource(mark.key), wanted)
        const { endpoint, firstKey } = yield* WayTo.make(provider, records, hostKeys)(resource)
        const { publicKey } = yield* hostKeys.bootstrapKey(mark.key)
        return { endpoint, isFirst: firstKey === publicKey, firstKey, publicKey }
      })
    )
  const own = "ssh-ed25519 AAAAOwn"
  const offered = event("InstanceHostKeyOffered", { hostKey: own })

  it.effect("is at first the one that it was told to show", () =>
    Effect.gen(function* () {
      const { endpoint, isFirst, publicKey } = yield* keyNow([])
      assert.isTrue(isFirst)
      assert.deepInclude(endpoint, { hostKey: publicKey })
      assert.notProperty(endpoint, "nextHostKey")
    })
  )

  it.effect("may be either one while it is replaced, and is then its own alone", () =>
    Effect.gen(function* () {
      const during = yield* keyNow([offered])
      assert.deepInclude(during.endpoint, { hostKey: during.publicKey, nextHostKey: own })
      const since = yield* keyNow([offered, event("InstanceBootstrapped", { hostKey: own })])
      assert.deepInclude(since.endpoint, { hostKey: own })
      assert.notProperty(since.endpoint, "nextHostKey")
      assert.isUndefined(since.firstKey)
    })
  )

  it.effect("stays the first one where it could not be replaced", () =>
    Effect.gen(function* () {
      const { endpoint, publicKey } = yield* keyNow([event("InstanceBootstrapped", {})])
      assert.deepInclude(endpoint, { hostKey: publicKey })
    })
  )

  it.effect("is the provider's own word where it has one, and the first that is met where nobody has one", () =>
    Effect.gen(function* () {
      const told = yield* keyNow([], { endpoint: () => ({ _tag: "Ssh", host: "h", hostKey: "ssh-ed25519 AAAATold" }) })
      assert.deepInclude(told.endpoint, { hostKey: "ssh-ed25519 AAAATold" })
      assert.isUndefined(told.firstKey)
      const nobody = yield* keyNow([], { capabilities: { userData: "none" } })
      assert.notProperty(nobody.endpoint, "hostKey")
      const users = yield* keyNow([], { endpoint: () => ({ _tag: "Ssh", host: "h", login: "user" }) })
      assert.notProperty(users.endpoint, "hostKey")
    })
  )
})

describe("a machine's record", () => {
  const after = (...events: ReadonlyArray<Parameters<typeof ResourceProjection.evolve>[1]>) =>
    on({}, () =>
      Effect.map(
        Effect.flatMap(Rents, ({ rent }) => rent(request())),
        (record) =>
          events.reduce<ResourceRecord | undefined>((state, each) => ResourceProjection.evolve(state, each, 7), record)
      )
    )
  const pinned = event("InstanceBootstrapped", { hostKey: "ssh-ed25519 AAAAOne" })

  it.effect("keeps the key that was pinned, whatever is offered or met later", () =>
    Effect.gen(function* () {
      const record = yield* after(
        event("InstanceHostKeyOffered", { hostKey: "ssh-ed25519 AAAAOne" }),
        pinned,
        event("InstanceHostKeyOffered", { hostKey: "ssh-ed25519 AAAATwo" }),
        event("InstanceBootstrapped", {}),
        event("InstanceBootstrapped", { hostKey: "ssh-ed25519 AAAATwo" })
      )
      assert.deepInclude(record, { hostKey: "ssh-ed25519 AAAAOne", bootstrappedAt: 7 })
      assert.notProperty(record, "pendingHostKey")
    })
  )

  it.effect("of one that is no good says so, and that it is still to be ended", () =>
    Effect.gen(function* () {
      const problem = { code: "RUNCTL_E_BAD_MACHINE", message: "no GPU" }
      const failed = event("InstanceFailed", { problem })
      assert.deepInclude(yield* after(failed), { phase: "Ending", endingBy: "provider", problem })
      const gone = event("InstanceDestroyed", { endedBy: "us", chargedNanoUsd: zero })
      assert.deepInclude(yield* after(gone, failed), { phase: "Gone", endingBy: "us" })
    })
  )
})
