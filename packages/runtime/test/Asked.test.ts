import { assert, it } from "@effect/vitest"
import type { ProviderEntry } from "@runctl/core/ProviderRegistry"
import * as Asked from "@runctl/runtime/Asked"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { Records } from "@runctl/runtime/Records"
import { Resources } from "@runctl/runtime/Resources"
import { Rents } from "@runctl/runtime/Rents"
import { findOffers } from "@runctl/runtime/Placement"
import { Providers } from "@runctl/runtime/Providers"
import * as FakeProvider from "@runctl/testkit/FakeProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { on, request } from "./fakeRents.ts"
import { rentOf } from "./fakeWorld.ts"

const names = ["a", "b", "c", "d"] as const

const Known = Schema.Array(
  Schema.Struct({ name: Schema.Literals(names), usable: Schema.Boolean, hasCredentials: Schema.Boolean })
)
const Machines = Schema.Array(
  Schema.Struct({ provider: Schema.Literals(names), phase: Schema.Literals(["Held", "Ending", "Gone", "Failed"]) })
)

const entryOf = ({ hasCredentials, name, usable }: (typeof Known.Type)[number]): ProviderEntry => ({
  origin: "a test",
  manifest: {
    api: 1,
    kind: "provider",
    provider: "./none.js",
    name,
    title: name,
    capabilities: FakeProvider.make({}).provider.capabilities,
    credentials: { environment: [], files: [] }
  },
  disabled: usable ? undefined : "not trusted",
  hasCredentials
})

/** Any record; what matters of it is planted. */
const someRecord = on({}, () =>
  Effect.gen(function* () {
    yield* (yield* Rents).rent(request())
    const [record] = yield* (yield* Records).resources
    return record ?? (yield* Effect.die(new Error("no record")))
  })
)

it.effect.prop(
  "asked are those that can be used and have credentials, and whoever may have a machine of ours; each once",
  [Known, Machines],
  ([known, machines]) =>
    Effect.gen(function* () {
      const record = yield* someRecord
      const distinct = [...new Map(known.map((each) => [each.name, each])).values()]
      const records = machines.map((each): ResourceRecord => ({ ...record, ...each }))
      const asked = Asked.namesOf(distinct.map(entryOf), records, 0)
      const expected = names.filter(
        (name) =>
          distinct.some((each) => each.name === name && each.usable && each.hasCredentials) ||
          machines.some(({ phase, provider }) => provider === name && (phase === "Held" || phase === "Ending"))
      )
      assert.deepStrictEqual(asked, expected)
    }),
  { arbitrary: { runs: 30 } }
)

it.effect("offers of any provider are asked of those with credentials, those of a named one of that one", () => {
  const { provider } = FakeProvider.make({ name: "a" })
  const got: Array<string> = []
  const layer = Layer.mock(Providers, {
    list: Effect.succeed([
      entryOf({ name: "a", usable: true, hasCredentials: true }),
      entryOf({ name: "b", usable: true, hasCredentials: false })
    ]),
    get: (name) =>
      Effect.sync(() => {
        got.push(name)
        return {
          provider,
          using: Object.create(null),
          locate: Object.create(null),
          wayTo: Object.create(null),
          open: Object.create(null)
        }
      })
  })
  return Effect.gen(function* () {
    yield* findOffers(rentOf("any"))
    assert.deepStrictEqual(got, ["a"])
    yield* findOffers(rentOf("b"))
    assert.deepStrictEqual(got, ["a", "b"])
  }).pipe(Effect.provide(layer))
})

it.effect("a list asks whoever has a machine of ours, and shows what it says", () =>
  on({}, () =>
    Effect.gen(function* () {
      const resources = yield* Resources
      yield* resources.create(request())
      const { failures, resources: found } = yield* resources.list({ offline: false })
      assert.deepStrictEqual(failures, [])
      assert.deepStrictEqual(
        found.map(({ live, standing }) => ({ live, standing })),
        [{ live: true, standing: "ours" }]
      )
    })
  )
)
