/**
 * What is read at once of the files to be sent.
 *
 * @since 0.1.0
 */

/** Files up to this size are read whole, many at a time. @category constants @since 0.1.0 */
export const smallBytes = 1024 * 1024

/** How much of them is held in memory at once. */
const batch = { files: 256, bytes: 2 * 1024 * 1024 }

/** Small files together, large ones alone, in their order. @category constructors @since 0.1.0 */
export const batches = <A extends { readonly bytes: number }>(
  files: ReadonlyArray<A>
): ReadonlyArray<ReadonlyArray<A>> => {
  const all: Array<Array<A>> = []
  let room = { files: 0, bytes: 0 }
  for (const file of files) {
    const last = all.at(-1)
    if (last === undefined || room.files === 0 || room.bytes < file.bytes) {
      all.push([file])
      room =
        file.bytes > smallBytes ? { files: 0, bytes: 0 } : { files: batch.files - 1, bytes: batch.bytes - file.bytes }
    } else {
      last.push(file)
      room = { files: room.files - 1, bytes: room.bytes - file.bytes }
    }
  }
  return all
}
