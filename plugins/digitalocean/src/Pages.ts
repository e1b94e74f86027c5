/**
 * Whole lists, whatever number of pages they come in.
 *
 * @since 0.1.0
 */
import type { CallError, CloudApi as Client } from "@runctl/core/CloudApi"
import type { Failure } from "@runctl/core/CloudFailure"
import * as Effect from "effect/Effect"
import * as Reply from "./internal/reply.ts"

/** What the API allows on a page. @source https://docs.digitalocean.com/reference/api/ (read 2026-11-20) */
const perPage = "200"

/** 20,000 rows: nobody has more, and an API that never ends is broken. */
const mostPages = 100

/** A list that changes while it is read is read again, so often. */
const attempts = 3

/**
 * A list to read: its path, the name its rows have in a page, and what to ask.
 *
 * **Details**  `expected` is how many pages it had before: so many are read at once.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listing {
  readonly path: string
  readonly field: string
  readonly query?: Readonly<Record<string, string>>
  readonly scope: string
  readonly expected?: number
}

/**
 * All rows, and the number of pages they came in.
 *
 * @category models
 * @since 0.1.0
 */
export interface Listed<A> {
  readonly rows: ReadonlyArray<A>
  readonly pages: number
}

/** What is wanted of a row. */
type Row<A> = (row: unknown) => Effect.Effect<A, CallError>

interface Page<A> {
  readonly number: number
  /** Where it stands among the others. */
  readonly place: unknown
  readonly rows: ReadonlyArray<A>
}

const strange = (message: string): Failure => ({ _tag: "Strange", message })

/** The number of the page that follows: never a place a link names, so that no answer leads elsewhere. */
const following = ({ path }: Listing, { number, place }: Page<unknown>): Effect.Effect<number | undefined, Failure> => {
  if (!Reply.hasNext(place)) return Effect.undefined
  const next = Reply.pageIn(place, "next")
  return next === number + 1 && next <= mostPages
    ? Effect.succeed(next)
    : Effect.fail(
        strange(`page ${number} of ${path} is followed by ${next === undefined ? "no page" : `page ${next}`}`)
      )
}

/** A page keeps nothing but what is wanted of its rows: of large accounts the whole answers take much room. */
const read =
  <A>(client: Client, { field, path, query = {}, scope }: Listing, row: Row<A>) =>
  (number: number): Effect.Effect<Page<A>, CallError> =>
    Effect.flatMap(
      client.call({
        method: "GET",
        path,
        query: { ...query, per_page: perPage, ...(number === 1 ? {} : { page: String(number) }) },
        scope
      }),
      (body) => {
        const found = Reply.rowsIn(body, field)
        return found === undefined
          ? Effect.fail(strange(`GET ${path} was answered without "${field}"`))
          : Effect.map(Effect.forEach(found, row), (rows) => ({ number, place: Reply.placeIn(body), rows }))
      }
    )

const upTo = (from: number, last: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(1, Math.min(last, mostPages) - from + 1) }, (_, index) => from + index)

const pagesOf = Effect.fnUntraced(function* <A>(client: Client, listing: Listing, row: Row<A>) {
  const readPage = read(client, listing, row)
  const readAll = (numbers: ReadonlyArray<number>) => Effect.forEach(numbers, readPage, { concurrency: 8 })
  const all: Array<Page<A>> = yield* readAll(upTo(1, listing.expected ?? 1))
  while (true) {
    const end = all.at(-1)
    const next = end === undefined ? undefined : yield* following(listing, end)
    if (next === undefined) return all
    all.push(...(yield* readAll(upTo(next, Reply.pageIn(end?.place, "last") ?? next))))
  }
})

/** Rows move from page to page when some come or go: one may have been on none that was read. */
const isSettled = (pages: ReadonlyArray<Page<unknown>>): boolean =>
  new Set(pages.map(({ place }) => Reply.totalIn(place))).size <= 1 &&
  pages.slice(0, -1).every(({ place }, index) => Reply.hasNext(place) || pages[index + 1]?.rows.length === 0)

/**
 * Of every row there is what is wanted of it: the first page, then the others that it tells of at once, until none is followed by another.
 *
 * **Errors**  those of any page, and that the list does not come to rest: half a list would look like things that are
 * gone.
 *
 * @category queries
 * @since 0.1.0
 */
export const list = Effect.fnUntraced(function* <A>(
  client: Client,
  listing: Listing,
  row: (row: unknown) => Effect.Effect<A, CallError>
): Effect.fn.Return<Listed<A>, CallError> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const pages = yield* pagesOf(client, listing, row)
    if (isSettled(pages)) {
      return {
        rows: pages.flatMap((page) => page.rows),
        pages: Math.max(1, pages.filter(({ rows }) => rows.length > 0).length)
      }
    }
  }
  return yield* Effect.fail<Failure>({
    _tag: "Lost",
    message: `GET ${listing.path} changes faster than it can be read`
  })
})

/** The rows alone. @category queries @since 0.1.0 */
export const rows = (client: Client, listing: Listing): Effect.Effect<ReadonlyArray<unknown>, CallError> =>
  Effect.map(list(client, listing, Effect.succeed), (listed) => listed.rows)
