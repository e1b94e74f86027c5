import { assert, describe, it } from "@effect/vitest"
import { toName } from "@runctl/core/Ownership"
import type { Resource } from "@runctl/core/Resource"
import type { CreateRequest } from "@runctl/core/TrainingProvider"
import { idOf } from "@runctl/plugin-lyceum/Vms"
import { event } from "@runctl/runtime/Event"
import { findOurs } from "@runctl/runtime/Proof"
import { evolve } from "@runctl/runtime/ResourceProjection"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { find, standingOf } from "@runctl/runtime/Sweep"
import * as Effect from "effect/Effect"
import { asked, creates, reasonOf, requestFor, us, using } from "./rented.ts"

/** What the runtime has written down before a request, and after its answer where there was one. */
const recordOf = ({ mark, market, offer }: CreateRequest, at: number, resource?: Resource): ResourceRecord => {
  const intent = event("InstanceRequested", { provider: "lyceum", mark, offer, market, scopes: [] })
  const intended = evolve(undefined, intent, at)
  const known = resource === undefined ? intended : evolve(intended, event("InstanceProvisioned", { resource }), at)
  return known ?? assert.fail("there is no record")
}

/** What each listed machine is to a record, by id. */
const standings = (record: ResourceRecord, listed: ReadonlyArray<Resource>, now: number) =>
  new Map(
    find(us, new Map([[record.mark.key, record]]), listed, now).map((finding) => [
      finding.resource.id,
      standingOf(finding)
    ])
  )

describe("the name, which alone tells a machine to be ours", () => {
  it.effect("finds one whose answer was lost, as soon as the cloud shows it; nothing is asked for again", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const request = requestFor()
          const record = recordOf(request, cloud.clock.now())
          cloud.faults.loseReply(creates)
          assert.strictEqual((yield* reasonOf(provider.createResource(request)))._tag, "OutcomeUnknown")
          assert.isUndefined(findOurs(record, yield* provider.listResources))
          cloud.clock.advance(41)
          const found = findOurs(record, yield* provider.listResources)
          const [made] = cloud.machines()
          assert.strictEqual(found?.id.split("/")[2], made?.id)
          assert.lengthOf(asked(cloud, creates.method, creates.path), 1)
        }),
      { cloud: { visibleSeconds: 40 } }
    )
  )

  it.effect("finds the second machine of a request that arrived twice, and that it is one too many", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        cloud.faults.applyTwice(creates)
        const at = cloud.clock.now()
        const machine = yield* provider.createResource(request)
        const listed = yield* provider.listResources
        assert.lengthOf(listed, 2)
        const is = standings(recordOf(request, at, machine), listed, cloud.clock.now())
        assert.strictEqual(is.get(machine.id), "ours")
        assert.sameMembers([...is.values()], ["ours", "surplus"])
      })
    )
  )

  it.effect("proves nothing of a stranger's machine that took it later, or had it before", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        const name = toName(request.mark)
        cloud.plant({ name, ageSeconds: 3600 })
        const at = cloud.clock.now()
        // Whether the answer came or not.
        const before = yield* provider.listResources
        assert.isUndefined(findOurs(recordOf(request, at), before))
        const machine = yield* provider.createResource(request)
        cloud.clock.advance(60)
        const later = cloud.plant({ name })
        const is = standings(recordOf(request, at, machine), yield* provider.listResources, cloud.clock.now())
        assert.sameMembers([...is.values()], ["ours", "unproven", "unproven"])
        assert.strictEqual(is.get(machine.id), "ours")
        assert.strictEqual(is.get(idOf(String(later.id))), "unproven")
      })
    )
  )

  it.effect("is that of the dead, too, who are not taken for anybody (C4)", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const request = requestFor()
        const at = cloud.clock.now()
        const dead = yield* provider.createResource(request)
        yield* provider.terminate(dead.id)
        assert.isUndefined(findOurs(recordOf(request, at), yield* provider.listResources))
        const alive = yield* provider.createResource(request)
        assert.strictEqual(findOurs(recordOf(request, at), yield* provider.listResources)?.id, alive.id)
      })
    )
  )
})
