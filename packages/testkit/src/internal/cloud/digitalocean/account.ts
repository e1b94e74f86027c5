import * as Schema from "effect/Schema"
import { notFound } from "./errors.ts"
import { iso } from "./views.ts"
import * as views from "./views.ts"
import { listed, noBody, noQuery, ok, onlyPaging, paging, type Route, route } from "./route.ts"
import { usdOf } from "./billing.ts"
import { answers } from "./schemas.ts"

const cents = (usd: number): string => usd.toFixed(2)

export const accountRoutes: ReadonlyArray<Route> = [
  route({
    method: "GET",
    path: "/v2/account",
    answer: answers.account,
    scope: "account:read",
    query: noQuery,
    body: noBody,
    run: (_, { account }) => ok({ account: views.account(account) })
  }),
  route({
    method: "GET",
    path: "/v2/customers/my/balance",
    answer: answers.balance,
    scope: "billing:read",
    query: noQuery,
    body: noBody,
    run: (world, { account, now }) => {
      const droplets = [...world.droplets.values()].filter((droplet) => droplet.account === account)
      const usage = droplets.reduce((usd, droplet) => usd + usdOf(droplet, now), 0)
      const body = { month_to_date_balance: cents(usage), account_balance: "0.00", month_to_date_usage: cents(usage) }
      return ok({ ...body, generated_at: iso(now) })
    }
  }),
  route({
    method: "GET",
    path: "/v2/sizes",
    answer: answers.sizes,
    scope: "sizes:read",
    query: onlyPaging,
    body: noBody,
    run: (world, call) => listed(world, call, "sizes", [...world.sizes.values()], (size) => size)
  }),
  route({
    method: "GET",
    path: "/v2/regions",
    answer: answers.regions,
    scope: "regions:read",
    query: onlyPaging,
    body: noBody,
    run: (world, call) => listed(world, call, "regions", [...world.regions.values()], (region) => region)
  }),
  route({
    method: "GET",
    path: "/v2/images",
    answer: answers.images,
    scope: "image:read",
    query: Schema.Struct({
      ...paging,
      type: Schema.optionalKey(Schema.Literals(["application", "distribution"])),
      private: Schema.optionalKey(Schema.Literals(["true", "false"])),
      tag_name: Schema.optionalKey(Schema.String)
    }),
    body: noBody,
    run: (world, call) => {
      const { private: isPrivate, tag_name: tag, type } = call.query
      const isNone = isPrivate === "true" || tag !== undefined
      const isApplication = (slug: string) => slug.startsWith("gpu-")
      const wanted = world.images.filter(
        ({ slug }) => !isNone && (type === undefined || isApplication(slug) === (type === "application"))
      )
      return listed(world, call, "images", wanted, (image) => image)
    }
  }),
  route({
    method: "GET",
    path: "/v2/images/:image",
    answer: answers.image,
    scope: "image:read",
    query: noQuery,
    body: noBody,
    run: (world, { params: [wanted = ""] }) => {
      const image = world.images.find(({ id, slug }) => slug === wanted || String(id) === wanted)
      return image === undefined ? notFound : ok({ image })
    }
  })
]
