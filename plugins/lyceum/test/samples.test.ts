import { assert, describe, it } from "@effect/vitest"
import * as Address from "@runctl/plugin-lyceum/Address"
import * as Answers from "@runctl/plugin-lyceum/Answers"
import { detailIn } from "@runctl/plugin-lyceum/Api"
import { offersOf, pricesOf, stockOf } from "@runctl/plugin-lyceum/Catalogue"
import { instanceTypeOf, marketOf, stateOf, timeOf } from "@runctl/plugin-lyceum/Vms"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { creates, deletes, reads, reasonOf, requestFor, using } from "./rented.ts"

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const folder = join(openApi, "../samples/lyceum")
const why =
  openApi === ""
    ? " (left out: RUNCTL_OPENAPI_DIR does not say where the samples are)"
    : existsSync(folder)
      ? ""
      : ` (left out: there is no ${folder})`

const sample = (name: string): unknown => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))

describe.skipIf(why !== "")(`answers that were recorded at Lyceum${why}`, () => {
  it.effect("of machines are read: pending, and ready with each kind of address", () =>
    Effect.gen(function* () {
      const pending = yield* Answers.vm(sample("vm_create_pending"))
      assert.deepStrictEqual(
        [stateOf(pending)._tag, instanceTypeOf(pending), marketOf(pending)],
        ["Starting", "l40s.1x", "on-demand"]
      )
      const bare = yield* Answers.vm(sample("vm_status_ready_bare_ip"))
      assert.deepStrictEqual(Address.parse(bare.ip_address), { host: "203.0.113.10", port: undefined })
      assert.strictEqual(stateOf(bare)._tag, "Running")
      // The same machine, in both forms of its time.
      const apart =
        (timeOf(pending.created_at)?.epochMilliseconds ?? 0) - (timeOf(bare.created_at)?.epochMilliseconds ?? 1)
      assert.isBelow(Math.abs(apart), 1000)
      const ported = yield* Answers.vm(sample("vm_status_ready_host_port"))
      assert.deepStrictEqual(Address.parse(ported.ip_address), { host: "198.51.100.20", port: 22 })
      assert.strictEqual(marketOf(ported), "spot")
      const nowhere = yield* Answers.vm(sample("vm_status_ready_null_ip"))
      assert.strictEqual(stateOf(nowhere)._tag, "Starting")
      assert.deepStrictEqual(yield* Answers.vms(sample("vm_list_empty")), [])
    })
  )

  it.effect("of prices and of what there is become offers", () =>
    Effect.gen(function* () {
      const usdPerHour = pricesOf(yield* Answers.prices(sample("pricing_vm_running")))
      const stock = stockOf(yield* Answers.variants(sample("vms_availability")))
      assert.strictEqual(usdPerHour.size, 48)
      assert.strictEqual(stock.size, 11)
      const catalogue = { usdPerHour, stock, asOf: DateTime.makeUnsafe(0) }
      const there = (market: "on-demand" | "spot") =>
        offersOf(catalogue, market, "https://api.lyceum.technology")
          .filter(({ available }) => available === true)
          .map(({ instanceType }) => instanceType)
          .toSorted()
      const all = ["h100.1x", "h100.2x", "h100.4x", "h100.8x"]
      assert.includeMembers(there("on-demand"), all)
      assert.include(there("on-demand"), "l40s.8x")
      assert.notInclude(there("on-demand"), "b300.1x")
      assert.notInclude(there("spot").join(), "l40s")
      const a100 = offersOf(catalogue, "on-demand", "").find(({ instanceType }) => instanceType === "a100.1x")
      assert.deepStrictEqual<unknown>([a100?.onDemandUsdPerHour, a100?.spotUsdPerHour], [1.590012, 0.799992])
    })
  )

  it.effect("of a user are read", () =>
    Effect.gen(function* () {
      const { credit_balance: credits, is_active: isActive } = yield* Answers.user(sample("user_status"))
      assert.deepStrictEqual([credits, isActive], [500, true])
    })
  )

  it.effect("of what is wrong mean what they mean", () =>
    using((provider, { faults }) =>
      Effect.gen(function* () {
        assert.strictEqual(detailIn(sample("error_404_vm_not_found")), "VM not found")
        const answered = (name: string, status: number) =>
          Effect.gen(function* () {
            faults.answer({ status, body: sample(name) }, creates)
            return (yield* reasonOf(provider.createResource(requestFor())))._tag
          })
        assert.strictEqual(yield* answered("error_500_capacity", 500), "OutOfCapacity")
        assert.strictEqual(yield* answered("error_400_invalid_request", 400), "Rejected")
        assert.strictEqual(yield* answered("error_400_unknown_profile", 400), "Rejected")
        const { id } = yield* provider.createResource(requestFor())
        faults.answer({ status: 404, body: sample("error_404_vm_not_found") }, { ...reads, path: /status$/ })
        faults.answer({ status: 200, body: sample("vm_terminate_ok") }, deletes)
        assert.strictEqual((yield* provider.getResource(id)).state._tag, "Starting")
        yield* provider.terminate(id)
      })
    )
  )
})
