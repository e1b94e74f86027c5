import { assert, describe, it } from "@effect/vitest"
import * as Answers from "@runctl/plugin-digitalocean/Answers"
import { offersOf } from "@runctl/plugin-digitalocean/Catalogue"
import { meaningOf } from "@runctl/plugin-digitalocean/Failures"
import { stateOf } from "@runctl/plugin-digitalocean/Droplets"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const folder = join(openApi, "../samples/digitalocean")
const why =
  openApi === ""
    ? " (left out: RUNCTL_OPENAPI_DIR does not say where the official description is)"
    : existsSync(folder)
      ? ""
      : ` (left out: there is no ${folder})`

const sample = (name: string): Record<string, unknown> => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))
const rows = (name: string, field: string): ReadonlyArray<unknown> => {
  const found = sample(name)[field]
  return Array.isArray(found) ? found : assert.fail(`${name} has no ${field}`)
}

describe.skipIf(why !== "")(`DigitalOcean's own samples${why}`, () => {
  it.effect("of droplets are read whole", () =>
    Effect.gen(function* () {
      for (const name of ["droplets.droplets_all", "droplets.droplets_tagged"]) {
        for (const row of rows(name, "droplets")) {
          const droplet = yield* Answers.dropletOf(row)
          assert.notStrictEqual(stateOf(droplet)._tag, "Unknown")
          assert.isNumber(droplet.size?.price_hourly)
        }
      }
      yield* Answers.oneDroplet(sample("droplets.droplet_single"))
      const { action, droplet } = yield* Answers.createdDroplet(sample("droplets.droplet_create_response"))
      assert.deepStrictEqual([droplet.id, droplet.status, action], [3_164_444, "new", 7515])
    })
  )

  it.effect("of sizes become offers with the memory of one GPU, or without when it is not told", () =>
    Effect.gen(function* () {
      for (const name of ["sizes.gpuhunt_fixture", "sizes.godo_fixture_0"]) {
        const all = rows(name, "sizes")
        const sizes = yield* Answers.readable(Answers.Size, "a size", all)
        assert.strictEqual(sizes.length, all.length)
        const offers = offersOf({ sizes, regions: [], asOf: DateTime.makeUnsafe(0) }, "a sample")
        for (const { gpu, gpuCount, gpuMemoryGiB } of offers) {
          assert.strictEqual(gpu === undefined, gpuCount === 0)
          const expected: Readonly<Record<string, number>> = { H100: 80, MI300X: 192, MI350X: 288 }
          if (gpuMemoryGiB !== undefined) assert.strictEqual(gpuMemoryGiB, expected[gpu ?? ""])
        }
      }
    })
  )

  it.effect("of regions, keys, accounts and actions are read", () =>
    Effect.gen(function* () {
      const regions = rows("regions.composed", "regions")
      assert.strictEqual((yield* Answers.readable(Answers.Region, "a region", regions)).length, regions.length)
      const keys = rows("ssh_keys_list.composed", "ssh_keys")
      assert.strictEqual((yield* Answers.readable(Answers.SshKey, "a key", keys)).length, keys.length)
      assert.isNumber((yield* Answers.sshKey(sample("ssh_key_new.composed"))).id)
      assert.strictEqual((yield* Answers.account(sample("account.composed"))).status, "active")
      assert.isString((yield* Answers.action(sample("action.composed"))).status)
    })
  )

  it("of refusals mean what they say", () => {
    assert.strictEqual(meaningOf(String(sample("error.422_capacity")["message"]))._tag, "OutOfCapacity")
    assert.strictEqual(meaningOf(String(sample("error.422")["message"]))._tag, "Rejected")
  })
})
