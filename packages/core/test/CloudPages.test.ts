import { assert, describe, it } from "@effect/vitest"
import * as CloudPages from "@runctl/core/CloudPages"
import * as Effect from "effect/Effect"

describe("a list in pages", () => {
  it.effect("is read to its end, also over pages that are empty", () =>
    Effect.gen(function* () {
      const pages: Readonly<Record<string, CloudPages.Page<number>>> = {
        "": { rows: [1, 2], next: "b" },
        b: { rows: [], next: "c" },
        c: { rows: [3], next: undefined }
      }
      const read = (cursor = "") => Effect.succeed(pages[cursor] ?? assert.fail(cursor))
      assert.deepStrictEqual(yield* CloudPages.byCursor({ what: "machines", read }), [1, 2, 3])
    })
  )

  it.effect("that leads in circles, never ends or breaks off is no list", () =>
    Effect.gen(function* () {
      const circle = CloudPages.byCursor({ what: "machines", read: () => Effect.succeed({ rows: [1], next: "a" }) })
      const circled = yield* Effect.flip(circle)
      assert.match(circled.message, /a page of machines leads back/)
      let count = 0
      const read = () => Effect.sync(() => ({ rows: [1], next: String(++count) }))
      const endless = yield* Effect.flip(CloudPages.byCursor({ what: "machines", read, mostPages: 5 }))
      assert.match(endless.message, /more than 5 pages/)
      const broken = CloudPages.byCursor({
        what: "machines",
        read: (cursor) =>
          cursor === undefined
            ? Effect.succeed({ rows: [1], next: "a" })
            : Effect.fail({ _tag: "Lost", message: "gone" } as const)
      })
      assert.strictEqual((yield* Effect.flip(broken))._tag, "Lost")
    })
  )
})
