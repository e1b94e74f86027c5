import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { readFile, rm } from "node:fs/promises"
import { promisify } from "node:util"
import { needed } from "./programs.ts"

const run = promisify(execFile)

export type KeyType = "ed25519" | "ecdsa" | "rsa"

export interface KeyOptions {
  readonly type?: KeyType
  readonly format?: "openssh" | "pem"
  readonly passphrase?: string
  readonly bits?: number
}

export interface Key {
  readonly file: string
  readonly publicKey: string
  readonly passphrase: string | undefined
}

/** Without its comment. */
const bare = (publicKey: string): string => publicKey.trim().split(" ").slice(0, 2).join(" ")

export const makeKey = async (file: string, options: KeyOptions = {}): Promise<Key> => {
  const { bits, format = "openssh", passphrase, type = "ed25519" } = options
  if (type === "ed25519" && format === "pem") throw new Error("OpenSSH writes ed25519 keys only in its own format")
  await Promise.all([rm(file, { force: true }), rm(`${file}.pub`, { force: true })])
  await run(needed("ssh-keygen"), [
    "-q",
    "-t",
    type,
    "-N",
    passphrase ?? "",
    "-C",
    "",
    "-f",
    file,
    ...(bits === undefined ? [] : ["-b", String(bits)]),
    ...(format === "pem" ? ["-m", "PEM"] : [])
  ])
  return { file, publicKey: bare(await readFile(`${file}.pub`, "utf8")), passphrase }
}

/** As `ssh-keygen -l` shows it. */
export const fingerprint = (publicKey: string): string => {
  const [, body = ""] = publicKey.split(" ")
  const hash = createHash("sha256").update(body, "base64").digest("base64")
  return `SHA256:${hash.replace(/=+$/, "")}`
}
