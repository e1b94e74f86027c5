import { assert, it } from "@effect/vitest"
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { findProject } from "../../src/train/script.ts"

const base = realpathSync(mkdtempSync(join(tmpdir(), "runctl-script-")))
const home = join(base, "home")
const project = join(home, "project")
mkdirSync(join(project, "sub"), { recursive: true })
for (const name of ["train.py", "sub/deep.py", "plain.txt"]) writeFileSync(join(project, name), "")
writeFileSync(join(home, "loose.py"), "")
writeFileSync(join(project, "tool"), "#!/bin/sh\n")
chmodSync(join(project, "tool"), 0o755)

const find = (script: string, cwd = project) => findProject(script, cwd, home)

it("the current folder is the project of a script inside it", () => {
  assert.deepStrictEqual(find("train.py"), { folder: project, script: "train.py" })
  assert.deepStrictEqual(find("./sub/deep.py"), { folder: project, script: "sub/deep.py" })
  assert.deepStrictEqual(find("tool"), { folder: project, script: "tool" })
})

it("elsewhere the script's own folder is, so that a home directory never leaves this computer", () => {
  assert.deepStrictEqual(find("project/train.py", home), { folder: project, script: "train.py" })
  assert.deepStrictEqual(find(join(project, "sub/deep.py"), base), { folder: join(project, "sub"), script: "deep.py" })
  assert.throws(() => find("loose.py", home), /all of which would be brought/)
})

it("a script behind a link is found where it really is", () => {
  symlinkSync(project, join(base, "link"))
  assert.deepStrictEqual(find("train.py", join(base, "link")), { folder: project, script: "train.py" })
})

it("says what is wrong with a script, and what was meant", () => {
  assert.throws(() => find("trian.py"), /does not exist\. Did you mean "train\.py"/)
  assert.throws(() => find("sub"), /is a folder/)
  assert.throws(() => find("plain.txt"), /cannot be run/)
})
