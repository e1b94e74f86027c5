import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { newMark, offerOf, publicKey, reasonOf, requestFor, stranger, using } from "./rented.ts"

describe("what is beside machines", () => {
  it.live("is all of runctl's, whoever's, in every region, and nobody else's", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const theirs = requestFor({ mark: newMark(stranger), offer: offerOf("t3.micro", "eu-central-1") })
          yield* provider.createResource({ ...theirs, authorizedKey: publicKey })
          yield* provider.createResource(requestFor())
          const all = yield* provider.companions.list
          assert.deepStrictEqual([...new Set(all.map(({ owner }) => String(owner)))].toSorted(), [
            "ourselve",
            "stranger"
          ])
          const ofMachines = all.filter(({ key }) => key !== undefined)
          assert.deepStrictEqual(ofMachines.map(({ kind }) => kind).toSorted(), [
            "network-interface",
            "network-interface",
            "volume",
            "volume"
          ])
          // The default VPC, its subnets, its gateway and its table are not ours.
          assert.isFalse(all.some(({ kind }) => ["vpc", "subnet", "internet-gateway", "route-table"].includes(kind)))
          for (const id of ["us-east-1/vpc/vpc-00000000000000001", "x", "us-east-1/vpc/x", "us-east-1/none/y-1"]) {
            yield* provider.companions.remove(id)
          }
          assert.isTrue(cloud.core.world.vpcs.has("vpc-00000000000000001"))
        }),
      { cloud: { pageSize: 3, hasEmptyPages: true } }
    )
  )

  it.live("that a machine still stands on stays, and says so", () =>
    using((provider) =>
      Effect.gen(function* () {
        yield* provider.createResource(requestFor())
        const group = (yield* provider.companions.list).find(({ kind }) => kind === "security-group")
        const reason = yield* reasonOf(provider.companions.remove(group?.id ?? ""))
        assert.strictEqual(reason._tag, "Conflict")
        assert.match(reason.message, /still stands on it: .*dependent object/)
      })
    )
  )

  it.live("is a spot request for as long as it is open, and no longer", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id, key } = yield* provider.createResource(requestFor({ market: "spot" }))
        const requests = Effect.map(provider.companions.list, (all) =>
          all.filter(({ kind }) => kind === "spot-instances-request")
        )
        const [open] = yield* requests
        assert.strictEqual(open?.key, key)
        yield* provider.companions.remove(open?.id ?? "")
        assert.deepStrictEqual(yield* requests, [])
        assert.strictEqual(cloud.billing().length, 1)
        yield* provider.terminate(id)
        assert.deepStrictEqual([...cloud.billing()], [])
      })
    )
  )
})
