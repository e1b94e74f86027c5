/**
 * What somebody at a terminal tells us, and not the machine: `~.` at the beginning of a line, as with OpenSSH.
 */

/** What to send on, what to say here, and whether to end. */
export interface Typed {
  readonly send: Uint8Array
  readonly shows: "nothing" | "help"
  readonly ends: boolean
}

const tilde = 0x7e
const dot = 0x2e
const question = 0x3f
const lineFeed = 0x0a
const carriageReturn = 0x0d

/** What `~?` shows. */
export const help = "\r\n~.  end the connection\r\n~~  send one ~\r\n~?  show this\r\n"

/** Reads what is typed, piece by piece. */
export const makeEscapes = (): ((bytes: Uint8Array) => Typed) => {
  let isAtBeginning = true
  let isPending = false
  return (bytes) => {
    const send: Array<number> = []
    let shows: Typed["shows"] = "nothing"
    for (const byte of bytes) {
      if (isPending) {
        isPending = false
        if (byte === dot) return { send: Uint8Array.from(send), shows, ends: true }
        if (byte === question) {
          shows = "help"
          isAtBeginning = true
          continue
        }
        if (byte !== tilde) send.push(tilde)
      } else if (isAtBeginning && byte === tilde) {
        isPending = true
        continue
      }
      send.push(byte)
      isAtBeginning = byte === lineFeed || byte === carriageReturn
    }
    return { send: Uint8Array.from(send), shows, ends: false }
  }
}
