import * as Schema from "effect/Schema"
import { ok, type Route, noQuery, route } from "./route.ts"
import { answers, columns, type Filter, Search } from "./schemas.ts"
import * as views from "./views.ts"

/** Without a limit so many come back. */
const usualLimit = 64

/** Of a disk nobody says how large it is to be. **Units** GB */
const usualStorage = 8

type Row = ReturnType<typeof views.ask>

const valueOf = (row: Row, column: (typeof columns)[number]): unknown => {
  switch (column) {
    case "verified":
      return row.verification === "verified"
    case "datacenter":
      return row.hosting_type === 1
    case "external":
      return row.external === true
    case "geolocation":
      return row.geolocation.split(", ").at(-1)
    default:
      return row[column]
  }
}

const compare = (have: unknown, wanted: number | undefined, holds: (left: number, right: number) => boolean): boolean =>
  wanted === undefined || (typeof have === "number" && holds(have, wanted))

const fits = (have: unknown, { eq, gt, gte, in: among, lt, lte, neq, notin }: Filter): boolean =>
  (eq === undefined || have === eq) &&
  (neq === undefined || have !== neq) &&
  (among === undefined || among.some((each) => each === have)) &&
  (notin === undefined || !notin.some((each) => each === have)) &&
  compare(have, gt, (left, right) => left > right) &&
  compare(have, gte, (left, right) => left >= right) &&
  compare(have, lt, (left, right) => left < right) &&
  compare(have, lte, (left, right) => left <= right)

const orderOf = (row: Row, column: string): number => {
  const value = Object.entries(row).find(([name]) => name === column)?.[1]
  return typeof value === "number" ? value : 0
}

const sorted = (rows: ReadonlyArray<Row>, order: Search["order"]): ReadonlyArray<Row> =>
  rows.toSorted((left, right) => {
    for (const [column, direction] of order ?? []) {
      const difference = orderOf(left, column) - orderOf(right, column)
      if (difference !== 0) return direction === "asc" ? difference : -difference
    }
    return left.id - right.id
  })

const search = route({
  method: "POST",
  path: "/api/v0/bundles/",
  // Ten a minute, by the address of who asks.
  every: 6,
  key: "none",
  query: noQuery,
  body: Search,
  answer: answers.offers,
  run: (world, { body, now }) => {
    const { allocated_storage: disk = usualStorage, limit = usualLimit, order, type = "on-demand" } = body
    const isBid = type === "bid"
    const rows = [...world.asks.values()]
      .filter(({ gpus, host }) => gpus <= world.free(host, now, isBid))
      .map((each) => views.ask(each, disk, isBid, now))
      .filter((row) => columns.every((column) => fits(valueOf(row, column), body[column] ?? {})))
    return ok({ offers: sorted(rows, order).slice(0, limit) })
  }
})

const Credentials = Schema.Undefined

const user = route({
  method: "GET",
  path: "/api/v0/users/current/",
  every: 1,
  query: noQuery,
  body: Credentials,
  answer: answers.user,
  run: (_, { account }) =>
    ok({ id: account.id, email: account.email, balance: 0, credit: account.credit, ssh_key: "", sid: "" })
})

export const searchRoutes: ReadonlyArray<Route> = [search, user]
