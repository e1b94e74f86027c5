import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createPublicKey, verify } from "node:crypto"
import { join } from "node:path"
import ssh2 from "ssh2"
import { assert, describe, it } from "vitest"
import { look, type SigningKey, unlock } from "../../src/ssh/privateKeys.ts"
import { keygen, temporary, withoutOpenSsh } from "./openssh.ts"

const kinds = [
  ["ed25519", []],
  ["ecdsa", ["-b", "256"]],
  ["ecdsa", ["-b", "384"]],
  ["ecdsa", ["-b", "521"]],
  ["rsa", ["-b", "2048"]]
] as const

const made = (type: string, more: ReadonlyArray<string>, passphrase: string): string => {
  const file = join(temporary(), "key")
  keygen("-t", type, ...more, "-N", passphrase, "-f", file)
  return file
}

const publicBlob = (file: string): Buffer =>
  Buffer.from(readFileSync(`${file}.pub`, "utf8").split(" ")[1] ?? "", "base64")

/** ssh2 itself checks what SSH would send. */
const signs = (key: SigningKey, file: string): boolean => {
  const data = Buffer.from("a message")
  const parsed = [ssh2.utils.parseKey(readFileSync(`${file}.pub`))].flat()[0]
  if (parsed === undefined || parsed instanceof Error) throw new Error("the public key cannot be read")
  const hash = parsed.type === "ssh-rsa" ? "sha256" : undefined
  const pem = createPublicKey(parsed.getPublicPEM())
  const hashed = new Map([
    ["ecdsa-sha2-nistp256", "sha256"],
    ["ecdsa-sha2-nistp384", "sha384"],
    ["ecdsa-sha2-nistp521", "sha512"]
  ])
  const algorithm = parsed.type === "ssh-ed25519" ? null : (hash ?? hashed.get(parsed.type))
  return verify(algorithm, data, pem, key.sign(data, hash))
}

const isKey = (found: unknown): found is SigningKey => typeof found === "object"

describe.skipIf(withoutOpenSsh !== "")(`private keys${withoutOpenSsh}`, () => {
  for (const [type, more] of kinds) {
    const name = [type, ...more].join(" ")
    for (const format of ["OPENSSH", "PEM", "PKCS8"]) {
      // OpenSSH has no other form for these.
      if (type === "ed25519" && format !== "OPENSSH") continue
      it(`reads ${name} in ${format}, and signs with it`, () => {
        const file = made(type, more, "")
        if (format !== "OPENSSH") keygen("-p", "-N", "", "-m", format, "-f", file)
        const found = look(file)
        assert.strictEqual(found._tag, "Plain")
        if (found._tag !== "Plain") return
        assert.isTrue(found.key.blob.equals(publicBlob(file)))
        assert.isTrue(signs(found.key, file))
      })

      it(`opens an encrypted ${name} in ${format} with its passphrase alone`, () => {
        const file = made(type, more, "open sesame")
        if (format !== "OPENSSH") keygen("-p", "-P", "open sesame", "-N", "open sesame", "-m", format, "-f", file)
        const found = look(file)
        assert.strictEqual(found._tag, "Encrypted")
        if (found._tag !== "Encrypted") return
        assert.isTrue(found.blob?.equals(publicBlob(file)))
        assert.isUndefined(unlock(found.text, "wrong"))
        const key = unlock(found.text, "open sesame")
        assert.isTrue(isKey(key) && key.blob.equals(publicBlob(file)) && signs(key, file))
      })
    }
  }

  it("reads the public half of an encrypted key from the key itself", () => {
    const file = made("ed25519", [], "secret")
    const blob = publicBlob(file)
    rmSync(`${file}.pub`)
    const found = look(file)
    assert.isTrue(found._tag === "Encrypted" && found.blob?.equals(blob))
  })

  it("reads an ed25519 key that OpenSSL made", () => {
    const file = join(temporary(), "key")
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", file], { stdio: "ignore" })
    chmodSync(file, 0o600)
    const point = Buffer.from(createPublicKey(readFileSync(file)).export({ format: "jwk" }).x ?? "", "base64url")
    const found = look(file)
    const blob = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20"), point])
    assert.isTrue(found._tag === "Plain" && found.key.blob.equals(blob))
    writeFileSync(`${file}.pub`, `ssh-ed25519 ${blob.toString("base64")}`)
    assert.isTrue(found._tag === "Plain" && signs(found.key, file))
  })

  it("refuses a key that others can read, with the command to run", () => {
    const file = made("ed25519", [], "")
    chmodSync(file, 0o640)
    const found = look(file)
    assert.strictEqual(found._tag, "Unusable")
    if (found._tag === "Unusable") assert.strictEqual(found.tryThis, `chmod 600 ${file}`)
  })

  it("knows a public key by itself, a missing file, and what is no key at all", () => {
    const file = made("ed25519", [], "")
    const folder = temporary()
    copyFileSync(`${file}.pub`, join(folder, "only.pub"))
    writeFileSync(join(folder, "text"), "not a key", { mode: 0o600 })
    assert.strictEqual(look(join(folder, "only.pub"))._tag, "PublicOnly")
    assert.strictEqual(look(join(folder, "none"))._tag, "Missing")
    assert.strictEqual(look(join(folder, "text"))._tag, "Unusable")
  })
})
