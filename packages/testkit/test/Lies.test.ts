import { assert, describe, it } from "@effect/vitest"
import * as ProviderLaws from "@runctl/testkit/ProviderLaws"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import { brokenLaws } from "./court.ts"
import { jobLies } from "./jobLies.ts"
import { endLies } from "./endLies.ts"
import { markLies } from "./markLies.ts"
import { offerLies } from "./offerLies.ts"

const lies = [...offerLies, ...markLies, ...endLies, ...jobLies]

it.effect("an honest provider keeps every law, in whatever way it is a cloud", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* brokenLaws({}, (honest) => honest), [])
    const slow = { visibleAfter: "3 seconds", bootsFor: "2 seconds", endsFor: "4 seconds" } as const
    assert.deepStrictEqual(yield* brokenLaws(slow, (honest) => honest), [])
    const plain = { spot: "none", stop: "none", idempotency: "none", endAction: "stopsJobOnly" } as const
    assert.deepStrictEqual(yield* brokenLaws({ capabilities: plain }, (honest) => honest), [])
    const dear = { stop: "everything", idempotency: "tag" } as const
    assert.deepStrictEqual(yield* brokenLaws({ capabilities: dear }, (honest) => honest), [])
  })
)

describe("a provider breaks one law, and no other, when it", () => {
  for (const { breaks, lie, of, options } of lies) {
    it.effect(lie, () =>
      Effect.gen(function* () {
        const broken = yield* brokenLaws(options ?? {}, of)
        assert.deepStrictEqual(
          broken.map(({ law }) => law),
          [breaks],
          JSON.stringify(broken)
        )
      })
    )
  }
})

it("every law that needs no shell is broken by some lie", () => {
  const shown = new Set(lies.map(({ breaks }) => breaks))
  const unshown = ProviderLaws.laws.filter(
    ({ name, needs }) => !shown.has(name) && !needs?.what.includes("have a shell")
  )
  assert.deepStrictEqual(
    unshown.map(({ name }) => name),
    ["who runs jobs without a shell brings the whole using half"]
  )
})

it.effect("a provider without a shell that lacks a part of the using half is told which", () =>
  Effect.gen(function* () {
    const broken = yield* brokenLaws({}, (honest) => ({
      ...honest,
      using: Struct.omit(honest.using, ["extend"])
    }))
    const why = broken.find(({ law }) => law === "who runs jobs without a shell brings the whole using half")?.why
    assert.strictEqual(why, "it does not bring extend")
  })
)
