import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as ProjectFiles from "@runctl/remote/ProjectFiles"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"
import { sync } from "./syncing.ts"

const hasBusybox = ChildProcess.spawnSync("busybox", ["true"]).status === 0

layer(NodeServices.layer, { excludeTestServices: true })("CodeSync", (it) => {
  it.effect("brings every kind of name, mode and link that stays inside", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      const long = "d".repeat(60) + "/" + "e".repeat(100) + "/" + "f".repeat(139)
      const project = {
        "train.py": "print(1)",
        "a b/c\nd": "newline",
        "quo'te\"$`\\": "quotes",
        "-rf": "dash",
        "-d/-e": "dashes",
        "ünï/日本/😀.txt": "unicode",
        [long]: "300 characters",
        "bin/run": "#!/bin/sh\n",
        link: "->train.py",
        "bin/up": "->../a b",
        "ends\n": "newline last",
        "no/thing/": "",
        empty: ""
      }
      Machine.write(local, project)
      FS.chmodSync(`${local}/bin/run`, 0o755)
      FS.chmodSync(`${local}/train.py`, 0o640)
      const { there, last } = yield* sync(machine, local)
      assert.deepStrictEqual(Machine.read(there), { ...project })
      assert.strictEqual(FS.statSync(`${there}/bin/run`).mode & 0o777, 0o755)
      assert.strictEqual(FS.statSync(`${there}/train.py`).mode & 0o777, 0o640)
      assert.strictEqual(last?.files, 10)
      const again = yield* sync(machine, local)
      assert.isUndefined(again.last)
    })
  )

  it.effect("makes an absolute link that stays inside a relative one", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(local, { "data/x": "x", "deep/l": `->${local}/data/x` })
      const { there } = yield* sync(machine, local)
      assert.strictEqual(FS.readlinkSync(`${there}/deep/l`), "../data/x")
      assert.strictEqual(FS.readFileSync(`${there}/deep/l`, "utf8"), "x")
    })
  )

  it.effect("takes an empty folder", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      const { there } = yield* sync(machine, local)
      assert.deepStrictEqual(Machine.read(there), {})
    })
  )

  for (const target of ["/etc/passwd", "../outside", "sub/../../outside", "gone/../../outside"]) {
    it.effect(`refuses a link to ${target} before anything is sent`, () =>
      Effect.gen(function* () {
        const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
        Machine.write(local, { "a.py": "1", "sub/x": "1", escape: `->${target}` })
        const error = yield* Effect.flip(sync(machine, local))
        assert.strictEqual(error.reason._tag, "PathEscapes")
        assert.strictEqual(machine.commands.length, 0)
      })
    )
  }

  it.effect("refuses a link that leads out through another link", () =>
    Effect.gen(function* () {
      const [machine, outer] = [yield* Machine.make(), yield* Machine.temporary]
      const local = `${outer}/project`
      Machine.write(local, { "p/q/d": "->../..", "p/q/escape": "->d/../x" })
      Machine.write(outer, { x: "outside" })
      const error = yield* Effect.flip(sync(machine, local))
      assert.strictEqual(error.reason._tag, "PathEscapes")
    })
  )

  it.effect("sends only what changed, and takes away what is gone here", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(local, { "a.py": "1", "b.py": "1", "old/c.py": "1", "same.py": "1", l: "->a.py" })
      const { there } = yield* sync(machine, local)
      Machine.write(there, { "made.txt": "by the job", "old/made.txt": "by the job" })
      FS.writeFileSync(`${local}/b.py`, "22")
      FS.rmSync(`${local}/old/c.py`)
      FS.rmSync(`${local}/l`)
      FS.utimesSync(`${local}/same.py`, 1, 1)
      Machine.write(local, { "new.py": "n" })
      const { last, manifest } = yield* sync(machine, local)
      assert.deepStrictEqual(Machine.read(there), {
        "a.py": "1",
        "b.py": "22",
        "same.py": "1",
        "new.py": "n",
        "made.txt": "by the job",
        "old/made.txt": "by the job"
      })
      // `same.py` is read because of its time, and not sent because of its digest.
      assert.deepInclude(last, { files: 3, totalFiles: 3, bytes: 4 })
      assert.notStrictEqual(FS.statSync(`${there}/same.py`).mtimeMs, 1000)
      assert.deepStrictEqual(manifest.files.map((file) => file.path).toSorted(), ["a.py", "b.py", "new.py", "same.py"])
      assert.isUndefined((yield* sync(machine, local)).last)
    })
  )

  it.effect("restores what the job changed, removed or put in the way, never through a link of the job's", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      const elsewhere = yield* Machine.temporary
      Machine.write(elsewhere, { "x.py": "not ours" })
      Machine.write(local, { "a.py": "1", "b.py": "1", "c.py": "1", "src/x.py": "ours", "gone/y.py": "y" })
      const { there } = yield* sync(machine, local)
      FS.appendFileSync(`${there}/a.py`, "changed")
      FS.rmSync(`${there}/b.py`)
      FS.rmSync(`${there}/c.py`)
      FS.mkdirSync(`${there}/c.py/deep`, { recursive: true })
      for (const name of ["src", "gone"]) {
        FS.rmSync(`${there}/${name}`, { recursive: true })
        FS.symlinkSync(elsewhere, `${there}/${name}`)
      }
      FS.writeFileSync(`${elsewhere}/y.py`, "y")
      FS.rmSync(`${local}/gone`, { recursive: true })
      yield* sync(machine, local)
      const { gone, ...rest } = Machine.read(there)
      assert.deepStrictEqual(rest, { "a.py": "1", "b.py": "1", "c.py": "1", "src/x.py": "ours" })
      assert.strictEqual(gone, `->${elsewhere}`)
      assert.deepStrictEqual(Machine.read(elsewhere), { "x.py": "not ours", "y.py": "y" })
    })
  )

  it.effect("repeats a transfer that was cut, and believes no half of it", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      Machine.write(local, { "a.bin": "x".repeat(3_000_000), "b.py": "1" })
      const { there } = yield* sync(machine, local)
      FS.writeFileSync(`${local}/a.bin`, "y".repeat(3_000_000))
      const cut: Machine.Machine = {
        ...machine,
        shell: {
          ...machine.shell,
          stream: (command) =>
            typeof command.stdin === "string" || command.stdin === undefined
              ? machine.shell.stream(command)
              : machine.shell.stream({ ...command, script: `head -c 1000000 | (${command.script})` })
        }
      }
      assert.strictEqual((yield* Effect.flip(sync(cut, local))).reason._tag, "PreparationFailed")
      yield* sync(machine, local)
      assert.strictEqual(FS.readFileSync(`${there}/a.bin`, "utf8"), "y".repeat(3_000_000))
    })
  )

  it.effect("says which file cannot be read", () =>
    Effect.gen(function* () {
      const local = yield* Machine.temporary
      const error = yield* Effect.flip(ProjectFiles.list("prepare", `${local}/none`, { rules: "project" }))
      assert.strictEqual(error.reason._tag, "LocalFileFailed")
      assert.include(error.message, "no such file or folder")
    })
  )

  it.effect("leaves pipes behind and says so", () =>
    Effect.gen(function* () {
      const local = yield* Machine.temporary
      ChildProcess.execFileSync("mkfifo", [`${local}/pipe`])
      Machine.write(local, { "a.py": "1" })
      const { files, skipped } = yield* ProjectFiles.list("prepare", local, { rules: "project" })
      assert.deepStrictEqual(
        files.map((file) => file.path),
        ["a.py"]
      )
      assert.deepStrictEqual(skipped, ["pipe (no regular file)"])
    })
  )

  it.effect("brings 10,000 small files in one command", () =>
    Effect.gen(function* () {
      const [machine, local] = [yield* Machine.make(), yield* Machine.temporary]
      for (let i = 0; i < 10_000; i++) {
        if (i % 100 === 0) FS.mkdirSync(`${local}/d${i / 100}`)
        FS.writeFileSync(`${local}/d${Math.floor(i / 100)}/f${i}`, `content ${i}`)
      }
      const { there, last } = yield* sync(machine, local)
      assert.strictEqual(last?.files, 10_000)
      assert.strictEqual(machine.commands.length, 2)
      assert.strictEqual(Object.keys(Machine.read(there)).length, 10_000)
    })
  )

  it.effect.skipIf(!hasBusybox)("a machine with busybox only gets the same (skipped without busybox)", () =>
    Effect.gen(function* () {
      const tools = yield* Machine.temporary
      ChildProcess.execFileSync("busybox", ["--install", "-s", tools])
      const [machine, local] = [yield* Machine.make({ PATH: tools }), yield* Machine.temporary]
      const project = {
        "ünï/日本": "u",
        ["n".repeat(120)]: "long",
        "a\nb": "newline",
        l: "->" + "n".repeat(120),
        "p/x y": "1"
      }
      Machine.write(local, project)
      const { there } = yield* sync(machine, local)
      assert.deepStrictEqual(Machine.read(there), project)
      assert.isUndefined((yield* sync(machine, local)).last)
    })
  )
})
