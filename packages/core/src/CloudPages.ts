/**
 * Whole lists from an API that tells with each page where the next one begins.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { CallError } from "./CloudApi.ts"
import type { Failure } from "./CloudFailure.ts"

/** A part of a list, and where the rest begins; nothing on the last page. @category models @since 0.1.0 */
export interface Page<A> {
  readonly rows: ReadonlyArray<A>
  readonly next: string | undefined
}

/**
 * All rows: page after page until none is followed by another.
 *
 * **Errors**  those of any page, and `Strange` for a list that leads in circles or never ends: half a list would look
 * like things that are gone.
 *
 * @category queries
 * @since 0.1.0
 */
export const byCursor = Effect.fnUntraced(function* <A, R>(options: {
  readonly what: string
  readonly read: (cursor: string | undefined) => Effect.Effect<Page<A>, CallError, R>
  readonly mostPages?: number
}): Effect.fn.Return<ReadonlyArray<A>, CallError, R> {
  const { mostPages = 1000, read, what } = options
  const rows: Array<A> = []
  const seen = new Set<string>()
  let cursor: string | undefined
  while (true) {
    const page: Page<A> = yield* read(cursor)
    rows.push(...page.rows)
    const { next } = page
    if (next === undefined) return rows
    if (seen.has(next) || seen.size >= mostPages) {
      const message = seen.has(next)
        ? `a page of ${what} leads back to one before it`
        : `${what} has more than ${mostPages} pages`
      return yield* Effect.fail<Failure>({ _tag: "Strange", message })
    }
    seen.add(next)
    cursor = next
  }
})
