import { assert, describe, it } from "@effect/vitest"
import * as Answers from "@runctl/plugin-aws/Answers"
import { meaningOf } from "@runctl/plugin-aws/Failures"
import { stateOf } from "@runctl/plugin-aws/Instances"
import { isPublic } from "@runctl/plugin-aws/Network"
import { pricesIn } from "@runctl/plugin-aws/Prices"
import { shapeOf } from "@runctl/plugin-aws/Shapes"
import * as Effect from "effect/Effect"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const folder = join(openApi, "../samples/aws")
const why =
  openApi === ""
    ? " (left out: RUNCTL_OPENAPI_DIR does not say where samples are)"
    : existsSync(folder)
      ? ""
      : ` (left out: there is no ${folder})`

const sample = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))
const rows = (name: string, field: string): ReadonlyArray<unknown> => {
  const found = sample(name)[field]
  return Array.isArray(found) ? found : assert.fail(`${name} has no ${field}`)
}

/** Whatever lies under a name in a sample, however deep. */
const under = (value: unknown, field: string): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  const own: unknown = Reflect.get(value, field)
  return [...(Array.isArray(own) ? own : []), ...Object.values(value).flatMap((each) => under(each, field))]
}

describe.skipIf(why !== "")(`samples of AWS's answers${why}`, () => {
  it.effect("of types become shapes, each with the GPUs that its machine sees", () =>
    Effect.gen(function* () {
      const all = rows("describe-instance-types-gpu", "InstanceTypes")
      const types = yield* Answers.readable(Answers.InstanceType, "a type", all)
      assert.strictEqual(types.length, all.length)
      const shapes = new Map(types.map(shapeOf).map((shape) => [shape.type, shape]))
      const gpus = (type: string) => {
        const { gpu, gpuCount, gpuMemoryGiB } = shapes.get(type) ?? assert.fail(type)
        return [gpu, gpuCount, gpuMemoryGiB]
      }
      assert.deepStrictEqual(gpus("p4d.24xlarge"), ["A100", 8, 40])
      assert.deepStrictEqual(gpus("p4de.24xlarge"), ["A100", 8, 80])
      assert.deepStrictEqual(gpus("g5.12xlarge"), ["A10G", 4, 24])
      assert.deepStrictEqual(gpus("g6f.large"), ["L4 1/8", 1, 2.7])
      assert.deepStrictEqual(gpus("g7e.2xlarge"), ["RTX PRO Server 6000", 1, 96])
      assert.strictEqual(shapes.get("g4ad.xlarge")?.gpuMaker, "AMD")
      assert.deepStrictEqual(shapes.get("g5g.xlarge")?.architectures, ["arm64"])
    })
  )

  it.effect("of the price list have a price for each type that is rented by the hour", () =>
    Effect.gen(function* () {
      const list = rows("pricing-get-products-assembled", "PriceList")
      const prices = yield* pricesIn(list, "instanceType", "Hrs")
      assert.strictEqual(prices["p4d.24xlarge"], 21.957_642)
      assert.isTrue(Object.values(prices).every((usd) => usd > 0))
    })
  )

  it.effect("of instances are read whole", () =>
    Effect.gen(function* () {
      const reservations = ["moto-describe-instances", "official-DescribeInstances"].flatMap((name) =>
        under(sample(name), "Reservations")
      )
      const instances = yield* Answers.instancesIn(reservations)
      assert.isNotEmpty(instances)
      for (const instance of instances) {
        if (instance.State !== undefined) assert.notStrictEqual(stateOf(instance)._tag, "Unknown")
      }
    })
  )

  it.effect("of networks, groups, keys and requests are read", () =>
    Effect.gen(function* () {
      for (const [name, field, schema] of [
        ["official-DescribeVpcs", "Vpcs", Answers.Vpc],
        ["official-DescribeSubnets", "Subnets", Answers.Subnet],
        ["official-DescribeRouteTables", "RouteTables", Answers.RouteTable],
        ["moto-describe-security-groups", "SecurityGroups", Answers.SecurityGroup],
        ["official-DescribeKeyPairs", "KeyPairs", Answers.KeyPair],
        ["official-DescribeSpotInstanceRequests", "SpotInstanceRequests", Answers.SpotRequest],
        ["official-DescribeImages", "Images", Answers.Image],
        ["official-DescribeTags", "Tags", Answers.TagRow],
        ["moto-describe-spot-price-history", "SpotPriceHistory", Answers.SpotPrice],
        ["moto-describe-instance-type-offerings", "InstanceTypeOfferings", Answers.Offering]
      ] as const) {
        const all = under(sample(name), field)
        assert.isNotEmpty(all, name)
        const read = yield* Effect.forEach(all, (row) => Effect.result(Answers.read<unknown>(schema, name)(row)))
        assert.isTrue(
          read.every(({ _tag }) => _tag === "Success"),
          name
        )
      }
      assert.isFalse(isPublic("subnet-0", []))
    })
  )

  it("of refusals mean what they say", () => {
    const errors = rows("error-bodies", "errors")
    const meanings: Readonly<Record<string, string>> = {
      "InvalidInstanceID.NotFound": "NotFound",
      InsufficientInstanceCapacity: "OutOfCapacity",
      MaxSpotInstanceCountExceeded: "QuotaExceeded",
      VcpuLimitExceeded: "QuotaExceeded",
      SpotMaxPriceTooLow: "PriceTooLow",
      Unsupported: "OutOfCapacity",
      InvalidBlockDeviceMapping: "Rejected",
      UnfulfillableCapacity: "OutOfCapacity",
      MaxFleetCountExceeded: "QuotaExceeded",
      "AuthFailure.ServiceLinkedRoleCreationNotPermitted": "Forbidden",
      DependencyViolation: "Conflict"
    }
    const seen = errors.flatMap((error) => {
      const code = typeof error === "object" && error !== null ? String(Reflect.get(error, "code")) : ""
      const expected = meanings[code]
      if (expected === undefined) return []
      const refused = { _tag: "Refused", status: 400, code, message: "", retryAfter: undefined, setting: "" } as const
      assert.strictEqual(meaningOf(refused)._tag, expected, code)
      return [code]
    })
    assert.isAtLeast(seen.length, 8)
    assert.isNotEmpty(globSync("official-*.json", { cwd: folder }))
  })
})
