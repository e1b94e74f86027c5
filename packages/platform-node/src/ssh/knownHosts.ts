/**
 * Known hosts, in OpenSSH's format: who has which key.
 *
 * @since 0.1.0
 */
import { createHmac } from "node:crypto"
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs"
import { dirname } from "node:path"

/** One line that is about a host. @category models @since 0.1.0 */
export interface KnownKey {
  readonly file: string
  readonly line: number
  readonly marker: "revoked" | "cert-authority" | undefined
  readonly type: string
  /** Base64. */
  readonly key: string
}

/**
 * What is known of a key that a host shows: `changed` when another one is known, `unknown` when none is.
 *
 * @category models
 * @since 0.1.0
 */
export type Verdict =
  | { readonly _tag: "Known" }
  | { readonly _tag: "Unknown" }
  | { readonly _tag: "Changed"; readonly known: KnownKey }
  | { readonly _tag: "Revoked"; readonly known: KnownKey }

/** The names a host's key may be known under. A name of its own is looked up as it is. @category accessors @since 0.1.0 */
export const namesOf = (host: string, port: number, name: string | undefined): ReadonlyArray<string> => {
  if (name !== undefined) return [name.toLowerCase()]
  const plain = host.toLowerCase()
  return port === 22 ? [plain] : [`[${plain}]:${port}`]
}

const escapeRegExp = (text: string): string => text.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)

const fits = (pattern: string, name: string): boolean =>
  new RegExp(`^${escapeRegExp(pattern.toLowerCase()).replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name)

const hashed = (pattern: string, name: string): boolean => {
  const [, salt, hash] = /^\|1\|([^|]+)\|([^|]+)$/.exec(pattern) ?? []
  if (salt === undefined) return false
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash
}

/** Whether a list of patterns, hashed or not, `!` for exceptions, is about a name. @category predicates @since 0.1.0 */
export const isAbout = (patterns: string, name: string): boolean => {
  if (patterns.startsWith("|1|")) return hashed(patterns, name)
  const all = patterns.split(",")
  if (all.some((pattern) => pattern.startsWith("!") && fits(pattern.slice(1), name))) return false
  return all.some((pattern) => !pattern.startsWith("!") && fits(pattern, name))
}

const markers: Readonly<Record<string, KnownKey["marker"]>> = {
  "@revoked": "revoked",
  "@cert-authority": "cert-authority"
}

/** The lines of a file that are about one of some names. @category parsing @since 0.1.0 */
export const parse = (text: string, file: string, names: ReadonlyArray<string>): ReadonlyArray<KnownKey> =>
  text.split(/\r?\n/).flatMap((line, index): ReadonlyArray<KnownKey> => {
    const words = line.trim().split(/\s+/)
    const marker = markers[words[0] ?? ""]
    const [patterns, type, key] = marker === undefined ? words : words.slice(1)
    if (patterns === undefined || type === undefined || key === undefined || patterns.startsWith("#")) return []
    if (!names.some((name) => isAbout(patterns, name))) return []
    return [{ file, line: index + 1, marker, type, key }]
  })

/** What is known of a key; certificates of hosts are not looked at. @category decisions @since 0.1.0 */
export const judge = (known: ReadonlyArray<KnownKey>, key: string): Verdict => {
  const revoked = known.find((each) => each.marker === "revoked" && each.key === key)
  if (revoked !== undefined) return { _tag: "Revoked", known: revoked }
  const plain = known.filter(({ marker }) => marker === undefined)
  if (plain.some((each) => each.key === key)) return { _tag: "Known" }
  const [other] = plain
  return other === undefined ? { _tag: "Unknown" } : { _tag: "Changed", known: other }
}

/** Reads what some files know of a host; a file that is not there knows nothing. @category accessors @since 0.1.0 */
export const read = (files: ReadonlyArray<string>, names: ReadonlyArray<string>): ReadonlyArray<KnownKey> =>
  files.flatMap((file) => {
    try {
      return parse(readFileSync(file, "utf8"), file, names)
    } catch {
      return []
    }
  })

/** Remembers a key, on the disk when it returns. @category mutations @since 0.1.0 */
export const remember = (file: string, name: string, type: string, key: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const open = openSync(file, "a", 0o600)
  try {
    chmodSync(file, 0o600)
    writeSync(open, `${name} ${type} ${key}\n`)
    fsyncSync(open)
  } finally {
    closeSync(open)
  }
}
