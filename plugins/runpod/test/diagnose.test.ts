import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { using } from "./rented.ts"

describe("a diagnosis", () => {
  it.effect("changes nothing, and says what is well and what is not", () =>
    using(
      (provider, cloud) =>
        Effect.gen(function* () {
          const looked = provider.diagnose ?? Effect.succeed([])
          const first = yield* looked
          assert.deepStrictEqual(
            first.map(({ name, status }) => [name, status]),
            [
              ["key", "ok"],
              ["network volume", "fail"],
              ["clock", "ok"]
            ]
          )
          cloud.faults.forbidden({ path: /^\/v2\/pods$/ })
          const [key] = yield* looked
          assert.deepInclude(key, {
            status: "fail",
            advice: "Give the key read and write access to pods in RunPod's console."
          })
          assert.isTrue(cloud.requests.every(({ method }) => method === "GET"))
        }),
      { settings: { "network-volume": "none" } }
    )
  )
})
