import { assert, describe, it } from "@effect/vitest"
import { OwnerId, ResourceKey, toName } from "@runctl/core/Ownership"
import { type Resource, resourceId } from "@runctl/core/Resource"
import { Running } from "@runctl/core/ResourceState"
import { Endings } from "@runctl/runtime/Endings"
import { Rents } from "@runctl/runtime/Rents"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { on, request } from "./fakeRents.ts"

const strangerLike = (
  id: string,
  { mark, resource }: ResourceRecord,
  at: number,
  change: Partial<Resource> = {}
): Resource => ({
  name: toName(mark),
  tags: {},
  state: Running,
  costPerHour: resource?.costPerHour ?? fail(),
  owner: mark.owner,
  key: mark.key,
  launchTime: DateTime.makeUnsafe(at),
  deadline: DateTime.makeUnsafe(mark.deadlineEpochSeconds * 1000),
  ...change,
  id: resourceId("fake", "fake-1", id)
})

const fail = (): never => {
  throw new Error("it has no price")
}

describe("the sweeper", () => {
  it.effect("never touches another owner's machine, a copy with our tags, or a key that it does not know", () => {
    const planted: Array<Resource> = []
    const touched: Array<string> = []
    return on(
      {},
      () =>
        Effect.gen(function* () {
          const held = yield* (yield* Rents).rent(request())
          const gone = yield* (yield* Rents).rent(request())
          yield* (yield* Endings).end(gone.mark.key, "us")
          yield* Effect.sleep("10 minutes")
          const now = yield* Clock.currentTimeMillis
          planted.push(
            strangerLike("stranger", held, now, { owner: OwnerId.make("stranger") }),
            strangerLike("copy-of-held", held, now),
            strangerLike("copy-of-gone", gone, now),
            strangerLike("renamed-copy", gone, now - 9 * 60_000, { name: "experiment" }),
            strangerLike("elsewhere", held, now, { key: ResourceKey.make("z".repeat(20)) }),
            strangerLike("expired", held, 0, {
              key: ResourceKey.make("y".repeat(20)),
              deadline: DateTime.makeUnsafe(1000)
            })
          )
          yield* Effect.sleep("4 hours")
          for (let look = 0; look < 5; look++) {
            yield* (yield* Sweeper).sweep({ by: "command" })
            yield* Effect.sleep("5 minutes")
          }
          assert.deepStrictEqual(touched, [])
          const { findings } = yield* (yield* Sweeper).survey(["fake"])
          const tags = new Map(findings.map(({ _tag, resource }) => [resource.id.split("/").at(-1), _tag]))
          assert.deepInclude(Object.fromEntries(tags), {
            stranger: "Strange",
            "copy-of-held": "Unproven",
            "copy-of-gone": "Unproven",
            "renamed-copy": "Unproven",
            elsewhere: "Expired",
            expired: "Expired"
          })
        }),
      (provider) => ({
        ...provider,
        listResources: Effect.map(provider.listResources, (all) => [...all, ...planted]),
        terminate: (id) => {
          if (planted.some((each) => each.id === id)) touched.push(id)
          return provider.terminate(id)
        }
      })
    )
  })
})
