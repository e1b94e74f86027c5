/** What happens to the provider rather than in it: lost answers, no stock, a hurry, other people's servers. */
import * as Ownership from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { resourceId } from "@runctl/core/Resource"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import type * as Emulator from "@runctl/testkit/Emulator"
import * as Effect from "effect/Effect"
import { assert, it } from "vitest"
import { type Cloud, serve } from "../emulator/Cloud.ts"
import { hosted } from "./hosted.ts"

/** Runs a test against a cloud of its own, whose time stands still. */
const against = async (
  test: (provider: AnyTrainingProvider, cloud: Emulator.Emulated<Cloud>) => Effect.Effect<void, unknown>
): Promise<void> => {
  await using cloud = await serve({ timeScale: 0 })
  const provided = Effect.provide(
    Effect.flatMap(TrainingProvider, (provider) => test(provider, cloud)),
    hosted(cloud, () => import("../src/plugin.ts"))
  )
  await Effect.runPromise(provided)
  assert.deepStrictEqual([...cloud.violations], [])
}

const mark: Ownership.Mark = {
  owner: Ownership.OwnerId.make("ourselve"),
  key: Ownership.ResourceKey.make("k".repeat(20)),
  deadlineEpochSeconds: 1_900_000_000
}

const requestFor = (provider: AnyTrainingProvider): Effect.Effect<CreateRequest, ProviderError> =>
  Effect.gen(function* () {
    const [offer] = yield* provider.offers({ instanceType: "c2" })
    if (offer === undefined) return assert.fail("nothing is offered")
    const bootstrap = { format: "none", content: "" } as const
    const nothing = { label: undefined, diskGiB: undefined, image: undefined, authorizedKey: undefined }
    return { ...nothing, mark, offer, market: "on-demand", bootstrap, priceLimit: undefined }
  })

const reasonOf = <A>(call: Effect.Effect<A, ProviderError>) => Effect.map(Effect.flip(call), ({ reason }) => reason)

it("a create whose answer was lost is not said to have failed, and is found again", () =>
  against((provider, cloud) =>
    Effect.gen(function* () {
      const request = yield* requestFor(provider)
      cloud.faults.loseReply({ method: "POST" })
      assert.strictEqual((yield* reasonOf(provider.createResource(request)))._tag, "OutcomeUnknown")
      const again = yield* provider.createResource(request)
      assert.deepStrictEqual(
        cloud.machines().map(({ name }) => name),
        [Ownership.toName(mark)]
      )
      assert.deepStrictEqual(
        (yield* provider.listResources).map(({ id }) => id),
        [again.id]
      )
    })
  ))

it("no stock is no mistake of ours, and a hurry is said to be one", () =>
  against((provider, cloud) =>
    Effect.gen(function* () {
      const request = yield* requestFor(provider)
      cloud.faults.noCapacity()
      assert.strictEqual((yield* reasonOf(provider.createResource(request)))._tag, "OutOfCapacity")
      cloud.faults.rateLimit({ method: "GET" }, 3)
      const hurry = yield* reasonOf(provider.listResources)
      assert.strictEqual(hurry._tag, "RateLimited")
    })
  ))

it("a page that a proxy made is not taken for the end of a machine", () =>
  against((provider, cloud) =>
    Effect.gen(function* () {
      const { id } = yield* provider.createResource(yield* requestFor(provider))
      cloud.faults.html({ method: "GET" }, 404)
      assert.strictEqual((yield* reasonOf(provider.getResource(id)))._tag, "MalformedResponse")
    })
  ))

it("a list has all of its pages, and none when one is missing", () =>
  against((provider, cloud) =>
    Effect.gen(function* () {
      const nameOf = (number: number) =>
        Ownership.toName({ ...mark, key: Ownership.ResourceKey.make(String(number).padStart(20, "0")) })
      for (let number = 0; number < 45; number++) cloud.plant({ name: nameOf(number) })
      assert.lengthOf(yield* provider.listResources, 45)
      cloud.faults.serverError({ method: "GET", nth: 3 }, 503)
      assert.strictEqual((yield* reasonOf(provider.listResources))._tag, "Unavailable")
    })
  ))

it("a server that somebody else has made is neither shown nor ended", () =>
  against((provider, cloud) =>
    Effect.gen(function* () {
      const stranger = cloud.plant({ name: "the-database" })
      const id = resourceId("fernhill", "north", String(stranger.id))
      assert.deepStrictEqual(yield* provider.listResources, [])
      assert.strictEqual((yield* reasonOf(provider.terminate(id)))._tag, "Rejected")
      assert.isFalse(cloud.machines()[0]?.touched)
    })
  ))
