/**
 * Where a machine is reached, as the API writes it: sometimes with a port, sometimes without.
 *
 * @since 0.1.0
 */

/** A host, and where its sshd listens when that was said. @category models @since 0.1.0 */
export interface Address {
  readonly host: string
  readonly port: number | undefined
}

/** Nothing was told yet. @category constants @since 0.1.0 */
export const none = "none"

/** What cannot be read is no address, and above all not one at port 22. @category constants @since 0.1.0 */
export const malformed = "malformed"

const portIn = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}

const at = (host: string, port: string | undefined): Address | typeof malformed => {
  const isHost = host !== "" && /^[^\s/@]+$/.test(host)
  if (!isHost || (port !== undefined && portIn(port) === undefined)) return malformed
  return { host, port: port === undefined ? undefined : portIn(port) }
}

/**
 * The address in an `ip_address`: `203.0.113.10`, `203.0.113.10:22`, `2001:db8::1` or `[2001:db8::1]:22`.
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string | null | undefined): Address | typeof none | typeof malformed => {
  const plain = (text ?? "").trim()
  if (plain === "") return none
  const [, inside, after] = /^\[([0-9a-f:.%]+)\](?::(.*))?$/i.exec(plain) ?? []
  if (inside !== undefined) return at(inside, after)
  const [host = "", port, ...more] = plain.split(":")
  return more.length > 0 ? at(plain, undefined) : at(host, port)
}
