import { createHash } from "node:crypto"

/** As the vendor has it: MD5, in pairs of hexadecimal digits. */
export const fingerprint = (publicKey: string): string | undefined => {
  const [, body] = /^(?:ssh-|ecdsa-|sk-)\S+ ([A-Za-z0-9+/]{32,}={0,2})(?:\s.*)?$/s.exec(publicKey.trim()) ?? []
  if (body === undefined) return undefined
  const hex = createHash("md5").update(body, "base64").digest("hex")
  return hex.match(/../g)?.join(":")
}
