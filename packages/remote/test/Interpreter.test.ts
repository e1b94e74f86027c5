import { assert, describe, it } from "@effect/vitest"
import * as DataSource from "@runctl/remote/DataSource"
import * as Interpreter from "@runctl/remote/Interpreter"
import * as SafePath from "@runctl/remote/SafePath"
import * as Arbitrary from "effect/Arbitrary"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as ChildProcess from "node:child_process"
import * as Path from "node:path"
import { exported, quote } from "../src/internal/quote.ts"

const command = (path: string, more: Partial<Interpreter.Script> = {}) =>
  Result.getOrElse(
    Result.map(
      Interpreter.commandFor({ path, isExecutable: false, firstLine: "", node: undefined, ...more }),
      (words) => words.join(" ")
    ),
    (message) => message
  )

describe("Interpreter", () => {
  it("goes by the name first", () => {
    assert.strictEqual(command("train.py", { isExecutable: true, firstLine: "#!/usr/bin/ruby" }), "python3 ./train.py")
    assert.strictEqual(command("-x.py"), "python3 ./-x.py")
    for (const extension of ["js", "mjs", "cjs", "ts", "MTS", "cts"]) {
      assert.strictEqual(command(`a/t.${extension}`), `node ./a/t.${extension}`)
    }
    assert.strictEqual(command("t.mjs", { node: "/opt/node" }), "/opt/node ./t.mjs")
    assert.strictEqual(command("t.sh"), "sh ./t.sh")
    assert.strictEqual(command("t.sh", { firstLine: "#!/usr/bin/env bash" }), "bash ./t.sh")
  })

  it("runs an executable that says how, and tells what would work otherwise", () => {
    assert.strictEqual(command("train", { isExecutable: true, firstLine: "#!/usr/bin/env ruby" }), "./train")
    assert.include(command("train", { firstLine: "#!/bin/sh" }), "chmod +x")
    assert.include(command("train.rs"), "What works: .py")
    assert.include(command("a.b/train", { isExecutable: true }), "What works: .py")
  })
})

describe("DataSource", () => {
  const sha = "0123456789abcdef".repeat(4)
  const parsed = (source: string) => Result.getOrElse(DataSource.parse(source), (message) => message)

  it("knows paths, https with and without a digest, and s3", () => {
    assert.deepInclude(parsed("./data"), { _tag: "Local", path: "./data" })
    assert.deepInclude(parsed(`https://x.org/a/d.tar?t=1#sha256=${sha.toUpperCase()}`), {
      url: "https://x.org/a/d.tar?t=1",
      name: "d.tar",
      sha256: sha
    })
    assert.deepInclude(parsed("https://x.org"), { name: "data", sha256: undefined })
    assert.deepInclude(parsed("https://x.org/.."), { name: "data" })
    assert.deepInclude(parsed("s3://bucket/a"), { _tag: "S3" })
  })

  it("refuses the rest and says what works", () => {
    for (const source of [
      "http://x.org/a",
      "ftp://x",
      "file:///a",
      "s3://",
      "https://x.org/a#md5=1",
      `https://x/a#sha256=${sha}0`
    ]) {
      assert.include(JSON.stringify(parsed(source)), "What works")
    }
  })

  it("fetches with what the machine has, or says what is missing", () => {
    const source = { _tag: "Https", url: "https://x.org/a", name: "a", sha256: undefined } as const
    const tool = (...tools: ReadonlyArray<string>) =>
      Result.getOrElse(DataSource.fetchScript(source, "d", new Set(tools)), (message) => message)
    assert.include(tool("wget", "curl"), "curl -fsSL")
    assert.include(tool("wget"), "wget -q")
    assert.include(tool("python3"), "urllib")
    assert.include(tool(), "none of them is there")
    assert.include(
      Result.getOrElse(DataSource.fetchScript({ _tag: "S3", uri: "s3://b/k" }, "d", new Set()), (message) => message),
      "AWS CLI"
    )
  })
})

describe("SafePath", () => {
  it.prop(
    "accepts only what stays below any folder",
    [Arbitrary.array(Arbitrary.schema(Schema.Literals(["a", "..", ".", "", "/", "\0", "b c", "..a"])))],
    ([parts]) => {
      const name = parts.join("/")
      const path = SafePath.parse(name, "/")
      if (path === undefined) return
      assert.isTrue(Path.resolve("/base", path).startsWith("/base/"))
      assert.strictEqual(Path.normalize(path), path)
    }
  )

  it("accepts every ordinary name, and no backslash or drive where those lead elsewhere", () => {
    assert.strictEqual(SafePath.parse("./a/b c/..d", "/"), "a/b c/..d")
    assert.strictEqual(SafePath.parse("a\\b", "/"), "a\\b")
    assert.deepStrictEqual([SafePath.parse("..\\a", "\\"), SafePath.parse("C:a", "\\")], [undefined, undefined])
  })
})

describe("quote", () => {
  it.prop(
    "reaches sh as it was",
    [Arbitrary.array(Arbitrary.schema(Schema.String))],
    ([texts]) => {
      const words = texts.map((text) => text.replaceAll("\0", ""))
      const script = `printf '%s\\0' ${words.map(quote).join(" ")}`
      const { stdout } = ChildProcess.spawnSync("sh", ["-c", script])
      const expected = words.length === 0 ? "\0" : words.map((word) => `${word}\0`).join("")
      assert.strictEqual(stdout.toString("utf8"), Buffer.from(expected, "utf8").toString("utf8"))
    },
    { arbitrary: { runs: 30 } }
  )

  it("exports what it was given", () => {
    const value = "a'b\n$(x)`y`\\"
    const { stdout } = ChildProcess.spawnSync("sh", ["-c", `${exported("V", value)}printf %s "$V"`])
    assert.strictEqual(stdout.toString(), value)
  })
})
