import * as Schema from "effect/Schema"
import { locations, nvmeMonthly } from "./catalogue.ts"
import { notFound } from "./errors.ts"
import { noBody, noQuery, ok, type Route, route } from "./route.ts"
import { answers } from "./schemas.ts"
import * as views from "./views.ts"
import type { World } from "./World.ts"

const { optionalKey } = Schema

const Currency = Schema.Struct({ currency: optionalKey(Schema.Literals(["usd", "eur"])) })

const Where = Schema.Struct({
  is_spot: optionalKey(Schema.Literals(["true", "false"])),
  location_code: optionalKey(Schema.String)
})

const stockOf = (world: World, { is_spot: isSpot, location_code: wanted }: typeof Where.Type) =>
  Object.entries(world.stock[isSpot === "true" ? "spot" : "demand"]).filter(
    ([location]) => wanted === undefined || location === wanted
  )

export const catalogueRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/instance-types",
    isPublic: true,
    answer: answers.types,
    query: Currency,
    body: noBody,
    run: (world) => ok([...world.types.values()].map(views.instanceType))
  }),
  route({
    method: "GET",
    path: "/instance-availability",
    answer: answers.availability,
    query: Where,
    body: noBody,
    run: (world, { query }) =>
      ok(stockOf(world, query).map(([location_code, availabilities]) => ({ location_code, availabilities })))
  }),
  route({
    method: "GET",
    path: "/instance-availability/:type",
    answer: answers.id,
    query: Where,
    body: noBody,
    run: (world, { params: [type = ""], query }) => ok(stockOf(world, query).some(([, types]) => types.includes(type)))
  }),
  route({
    method: "GET",
    path: "/images",
    answer: answers.images,
    query: Schema.Struct({ instance_type: optionalKey(Schema.String) }),
    body: noBody,
    run: (world, { query: { instance_type: name } }) => {
      const type = name === undefined ? undefined : world.types.get(name)
      if (name !== undefined && type === undefined) return notFound("Invalid instance type")
      const all = type === undefined ? [...world.types.values()].flatMap(({ systems }) => systems) : type.systems
      return ok(
        [...new Set(all)].map((image_type, index) => ({
          id: `00000000-0000-4000-a000-${String(index).padStart(12, "0")}`,
          image_type,
          name: image_type,
          is_default: index === 0,
          details: [],
          category: "ubuntu",
          is_cluster: image_type.startsWith("cluster-")
        }))
      )
    }
  }),
  route({
    method: "GET",
    path: "/locations",
    answer: answers.locations,
    query: noQuery,
    body: noBody,
    run: () => ok(locations)
  }),
  route({
    method: "GET",
    path: "/volume-types",
    isPublic: true,
    answer: answers.volumeTypes,
    query: Currency,
    body: noBody,
    run: () =>
      ok([
        {
          type: "NVMe",
          price: { price_per_month_per_gb: nvmeMonthly, cps_per_gb: nvmeMonthly / (730 * 3600), currency: "usd" },
          is_shared_fs: false,
          burst_bandwidth: 2500,
          continuous_bandwidth: 2000,
          internal_network_speed: 50,
          iops: "100k",
          throughput_gbps: 4
        }
      ])
  }),
  route({
    method: "GET",
    path: "/balance",
    answer: answers.balance,
    query: noQuery,
    body: noBody,
    run: (_, { account }) => ok({ amount: account.balance, currency: "usd" })
  })
]
