import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { isAbout, judge, namesOf, parse, read, remember } from "../../src/ssh/knownHosts.ts"
import { keygen, temporary, withoutOpenSsh } from "./openssh.ts"

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIIbCLZlUdBv7ZlBwE3qFNqDGG0P7mEKS4OaPhk4a3gtm"
const other = "AAAAC3NzaC1lZDI1NTE5AAAAIEBbd8wfiYwpnKFp4bxAd9ZcKTIVjw3lvwAs3fJm5yQL"

describe("names of a host", () => {
  it("has its port in them unless it is the usual one", () => {
    assert.deepStrictEqual(namesOf("Host.example", 22, undefined), ["host.example"])
    assert.deepStrictEqual(namesOf("host", 2222, undefined), ["[host]:2222"])
    assert.deepStrictEqual(namesOf("10.0.0.1", 2222, "runctl-key"), ["runctl-key"])
  })
})

describe("what is known of a key", () => {
  const about = (text: string, name: string) => parse(text, "file", [name])

  it("is nothing for another host", () => {
    assert.deepStrictEqual(judge(about(`a ssh-ed25519 ${key}`, "b"), key), { _tag: "Unknown" })
  })

  it("is that it changed when another key is known", () => {
    const verdict = judge(about(`# comment\n\na ssh-ed25519 ${other}`, "a"), key)
    assert.isTrue(verdict._tag === "Changed" && verdict.known.line === 3)
  })

  it("is that it is known when any line says so", () => {
    const text = `a ssh-ed25519 ${other}\r\na,b ssh-ed25519 ${key} a comment`
    assert.deepStrictEqual(judge(about(text, "a"), key), { _tag: "Known" })
  })

  it("is that it is revoked, whatever else is said", () => {
    const text = `a ssh-ed25519 ${key}\n@revoked * ssh-ed25519 ${key}`
    assert.strictEqual(judge(about(text, "a"), key)._tag, "Revoked")
  })

  it("does not take an authority's key for the host's", () => {
    assert.deepStrictEqual(judge(about(`@cert-authority * ssh-ed25519 ${key}`, "a"), key), { _tag: "Unknown" })
  })

  it("minds wildcards and exceptions", () => {
    assert.isTrue(isAbout("*.example,!bad.example", "good.example"))
    assert.isFalse(isAbout("*.example,!bad.example", "bad.example"))
    assert.isTrue(isAbout("10.0.?.1", "10.0.3.1"))
    assert.isFalse(isAbout("10.0.?.1", "10.0.33.1"))
    assert.isFalse(isAbout("a.b", "axb"))
  })
})

describe("remembering", () => {
  it("makes a private file that is read again", () => {
    const file = join(temporary(), "below", "known_hosts")
    remember(file, "[h]:1", "ssh-ed25519", key)
    remember(file, "i", "ssh-ed25519", other)
    assert.deepStrictEqual(judge(read([file], ["[h]:1"]), key), { _tag: "Known" })
    assert.strictEqual(judge(read([file], ["i"]), key)._tag, "Changed")
  })
})

describe.skipIf(withoutOpenSsh !== "")(`hashed names, as OpenSSH writes them${withoutOpenSsh}`, () => {
  const knows = (file: string, name: string): boolean => spawnSync("ssh-keygen", ["-F", name, "-f", file]).status === 0

  it("are found by the same names as OpenSSH finds them by", () => {
    const file = join(temporary(), "known_hosts")
    writeFileSync(file, `plain.example ssh-ed25519 ${key}\n[port.example]:2222 ssh-ed25519 ${other}\n`)
    keygen("-H", "-f", file)
    assert.notInclude(readFileSync(file, "utf8"), "example")
    for (const name of [
      "plain.example",
      "[port.example]:2222",
      "port.example",
      "other.example",
      "[plain.example]:2222"
    ]) {
      assert.strictEqual(read([file], [name]).length > 0, knows(file, name), name)
    }
  })
})
