/**
 * The first host key of a machine, derived from the owner's own key.
 *
 * @since 0.1.0
 */
import type { HostKeyPair } from "@runctl/remote/Bootstrap"
import { createPrivateKey, createPublicKey, hkdfSync } from "node:crypto"
import { readFileSync } from "node:fs"
import ssh2, { type ParsedKey } from "ssh2"
import { ensureOwnerKey } from "./ownerKey.ts"

/** Keeps what is derived here apart from whatever else may be derived from the same key one day. */
const purpose = "runctl host key 1"

/** What comes before the 32 bytes of an ed25519 key in PKCS #8. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex")

/** RFC 4253's `string`. */
const counted = (part: Buffer | string): Buffer => {
  const bytes = Buffer.from(part)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** The owner's key; made when it is not there. Throws when it cannot be read, or is encrypted. */
const ownerKey = (file: string): ParsedKey => {
  ensureOwnerKey(file)
  const [key] = [ssh2.utils.parseKey(readFileSync(file))].flat()
  if (key === undefined || key instanceof Error || !key.isPrivateKey()) {
    throw new Error("it holds no private key that can be read without a passphrase")
  }
  return key
}

/** The owner's public key as one line. @category accessors @since 0.1.0 */
export const ownerPublicKey = (file: string): string => {
  const key = ownerKey(file)
  return `${key.type} ${key.getPublicSSH().toString("base64")} runctl`
}

/**
 * A seed in OpenSSH's own format. The two check numbers only tell a wrong passphrase, so they may be derived too.
 *
 * @source https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key (read 2026-11-26)
 */
const inOpenSshForm = (seed: Buffer, check: Buffer): HostKeyPair => {
  const secret = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" })
  const { x = "" } = createPublicKey(secret).export({ format: "jwk" })
  const open = Buffer.from(x, "base64url")
  const blob = Buffer.concat([counted("ssh-ed25519"), counted(open)])
  const inner = [check, check, blob, counted(Buffer.concat([seed, open])), counted("")]
  const length = inner.reduce((sum, part) => sum + part.length, 0)
  const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, index) => index + 1))
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    counted("none"),
    counted("none"),
    counted(""),
    Buffer.from([0, 0, 0, 1]),
    counted(blob),
    counted(Buffer.concat([...inner, padding]))
  ])
  const lines = whole.toString("base64").replaceAll(/.{70}/g, "$&\n").trimEnd()
  return {
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `ssh-ed25519 ${blob.toString("base64")}`
  }
}

/**
 * The single-use host key of the machine with a key of ours: HKDF-SHA256 of the owner's private key. It tells nothing of
 * that one, nor of any other machine's.
 *
 * @category constructors
 * @since 0.1.0
 */
export const hostKeyPair = (file: string, machine: string): HostKeyPair => {
  const owner = createPrivateKey(ownerKey(file).getPrivatePEM()).export({ format: "der", type: "pkcs8" })
  const derived = Buffer.from(hkdfSync("sha256", owner, purpose, machine, 36))
  return inOpenSshForm(derived.subarray(0, 32), derived.subarray(32))
}
