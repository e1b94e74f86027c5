import { assert, describe, it } from "@effect/vitest"
import { GiB } from "@runctl/core/Offer"
import * as Answers from "@runctl/plugin-vastai/Answers"
import { errorOf, repeatable } from "@runctl/plugin-vastai/Failures"
import { pricesOf, stateOf } from "@runctl/plugin-vastai/Instances"
import { offersOf } from "@runctl/plugin-vastai/Market"
import { directWay, proxyWay } from "@runctl/plugin-vastai/Ways"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const folder = join(openApi, "../samples/vastai")
const why =
  openApi === ""
    ? " (left out: RUNCTL_OPENAPI_DIR does not say where the official description is)"
    : existsSync(folder)
      ? ""
      : ` (left out: there is no ${folder})`

const textOf = (name: string): string => readFileSync(join(folder, `${name}.json`), "utf8")
const sample = (name: string): unknown => JSON.parse(textOf(name))

const meaningOf = (name: string): string => {
  const status = Number(/\.(\d{3})/.exec(name)?.[1])
  const text = textOf(name)
  const said = errorOf({ call: { method: "GET", path: "/" }, status, text, body: JSON.parse(text) })
  if (said === undefined) return "none"
  return repeatable({ _tag: "Refused", status, retryAfter: undefined, setting: "VAST_API_KEY", ...said })._tag
}

const filters = { verified: true, datacenter: false, minReliability: 0.9, minDownloadMbps: 0 }

describe.skipIf(why !== "")(`Vast.ai's own samples${why}`, () => {
  it.effect("of a search become an offer, each number in its unit", () =>
    Effect.gen(function* () {
      const asks = yield* Answers.asks(sample("bundles.200.recorded_2024"))
      const reading = {
        source: "a sample",
        asOf: DateTime.makeUnsafe(0),
        diskGiB: GiB.make(5),
        market: "on-demand"
      } as const
      const [offer, ...others] = offersOf(asks, filters, reading)
      assert.strictEqual(others.length, 0)
      const facts: object = offer ?? {}
      assert.deepInclude(facts, {
        instanceType: "m22990-1x-rtx-4090",
        region: "CN",
        gpu: "RTX 4090",
        gpuMemoryGiB: 24,
        vcpus: 24,
        egressUsdPerGiB: 0
      })
      assert.closeTo(offer?.onDemandUsdPerHour ?? 0, 0.246_667, 1e-6)
      assert.strictEqual(offer?.spotUsdPerHour, 0.2)
      // Of 63 GiB on 96 cores a quarter.
      assert.closeTo(offer?.memoryGiB ?? 0, 15.7, 0.05)
      // What it says the disk of 5 GB costs an hour.
      assert.closeTo((offer?.diskUsdPerGiBHour ?? 0) * 5, 9.259_259e-6, 1e-10)
    })
  )

  it.effect("of instances are read whole", () =>
    Effect.gen(function* () {
      const row = yield* Answers.one(sample("v0_instance.200.composed"))
      if (row === undefined) return assert.fail("there is none")
      assert.strictEqual(stateOf(row, { now: Date.now() })._tag, "Running")
      assert.deepStrictEqual(directWay(row), { host: "63.135.50.11", port: 20_000 })
      assert.deepStrictEqual(proxyWay(row), { host: "ssh2281.vast.ai", port: 10_882 })
      const { compute, disk } = pricesOf(row)
      assert.deepStrictEqual([compute, disk], [1, 0.002_074_074_074_074_074])
      assert.isUndefined(yield* Answers.one(sample("v0_instance.200.gone")))

      const { instances, next } = yield* Answers.page(sample("v1_instances.200.composed"))
      assert.strictEqual(instances[0]?.id, 312)
      assert.strictEqual(instances[0]?.actual_status, "running")
      assert.isString(next)
    })
  )

  it.effect("of a create give the id of the instance, with or without a key of its own", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Answers.created(sample("create.200"))).new_contract, 1_234_568)
      assert.strictEqual(Answers.leftBy(sample("create.200")), 1_234_568)
      assert.isUndefined(Answers.leftBy(sample("create.404")))
    })
  )

  it("of refusals mean what they say", () => {
    assert.deepStrictEqual(
      Object.fromEntries(
        [
          "bid.404",
          "bundles.404.bad_key",
          "create.400",
          "create.403",
          "create.404",
          "create.429",
          "destroy.400",
          "destroy.404",
          "error.401.auth",
          "error.410.deprecated_endpoint"
        ].map((name) => [name, meaningOf(name)])
      ),
      {
        "bid.404": "NotFound",
        "bundles.404.bad_key": "Unauthorized",
        "create.400": "Rejected",
        "create.403": "OutOfCapacity",
        "create.404": "OutOfCapacity",
        "create.429": "RateLimited",
        "destroy.400": "Rejected",
        "destroy.404": "NotFound",
        "error.401.auth": "Unauthorized",
        "error.410.deprecated_endpoint": "MalformedResponse"
      }
    )
  })
})
