/** What the cloud rents out, where and for how much. */
import type { CloudApi } from "@runctl/core/CloudApi"
import { UsdPerHour } from "@runctl/core/Money"
import { didYouMean } from "@runctl/core/Nearest"
import { GiB, type Offer } from "@runctl/core/Offer"
import * as ProviderError from "@runctl/core/ProviderError"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { under } from "./Answers.ts"
import { provider } from "./Api.ts"

/** Memory is in MiB there, disk in GiB; the price is for the whole machine. */
const Plan = Schema.Struct({
  id: Schema.NonEmptyString,
  vcpus: Schema.Finite,
  memory_mib: Schema.Finite,
  disk_gib: Schema.Finite,
  usd_per_hour: UsdPerHour,
  gpu: Schema.NullOr(Schema.Struct({ model: Schema.NonEmptyString, count: Schema.Int, memory_mib: Schema.Finite })),
  sites: Schema.Array(Schema.Struct({ id: Schema.NonEmptyString, in_stock: Schema.Boolean }))
})
export type Plan = typeof Plan.Type

/** All of them, as they are now. */
export const all = (api: CloudApi) =>
  Effect.flatMap(api.call({ method: "GET", path: "/v1/plans" }), under("plans", Schema.Array(Plan)))

/** One offer for each plan and site. */
export const offersOf = (plans: ReadonlyArray<Plan>, source: string, asOf: DateTime.Utc): ReadonlyArray<Offer> =>
  plans.flatMap(({ disk_gib, gpu, id, memory_mib, sites, usd_per_hour, vcpus }) =>
    sites.map((site) => ({
      provider,
      region: site.id,
      instanceType: id,
      ...(gpu === null ? {} : { gpu: gpu.model, gpuMemoryGiB: GiB.make(gpu.memory_mib / 1024) }),
      gpuCount: gpu?.count ?? 0,
      vcpus,
      memoryGiB: GiB.make(memory_mib / 1024),
      diskGiB: GiB.make(disk_gib),
      onDemandUsdPerHour: usd_per_hour,
      available: site.in_stock,
      source,
      asOf
    }))
  )

/** The plan of a name, or what was meant by it. */
export const named = (plans: ReadonlyArray<Plan>, id: string): Effect.Effect<Plan, ProviderError.Rejected> => {
  const found = plans.find((plan) => plan.id === id)
  if (found !== undefined) return Effect.succeed(found)
  const names = plans.map((plan) => plan.id)
  return Effect.fail(
    new ProviderError.Rejected({
      message: `Fernhill has no plan "${id}".${didYouMean(id, names)} It has ${names.join(", ")}.`
    })
  )
}
