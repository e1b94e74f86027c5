/**
 * Outputs of several machines as one: whole lines, each with the name of its machine before it.
 */

const lineFeed = 0x0a

/** A line that is longer is cut, so that no machine fills our memory. */
const longest = 1024 * 1024

/** Puts a name before each line of one output. Bytes stay as they are, whatever they mean. */
export const prefixLines = (name: string) => {
  const prefix = Buffer.from(`${name}: `)
  const end = Buffer.from("\n")
  let pieces: Array<Uint8Array> = []
  let length = 0

  const finished = (): Buffer => {
    const line = Buffer.concat([prefix, ...pieces, end])
    pieces = []
    length = 0
    return line
  }

  return {
    /** All lines that are complete now. */
    push: (bytes: Uint8Array): Uint8Array => {
      const lines: Array<Uint8Array> = []
      let from = 0
      while (from < bytes.length) {
        const found = bytes.indexOf(lineFeed, from)
        const to = Math.min(found === -1 ? bytes.length : found, from + longest - length)
        if (to > from) pieces.push(bytes.slice(from, to))
        length += to - from
        if (to === found || length >= longest) lines.push(finished())
        from = to === found ? to + 1 : to
      }
      return Buffer.concat(lines)
    },
    /** What is left when the output has ended without a line feed. */
    end: (): Uint8Array => (length === 0 ? Buffer.alloc(0) : finished())
  }
}
