/**
 * Private keys in files: OpenSSH's own format, PEM (PKCS #1, SEC 1) and PKCS #8, encrypted or not.
 *
 * @since 0.1.0
 */
import { createPrivateKey, type JsonWebKey, type KeyObject, sign as signWith } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { userInfo } from "node:os"
import ssh2 from "ssh2"

/** A key that can sign. `hash` is what SSH names for RSA keys. @category models @since 0.1.0 */
export interface SigningKey {
  /** The public half, as SSH sends it. */
  readonly blob: Buffer
  readonly sign: (data: Buffer, hash: string | undefined) => Buffer
}

/**
 * What a key's file holds as far as it can be read without a passphrase; `blob` is the public half when it says it.
 *
 * @category models
 * @since 0.1.0
 */
export type KeyFile =
  | { readonly _tag: "Missing" }
  | { readonly _tag: "Unusable"; readonly why: string; readonly tryThis: string | undefined }
  | { readonly _tag: "PublicOnly"; readonly blob: Buffer }
  | { readonly _tag: "Encrypted"; readonly blob: Buffer | undefined; readonly text: string }
  | { readonly _tag: "Plain"; readonly key: SigningKey }

const withLength = (part: Buffer | string): Buffer => {
  const bytes = Buffer.from(part)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** A number as SSH writes it: no needless zeros, one more when the first bit would look like a sign. */
const asNumber = (base64url: string | undefined): Buffer => {
  const bytes = Buffer.from(base64url ?? "", "base64url")
  const first = bytes.findIndex((byte) => byte !== 0)
  const trimmed = bytes.subarray(Math.max(0, first))
  return (trimmed[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), trimmed]) : trimmed
}

const curves: Readonly<Record<string, readonly [name: string, hash: string]>> = {
  "P-256": ["nistp256", "sha256"],
  "P-384": ["nistp384", "sha384"],
  "P-521": ["nistp521", "sha512"]
}

const blobOf = ({ kty, crv, x, y, n, e }: JsonWebKey): Buffer | undefined => {
  if (kty === "OKP" && crv === "Ed25519") {
    return Buffer.concat(["ssh-ed25519", Buffer.from(x ?? "", "base64url")].map(withLength))
  }
  if (kty === "RSA") return Buffer.concat(["ssh-rsa", asNumber(e), asNumber(n)].map(withLength))
  const [curve] = curves[crv ?? ""] ?? []
  if (kty !== "EC" || curve === undefined) return undefined
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x ?? "", "base64url"), Buffer.from(y ?? "", "base64url")])
  return Buffer.concat([`ecdsa-sha2-${curve}`, curve, point].map(withLength))
}

const fromKeyObject = (key: KeyObject): SigningKey | undefined => {
  const jwk = key.export({ format: "jwk" })
  const blob = blobOf(jwk)
  const [, ecHash] = curves[jwk.crv ?? ""] ?? []
  const hashOf = (wanted: string | undefined): string | null =>
    jwk.kty === "OKP" ? null : (ecHash ?? wanted ?? "sha1")
  return blob === undefined ? undefined : { blob, sign: (data, hash) => signWith(hashOf(hash), data, key) }
}

/**
 * The key behind a file's text; `undefined` when the passphrase is wrong or missing, a word of why when it is no key we
 * know.
 *
 * @category parsing
 * @since 0.1.0
 */
export const unlock = (text: string, passphrase: string | undefined): SigningKey | string | undefined => {
  const parsed = ssh2.utils.parseKey(text, passphrase)
  if (!(parsed instanceof Error)) {
    const [key] = [parsed].flat()
    if (key !== undefined && key.isPrivateKey()) {
      return { blob: key.getPublicSSH(), sign: (data, hash) => key.sign(data, hash) }
    }
    return "it holds no private key"
  }
  if (/passphrase|decrypt|integrity/i.test(parsed.message)) return undefined
  if (!text.includes("PRIVATE KEY-----")) return parsed.message
  try {
    const key = fromKeyObject(createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) }))
    return key ?? "it is a kind of key that SSH does not use"
  } catch {
    return text.includes("ENCRYPTED") ? undefined : parsed.message
  }
}

/** OpenSSH's own format has the public half in the clear. */
const publicHalf = (text: string): Buffer | undefined => {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, "base64")
  let at = "openssh-key-v1\0".length
  const next = (): Buffer => {
    const length = bytes.readUInt32BE(at)
    const part = bytes.subarray(at + 4, at + 4 + length)
    at += 4 + length
    return part
  }
  try {
    for (let skipped = 0; skipped < 3; skipped++) next()
    at += 4
    return next()
  } catch {
    return undefined
  }
}

const publicKeyIn = (text: string): Buffer | undefined => {
  const [, base64] = /^(?:ssh-|ecdsa-|sk-)\S+ ([A-Za-z0-9+/=]+)/.exec(text.trim()) ?? []
  return base64 === undefined ? undefined : Buffer.from(base64, "base64")
}

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return undefined
  }
}

/** Looks at a key's file. One that others can read is not used. @category accessors @since 0.1.0 */
export const look = (file: string): KeyFile => {
  const info = statSync(file, { throwIfNoEntry: false })
  if (info === undefined) return { _tag: "Missing" }
  const text = textOf(file)
  if (text === undefined) return { _tag: "Unusable", why: `${file} cannot be read`, tryThis: undefined }
  const itself = publicKeyIn(text)
  if (itself !== undefined) return { _tag: "PublicOnly", blob: itself }
  const isOurs = process.platform === "win32" || info.uid === userInfo().uid
  if (isOurs && process.platform !== "win32" && (info.mode & 0o077) !== 0) {
    return {
      _tag: "Unusable",
      why: `the private key ${file} can be read by others (its mode is ${(info.mode & 0o777).toString(8).padStart(4, "0")})`,
      tryThis: `chmod 600 ${file}`
    }
  }
  const key = unlock(text, undefined)
  if (typeof key === "string") return { _tag: "Unusable", why: `${file}: ${key}`, tryThis: undefined }
  if (key !== undefined) return { _tag: "Plain", key }
  return { _tag: "Encrypted", blob: publicHalf(text) ?? publicKeyIn(textOf(`${file}.pub`) ?? ""), text }
}
