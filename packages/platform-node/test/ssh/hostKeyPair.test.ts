import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import { ResourceKey } from "@runctl/core/Ownership"
import { missingProgram, note } from "@runctl/testkit/SshMachine"
import { hostKeyPair, ownerPublicKey } from "../../src/ssh/hostKeyPair.ts"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "runctl-hostkeys-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const owner = join(folder, "machines", "id_ed25519")
const key = "0123456789abcdefghjk"

describe("the first host key of a machine", () => {
  it("is the same whenever it is asked for, another one for another machine or another owner", () => {
    assert.deepStrictEqual(hostKeyPair(owner, key), hostKeyPair(owner, key))
    assert.notStrictEqual(hostKeyPair(owner, `${key.slice(1)}m`).publicKey, hostKeyPair(owner, key).publicKey)
    const other = join(folder, "other", "id_ed25519")
    assert.notStrictEqual(hostKeyPair(other, key).publicKey, hostKeyPair(owner, key).publicKey)
  })

  it("stays the same with the next version of runctl", () => {
    // Whoever changes how it is derived locks every machine out that was rented before.
    const file = join(folder, "fixed")
    const form = "OPENSSH"
    // The key of nobody: its seed is the SHA-256 of that word.
    const text = `-----BEGIN ${form} PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDYtepPP26wO6cabaW9gV4dmgUj0hqvuKxe25RzzYzFkwAAAIgAAAAAAAAA
AAAAAAtzc2gtZWQyNTUxOQAAACDYtepPP26wO6cabaW9gV4dmgUj0hqvuKxe25RzzYzFkw
AAAEBjgrPMiBQSt3v8ru0CYAHADZ4wJeZsIPbn6S8HmFFGKti16k8/brA7pxptpb2BXh2a
BSPSGq+4rF7blHPNjMWTAAAAAAECAwQF
-----END ${form} PRIVATE KEY-----
`
    writeFileSync(file, text, { mode: 0o600 })
    assert.strictEqual(
      hostKeyPair(file, key).publicKey,
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEvFlH4S2hr7pGqD9HpJOhZt0nLU7fvptKyJQoizRKDI"
    )
  })

  it("lies in no file", () => {
    const { privateKey } = hostKeyPair(owner, key)
    const body = privateKey.split("\n").slice(2, 5).join("\n")
    for (const name of readdirSync(join(folder, "machines"))) {
      assert.notInclude(readFileSync(join(folder, "machines", name), "utf8"), body)
    }
    assert.sameMembers(readdirSync(join(folder, "machines")), ["id_ed25519", "id_ed25519.pub"])
  })

  it("is not derived from a key that cannot be read, and the reason says nothing of what is in it", () => {
    const file = join(folder, "broken")
    writeFileSync(file, "-----BEGIN SECRET-----\ncanary\n", { mode: 0o600 })
    assert.throws(() => hostKeyPair(file, key), /holds no private key/)
    try {
      hostKeyPair(file, key)
    } catch (error) {
      assert.notInclude(String(error), "canary")
    }
  })

  it("comes with the owner's public key as the owner's own file has it", () => {
    ownerPublicKey(owner)
    assert.strictEqual(ownerPublicKey(owner).split(" ")[1], readFileSync(`${owner}.pub`, "utf8").split(" ")[1])
  })

  const missing = missingProgram("ssh-keygen")
  it.prop(
    `is a key for OpenSSH, with the public half that we say${note(missing)}`,
    { machine: Arbitrary.schema(ResourceKey) },
    ({ machine }) => {
      if (missing !== undefined) return true
      const { privateKey, publicKey } = hostKeyPair(owner, machine)
      const file = join(folder, "derived")
      writeFileSync(file, privateKey, { mode: 0o600 })
      const said = execFileSync("ssh-keygen", ["-y", "-P", "", "-f", file], { encoding: "utf8" })
      rmSync(file)
      assert.strictEqual(said.trim(), publicKey)
      return true
    },
    { arbitrary: { runs: 20 } }
  )
})
