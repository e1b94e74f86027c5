import { assert, describe, it } from "@effect/vitest"
import * as Answers from "@runctl/plugin-verda/Answers"
import { offersOf, priceOf } from "@runctl/plugin-verda/Catalogue"
import { stateOf } from "@runctl/plugin-verda/Instances"
import { errorOf } from "@runctl/plugin-verda/VerdaClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const folder = join(openApi, "../samples/verda")
const why =
  openApi === ""
    ? " (left out: RUNCTL_OPENAPI_DIR does not say where the official description is)"
    : existsSync(folder)
      ? ""
      : ` (left out: there is no ${folder})`

const sample = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))

const rows = (name: string): ReadonlyArray<unknown> => {
  const { response } = sample(name)
  return Array.isArray(response) ? response : assert.fail(`${name} is no list`)
}

const whole = <A>(schema: Parameters<typeof Answers.readable<A>>[0], name: string) =>
  Effect.map(Answers.readable(schema, name)(rows(name)), (all) => {
    assert.strictEqual(all.length, rows(name).length, name)
    return all
  })

describe.skipIf(why !== "")(`Verda's own samples${why}`, () => {
  it.effect("of instances, volumes, scripts, keys and images are read whole", () =>
    Effect.gen(function* () {
      const instance = yield* Answers.instanceOf(sample("instance-get")["response"])
      assert.deepEqual([stateOf(instance)._tag, instance.ip, instance.price_per_hour], ["Running", "1.2.3.4", 2.481])
      const volume = yield* Answers.exactly(Answers.Volume, "a volume")(sample("volume-get")["response"])
      assert.strictEqual(volume.status, "attached")
      yield* whole(Answers.Script, "scripts")
      yield* whole(Answers.SshKey, "ssh-keys")
      yield* whole(Answers.Image, "images")
      yield* whole(Answers.Location, "locations")
      const [nvme] = yield* whole(Answers.VolumeType, "volume-types")
      assert.strictEqual(nvme?.price?.price_per_month_per_gb, 0.2)
    })
  )

  it.effect("of types become offers with the memory of one GPU and the price of the whole machine", () =>
    Effect.gen(function* () {
      const types = yield* whole(Answers.InstanceType, "instance-types")
      const spot = yield* whole(Answers.Availability, "instance-availability-spot")
      const catalogue = {
        types,
        spot,
        onDemand: [],
        locations: ["FIN-01", "ICE-01"],
        diskUsdPerGiBMonth: 0.2,
        asOf: DateTime.makeUnsafe(0)
      }
      const offers = offersOf(catalogue, { market: "spot" }, "a sample")
      assert.strictEqual(offers.length, types.length * 2)
      const pair = offers.find(({ instanceType }) => instanceType === "2A6000.20V")
      assert.deepEqual([pair?.gpu, Number(pair?.gpuMemoryGiB), pair?.available], ["RTXA6000", 48, true])
      const [h100] = yield* whole(Answers.InstanceType, "instance-type-official")
      assert.deepEqual(h100 === undefined ? [] : [priceOf(h100, "on-demand"), priceOf(h100, "spot")], [3.17, 0.31])
      for (const { gpu, gpuCount } of offers) assert.strictEqual(gpu === undefined, gpuCount === 0)
    })
  )

  it.effect("of ids, tokens and balances are read", () =>
    Effect.gen(function* () {
      assert.isTrue(Answers.isId(yield* Answers.idIn(sample("instance-create")["response_text"])))
      const token = yield* Answers.exactly(Answers.Token, "a token")(sample("oauth2-token")["response"])
      assert.strictEqual(token.expires_in, 3600)
      assert.strictEqual(
        (yield* Answers.exactly(Answers.Balance, "a balance")(sample("balance")["response"])).amount,
        1000
      )
    })
  )

  it("of errors are told with their words, and a throttled one without any", () => {
    const call = { method: "GET", path: "/" } as const
    const said = errorOf({
      call,
      status: 503,
      text: "",
      body: { code: "service_unavailable", message: "No capacity available" }
    })
    assert.deepEqual(said, { message: "No capacity available", code: "service_unavailable" })
    assert.isDefined(errorOf({ call, status: 429, text: "Slow down.\n", body: undefined }))
    assert.isUndefined(errorOf({ call, status: 502, text: "<html>", body: undefined }))
  })
})
