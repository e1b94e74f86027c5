/**
 * What somebody probably meant: the closest known words to a mistyped one.
 *
 * @since 0.1.0
 */

/** Optimal string alignment distance: insert, delete, replace or swap two neighbours. */
const distance = (left: string, right: string): number => {
  let beforeLast: ReadonlyArray<number> = []
  let last: ReadonlyArray<number> = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
          ? (beforeLast[column - 2] ?? 0) + 1
          : Infinity
      current.push(
        Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost, swapped)
      )
    }
    beforeLast = last
    last = current
  }
  return last[right.length] ?? 0
}

/**
 * Up to `limit` known words close enough to be a typing mistake of `word`, nearest first.
 *
 * **Details**  case does not count; a known word that begins with `word` is near.
 *
 * @category decisions
 * @since 0.1.0
 */
export const nearest = (word: string, known: Iterable<string>, limit = 3): ReadonlyArray<string> => {
  const wanted = word.toLowerCase()
  const reach = Math.max(1, Math.floor(wanted.length / 3))
  return [...new Set(known)]
    .map((candidate) => {
      const lower = candidate.toLowerCase()
      const begins = wanted.length > 1 && lower.startsWith(wanted)
      return { candidate, far: begins ? 0 : distance(wanted, lower) }
    })
    .filter(({ far }) => far <= reach)
    .toSorted((left, right) => left.far - right.far || (left.candidate < right.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/**
 * A sentence to put behind an error: ` Did you mean "a" or "b"?`, or nothing.
 *
 * @category formatting
 * @since 0.1.0
 */
export const didYouMean = (word: string, known: Iterable<string>): string => {
  const near = nearest(word, known)
  return near.length === 0 ? "" : ` Did you mean ${near.map((each) => `"${each}"`).join(" or ")}?`
}
