import { assert, it } from "@effect/vitest"
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { hasInclude, includeLine, install, isIncludable } from "../../src/sshConfig/include.ts"

const inFolder = (body: (folder: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-include-"))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const line = includeLine("/state/ssh/config")

it("a path with spaces is quoted", () => {
  assert.strictEqual(includeLine("/a b/config"), 'Include "/a b/config"')
  assert.strictEqual(line, "Include /state/ssh/config")
})

it("a path that OpenSSH would read as another one is told", () => {
  assert.isTrue(isIncludable("/home/a user's/.local/state/runctl/ssh/config"))
  for (const file of ["/a*", "/[a]", "/a?", "/%h", "/${HOME}", '/"', "/\n", "/a\\b"])
    assert.isFalse(isIncludable(file), file)
})

it("a configuration that is not there is made for the user alone", () => {
  inFolder((folder) => {
    const file = join(folder, ".ssh", "config")
    assert.isTrue(install(file, line))
    assert.strictEqual(readFileSync(file, "utf8"), `${line}\n`)
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    assert.strictEqual(statSync(join(folder, ".ssh")).mode & 0o777, 0o700)
  })
})

it("the rest stays byte for byte, also its mode, also behind a link, and the line comes once", () => {
  inFolder((folder) => {
    mkdirSync(join(folder, "dotfiles"))
    const real = join(folder, "dotfiles", "config")
    const before = Buffer.from([...Buffer.from("# caf\r\nHost a\n  User b"), 0xe9, 0x0a, 0x00])
    writeFileSync(real, before, { mode: 0o644 })
    const file = join(folder, "config")
    symlinkSync(real, file)
    assert.isTrue(install(file, line))
    assert.isFalse(install(file, line))
    assert.isTrue(lstatSync(file).isSymbolicLink())
    assert.isTrue(readFileSync(real).equals(Buffer.concat([Buffer.from(`${line}\n\n`), before])))
    assert.strictEqual(statSync(real).mode & 0o777, 0o644)
    assert.deepStrictEqual(readdirSync(join(folder, "dotfiles")), ["config"])
  })
})

it("a line that holds only for some hosts, or is a comment, is not the one", () => {
  assert.isTrue(hasInclude(`# hello\n  ${line}\nHost *\n`, line))
  assert.isFalse(hasInclude(`Host a\n  ${line}\n`, line))
  assert.isFalse(hasInclude(`match all\n${line}\n`, line))
  assert.isFalse(hasInclude(`# ${line}\n`, line))
})
