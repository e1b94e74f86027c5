/**
 * Lists of names, cut into what one command can name.
 *
 * @since 0.1.0
 */

/** The most that the names in one command may take together: every system takes that much. */
const namesBytes = 100_000

/**
 * Cuts a list into portions whose names fit into one command, and that are no larger than `mostBytes` unless a single one
 * is.
 *
 * @category constructors
 * @since 0.1.0
 */
export const portions = <A extends { readonly path: string; readonly bytes: number }>(
  files: ReadonlyArray<A>,
  mostBytes = Number.POSITIVE_INFINITY
): ReadonlyArray<ReadonlyArray<A>> => {
  const all: Array<Array<A>> = []
  let room = { names: 0, bytes: 0 }
  for (const file of files) {
    // A character may take three bytes, and a quote four.
    const names = 4 * file.path.length + 8
    const last = all.at(-1)
    if (last === undefined || room.names < names || room.bytes < file.bytes) {
      all.push([file])
      room = { names: namesBytes - names, bytes: mostBytes - file.bytes }
    } else {
      last.push(file)
      room = { names: room.names - names, bytes: room.bytes - file.bytes }
    }
  }
  return all
}
