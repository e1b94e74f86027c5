import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import * as IgnoreRules from "@runctl/remote/IgnoreRules"
import * as ProjectFiles from "@runctl/remote/ProjectFiles"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Machine from "./Machine.ts"

const hasGit = ChildProcess.spawnSync("git", ["--version"]).status === 0

const listed = (folder: string) =>
  Effect.map(ProjectFiles.list("prepare", folder, { rules: "project" }), ({ files }) =>
    files.map((file) => (file.kind === "folder" ? `${file.path}/` : file.path))
  )

describe("IgnoreRules", () => {
  it("never takes version control along, whatever a list says", () => {
    const rules = IgnoreRules.enter(IgnoreRules.empty, "", { own: "!.git/", git: undefined })
    assert.isTrue(IgnoreRules.isIgnored(rules, ".git", true))
    assert.isTrue(IgnoreRules.isIgnored(rules, "sub/.git", false))
  })

  it("distinguishes cases as git does", () => {
    const rules = IgnoreRules.enter(IgnoreRules.empty, "", { own: undefined, git: "Data" })
    assert.deepStrictEqual(
      ["Data", "data"].map((name) => IgnoreRules.isIgnored(rules, name, false)),
      [true, false]
    )
  })
})

layer(NodeServices.layer, { excludeTestServices: true })("what of a project goes along", (it) => {
  it.effect.skipIf(!hasGit)("is what git would track (skipped without git)", () =>
    Effect.gen(function* () {
      const folder = yield* Machine.temporary
      Machine.write(folder, {
        ".gitignore": "*.log\n/build/\n!keep.log\nsecret\ndocs/**/tmp\n\\#odd\n  \nfoo/*\n!foo/bar/\n",
        "a.log": "",
        "keep.log": "",
        "build/x": "",
        "sub/build/x": "",
        "sub/.gitignore": "!a.log\n*.bin\n",
        "sub/a.log": "",
        "sub/m.bin": "",
        "sub/deep/.gitignore": "!m.bin\n",
        "sub/deep/m.bin": "",
        "sub/deep/a.log": "",
        "secret/x": "",
        "docs/a/b/tmp/x": "",
        "docs/tmpx": "",
        "#odd": "",
        "foo/x": "",
        "foo/bar/y": "",
        "ünï cödé.txt": ""
      })
      ChildProcess.execFileSync("git", ["init", "-q"], { cwd: folder })
      const tracked = ChildProcess.execFileSync("git", ["ls-files", "-zco", "--exclude-standard"], { cwd: folder })
        .toString("utf8")
        .split("\0")
        .filter((name) => name !== "")
      const files = (yield* listed(folder)).filter((name) => !name.endsWith("/"))
      assert.deepStrictEqual(files, tracked.toSorted())
    })
  )

  it.effect("leaves behind what is rebuilt on the machine, unless .runctlignore asks for it", () =>
    Effect.gen(function* () {
      const folder = yield* Machine.temporary
      const files = {
        "a.py": "",
        "node_modules/x/index.js": "",
        "node_modules/x/a.log": "",
        "__pycache__/a.pyc": "",
        "env/pyvenv.cfg": "",
        "env/bin/python": "",
        "weights.bin": "",
        ".gitignore": "weights.bin\n*.log\nnode_modules\n"
      }
      Machine.write(folder, files)
      assert.deepStrictEqual(yield* listed(folder), [".gitignore", "a.py"])
      Machine.write(folder, { ".runctlignore": "!node_modules/\n!env/\n!weights.bin\na.py\n" })
      assert.deepStrictEqual(yield* listed(folder), [
        ".gitignore",
        ".runctlignore",
        "env/bin/python",
        "env/pyvenv.cfg",
        "node_modules/x/index.js",
        "weights.bin"
      ])
    })
  )

  it.effect("obeys the lists of the repository around it, and none above a repository", () =>
    Effect.gen(function* () {
      const outer = yield* Machine.temporary
      Machine.write(outer, {
        ".gitignore": "*.py\n",
        "repo/.git/": "",
        "repo/.gitignore": ".env\nproject/local\nother/\n",
        "repo/project/a.py": "",
        "repo/project/.env": "",
        "repo/project/local/x": "",
        "repo/other/b.py": ""
      })
      assert.deepStrictEqual(yield* listed(`${outer}/repo/project`), ["a.py"])
      assert.deepStrictEqual(yield* listed(`${outer}/repo/other`), ["b.py"])
    })
  )

  it.effect("keeps folders with nothing in them", () =>
    Effect.gen(function* () {
      const folder = yield* Machine.temporary
      Machine.write(folder, { "logs/": "", "only/junk.pyc": "", a: "" })
      assert.deepStrictEqual(yield* listed(folder), ["a", "logs/", "only/"])
    })
  )
})
