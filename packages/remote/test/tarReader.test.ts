import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it, onTestFinished } from "vitest"
import * as TarReader from "../src/internal/tarReader.ts"

const folderOf = (): string => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "runctl-tar-"))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Everything in an archive that comes in pieces of a certain size. */
const read = (archive: Uint8Array, pieceBytes: number): Record<string, string> => {
  const reader = TarReader.make()
  const found: Record<string, string> = {}
  let name = ""
  for (let at = 0; at < archive.length; at += pieceBytes) {
    for (const part of reader.push(archive.subarray(at, at + pieceBytes))) {
      if (part._tag === "Begin") {
        name = `${part.entry.kind} ${part.entry.path}`
        found[name] = ""
      } else if (part._tag === "Bytes") found[name] += Buffer.from(part.bytes).toString("latin1")
    }
  }
  assert.isTrue(reader.isComplete())
  return found
}

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0

const writers: ReadonlyArray<readonly [name: string, program: string, args: ReadonlyArray<string>]> = [
  ["GNU tar", "tar", ["--format=gnu", "-cf", "-"]],
  ["PAX", "tar", ["--format=posix", "-cf", "-"]],
  ["ustar", "tar", ["--format=ustar", "-cf", "-"]],
  ["BSD tar", "bsdtar", ["-cf", "-"]],
  ["busybox", "busybox", ["tar", "-cf", "-"]]
]

for (const [name, program, args] of writers) {
  const isMissing = !has(program)
  describe.skipIf(isMissing)(`an archive of ${name}${isMissing ? " (left out: it is not installed)" : ""}`, () => {
    it("is read as it was written, whatever its pieces are", () => {
      const folder = folderOf()
      const long = `${"d".repeat(60)}/${"e".repeat(60)}/f.bin`
      const content: Record<string, string> = {
        empty: "",
        one: "x",
        block: "b".repeat(512),
        more: "m".repeat(70_001),
        [long]: "long",
        "ünï ✓": "name"
      }
      for (const [file, text] of Object.entries(content)) {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
        fs.writeFileSync(path.join(folder, file), text)
      }
      fs.symlinkSync("one", path.join(folder, "link"))
      fs.linkSync(path.join(folder, "block"), path.join(folder, "zz-again"))
      const names = [...Object.keys(content), "link", "zz-again"]
      const archive = execFileSync(program, [...args, ...names], { cwd: folder, maxBuffer: 1e8 })
      for (const pieceBytes of [1, 7, 511, 512, 513, 65_536, archive.length]) {
        const found = read(archive, pieceBytes)
        for (const [file, text] of Object.entries(content)) assert.strictEqual(found[`file ${file}`], text, file)
        assert.strictEqual(found["symlink link"], "")
        assert.isTrue("hardlink zz-again" in found || found["file zz-again"] === content["block"])
      }
    })
  })
}

/** A header that announces a long name of so many bytes, in octal. */
const longName = (octal: string): Buffer => {
  const header = Buffer.alloc(512)
  header.write("././@LongLink", 0)
  header.write(octal, 124)
  header.write("        L", 148)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return header
}

describe("archives one behind another", () => {
  it("are read as one, whatever the pieces are", () => {
    const folder = folderOf()
    const archives = ["a", "b", "c"].map((name) => {
      fs.writeFileSync(path.join(folder, name), name.repeat(700))
      return execFileSync("tar", ["-cf", "-", "-C", folder, name])
    })
    const expected = { "file a": "a".repeat(700), "file b": "b".repeat(700), "file c": "c".repeat(700) }
    for (const pieceBytes of [100, 512, 10_000, 1_000_000]) {
      assert.deepStrictEqual(read(Buffer.concat(archives), pieceBytes), expected)
    }
  })
})

describe("what is no archive", () => {
  it("is refused, and never takes memory without end", () => {
    assert.throws(() => TarReader.make().push(Buffer.alloc(1024, "no archive")), TarReader.NoArchive)
    assert.throws(() => TarReader.make().push(longName("77777777777")), /too long/)
  })

  it("is refused when it never comes to an entry, or never to its end", () => {
    const names = TarReader.make()
    assert.throws(() => {
      for (let count = 0; count < 100; count++) names.push(longName("00000000000"))
    }, /more about an entry/)
    const zeros = TarReader.make()
    assert.throws(() => {
      for (let count = 0; count < 100; count++) zeros.push(Buffer.alloc(65_536))
    }, /after its end/)
  })

  it("is told from one that was cut off", () => {
    const folder = folderOf()
    fs.writeFileSync(path.join(folder, "f"), "x".repeat(2000))
    const archive = execFileSync("tar", ["-cf", "-", "f"], { cwd: folder })
    for (const cut of [100, 512, 1000, 2500]) {
      const reader = TarReader.make()
      reader.push(archive.subarray(0, cut))
      assert.strictEqual(reader.isComplete(), cut === 0)
    }
  })
})
