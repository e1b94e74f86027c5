import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import type { JobRequest } from "@runctl/core/Job"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Shells from "@runctl/remote/Shells"
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import * as Crypto from "node:crypto"
import * as FS from "node:fs"
import * as Fixture from "./Fixture.ts"
import * as Machine from "./Machine.ts"

const has = (tool: string, ...args: ReadonlyArray<string>): boolean => ChildProcess.spawnSync(tool, args).status === 0
const hasVenv = has("python3", "-c", "import venv, ensurepip")
const hasNpm = has("npm", "--version")

/** A wheel with one module, made here so that no index is asked. */
const wheel = (folder: string): void => {
  const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1] + "/tiny-1.0-py3-none-any.whl", "w") as z:
    z.writestr("tiny.py", "answer = 42\\n")
    z.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.0\\n")
    z.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr("tiny-1.0.dist-info/RECORD", "")`
  ChildProcess.execFileSync("python3", ["-c", script, folder])
}

const withTools = (home: string, tools: Readonly<Record<string, string>>) => {
  FS.mkdirSync(`${home}/bin`)
  for (const [name, script] of Object.entries(tools)) FS.writeFileSync(`${home}/bin/${name}`, script, { mode: 0o755 })
  const environment = { PATH: `${home}/bin:/usr/bin:/bin` }
  return MachineUse.make(Machine.provider(home, environment)).pipe(Effect.provide(Shells.layerLocal))
}

const withData = (project: string, dataSource: string): JobRequest =>
  Machine.request(project, "t.sh", {
    job: { project, script: "t.sh", args: [], environment: {}, secretNames: [], dataSource }
  })

layer(NodeServices.layer, { excludeTestServices: true })("Prepare", (it) => {
  it.effect("says what is wrong with a script before anything is sent", () =>
    Effect.gen(function* () {
      const { project, use, wire } = yield* Fixture.make
      Machine.write(project, { "a.rs": "", "folder/x": "", train: "text" })
      const refusal = (script: string) =>
        Effect.map(Effect.flip(Fixture.prepared(use, Machine.request(project, script))), (error) => [
          error.reason._tag,
          error.message
        ])
      assert.deepStrictEqual(yield* refusal("none.py"), [
        "LocalFileFailed",
        `${project}/none.py: no such file or folder`
      ])
      assert.deepStrictEqual(yield* refusal("folder"), [
        "LocalFileFailed",
        `${project}/folder is a folder, not a script`
      ])
      assert.strictEqual((yield* refusal("../x.py"))[0], "PathEscapes")
      assert.strictEqual((yield* refusal("/etc/passwd"))[0], "PathEscapes")
      assert.include((yield* refusal("a.rs"))[1], "What works")
      assert.include((yield* refusal("train"))[1], "What works")
      assert.strictEqual(wire.commands.length, 0)
    })
  )

  it.effect("takes an ignored script along, and not the folder outputs go to", () =>
    Effect.gen(function* () {
      const { project, use } = yield* Fixture.make
      Machine.write(project, { ".gitignore": "*.sh", "t.sh": "ls", "o.sh": "", "out/old": "" })
      const request = Machine.request(project, "t.sh", {
        job: { project, script: "t.sh", args: [], environment: {}, secretNames: [], outputDest: `${project}/out` }
      })
      assert.strictEqual(Fixture.logOf(yield* Fixture.ran(use, request)), "t.sh\n")
    })
  )

  it.effect("says which tool the machine lacks", () =>
    Effect.gen(function* () {
      const [home, project] = [yield* Machine.temporary, yield* Machine.temporary]
      Machine.write(project, { "t.py": "" })
      const bare = ["sh", "tar", "find", "stat", "date", "cat", "mkdir", "mv"]
      FS.mkdirSync(`${home}/bin`)
      for (const tool of bare)
        FS.symlinkSync(ChildProcess.execFileSync("which", [tool]).toString().trim(), `${home}/bin/${tool}`)
      const use = yield* MachineUse.make(Machine.provider(home, { PATH: `${home}/bin` })).pipe(
        Effect.provide(Shells.layerLocal)
      )
      const error = yield* Effect.flip(Fixture.prepared(use, Machine.request(project, "t.py")))
      assert.include(error.message, "needs python3, and the machine does not have it")
    })
  )

  it.effect.skipIf(!hasVenv)(
    "installs requirements once, and again only when they change (skipped without python3 and venv)",
    () =>
      Effect.gen(function* () {
        const { project, use, wire } = yield* Fixture.make
        wheel(project)
        Machine.write(project, {
          "requirements.txt": "./tiny-1.0-py3-none-any.whl\n",
          "t.py": "import tiny; print(tiny.answer)"
        })
        const request = Machine.request(project, "t.py")
        const events = yield* Fixture.prepared(use, request)
        assert.isTrue(events.some((event) => event._tag === "Output" && event.text.includes("tiny")))
        yield* use.train(Machine.id, request)
        assert.strictEqual(Fixture.logOf(yield* Fixture.followed(use, request)), "42\n")
        wire.commands.length = 0
        const again = yield* Fixture.prepared(use, { ...request, unit: Machine.unit(`${Machine.run}-2`) })
        assert.isFalse(again.some((event) => event._tag === "Output"))
        assert.strictEqual(wire.commands.length, 2)
      }),
    120_000
  )

  it.effect("fails with the end of the output when requirements cannot be met, and forgets the attempt", () =>
    Effect.gen(function* () {
      const [home, project] = [yield* Machine.temporary, yield* Machine.temporary]
      const use = yield* withTools(home, {
        python3: "#!/bin/sh\n",
        uv: '#!/bin/sh\n[ "$1" = pip ] || exit 0\nseq 1 100\necho "no such package: nowhere" >&2\nexit 3\n'
      })
      Machine.write(project, { "requirements.txt": "nowhere\n", "t.py": "" })
      const error = yield* Effect.flip(Fixture.prepared(use, Machine.request(project, "t.py")))
      assert.strictEqual(error.reason._tag, "PreparationFailed")
      const output = "output" in error.reason ? error.reason.output : ""
      assert.isTrue(output.endsWith("\n99\n100\nno such package: nowhere"), output)
      assert.notInclude(output, "\n50\n")
      const [folder = ""] = FS.readdirSync(`${home}/.runctl/deps`)
      assert.isFalse(FS.existsSync(`${home}/.runctl/deps/${folder}/ready`))
      assert.deepStrictEqual(FS.readdirSync(`${home}/.runctl/deps`).length, 1)
    })
  )

  it.effect.skipIf(!hasNpm)(
    "installs what package.json needs (skipped without npm)",
    () =>
      Effect.gen(function* () {
        const { project, out, use } = yield* Fixture.make
        Machine.write(project, {
          "package.json": '{"dependencies":{"tiny":"file:./tiny"}}',
          "tiny/package.json": '{"name":"tiny","version":"1.0.0","main":"i.js"}',
          "tiny/i.js": "module.exports = 42",
          "t.cjs": "console.log(require('tiny')); require('fs').writeFileSync('made', '')"
        })
        const request = Machine.request(project, "t.cjs")
        assert.strictEqual(Fixture.logOf(yield* Fixture.ran(use, request)), "42\n")
        const outputs = yield* use.collect(Machine.id, request.unit, out)
        assert.notInclude(outputs.map((file) => file.path).join("\n"), "node_modules")
        assert.include(
          outputs.map((file) => file.path),
          "made"
        )
      }),
    120_000
  )

  it.effect("lets the machine fetch data once, and believes its digest only", () =>
    Effect.gen(function* () {
      const [home, project] = [yield* Machine.temporary, yield* Machine.temporary]
      const url = 'https://x.org/d.bin?token="secret"'
      const use = yield* withTools(home, {
        curl: '#!/bin/sh\necho "$@" >>"$HOME/asked"\nread -r line\necho "$line" >>"$HOME/config"\nwhile [ "$1" != -o ]; do shift; done\nprintf data >"$2"\n'
      })
      Machine.write(project, { "t.sh": 'cat "$RUNCTL_DATA_DIR/d.bin"' })
      const sha256 = Crypto.createHash("sha256").update("data").digest("hex")
      const request = withData(project, `${url}#sha256=${sha256}`)
      yield* Fixture.prepared(use, request)
      assert.strictEqual(Fixture.logOf(yield* Fixture.ran(use, request)), "data")
      assert.strictEqual(FS.readFileSync(`${home}/asked`, "utf8").split("\n").length, 2)
      assert.notInclude(FS.readFileSync(`${home}/asked`, "utf8"), "secret")
      assert.strictEqual(FS.readFileSync(`${home}/config`, "utf8"), 'url = "https://x.org/d.bin?token=%22secret%22"\n')
      const other = { ...withData(project, `${url}#sha256=${"0".repeat(64)}`), unit: Machine.unit(`${Machine.run}-u2`) }
      const wrong = yield* Effect.flip(Fixture.prepared(use, other))
      assert.strictEqual(wrong.reason._tag, "PreparationFailed")
      assert.include("output" in wrong.reason ? wrong.reason.output : "", `digest ${sha256}`)
    })
  )

  it.effect("fetches from s3 with the machine's own client, a key or everything below it", () =>
    Effect.gen(function* () {
      const [home, project] = [yield* Machine.temporary, yield* Machine.temporary]
      const use = yield* withTools(home, {
        aws: `#!/bin/sh
[ "$2" = ls ] && { case $3 in */many/) echo x ;; esac; exit 0; }
for a in "$@"; do last=$a; done
mkdir -p "$last" && echo "$2" >"$last/how"
`
      })
      Machine.write(project, { "t.sh": 'cat "$RUNCTL_DATA_DIR/how"' })
      assert.strictEqual(Fixture.logOf(yield* Fixture.ran(use, withData(project, "s3://b/one"))), "cp\n")
      const many = { ...withData(project, "s3://b/many"), unit: Machine.unit(`${Machine.run}-u2`) }
      assert.strictEqual(Fixture.logOf(yield* Fixture.ran(use, many)), "sync\n")
    })
  )
})
