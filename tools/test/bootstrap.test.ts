import { assert, it } from "@effect/vitest"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, describe } from "vitest"

const repository = path.resolve(import.meta.dirname, "../..")
const roots: Array<string> = []

/** A checkout with the real bootstrap, an npm that writes down its calls, and a build that does the same. */
const checkout = (npm: string, build = "fs.writeFileSync('cli/oclif.manifest.json', '{}')"): string => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "runctl-bootstrap-"))
  roots.push(root)
  const write = (name: string, text: string, mode = 0o644): void => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    fs.writeFileSync(path.join(root, name), text, { mode })
  }
  for (const name of ["bootstrap.mjs", "bootstrap-lock.mjs"]) {
    write(`scripts/${name}`, fs.readFileSync(path.join(repository, "scripts", name), "utf8"))
  }
  const platform = `node-${process.platform}-${process.arch}`
  write("package.json", JSON.stringify({ optionalDependencies: { [platform]: "24.21.0" } }))
  write("package-lock.json", JSON.stringify({ packages: { "": {}, "node_modules/left": { version: "1.0.0" } } }))
  write("packages/core/package.json", "{}")
  write("packages/core/src/index.ts", "export {}\n")
  write("cli/package.json", "{}")
  write("bin/npm", `#!/bin/sh\necho "$@" >> npm-calls\n${npm}\n`, 0o755)
  write(
    "scripts/build.mjs",
    `import fs from "node:fs"\nfs.appendFileSync("build-calls", "built\\n")\nfs.mkdirSync("cli/dist", { recursive: true })\n${build}\n`
  )
  return root
}

const installs = "rm -rf node_modules; mkdir -p node_modules"

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const start = (root: string, uid?: number): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } => {
  const env = { PATH: `${path.join(root, "bin")}:/usr/bin:/bin`, HOME: root }
  const child = spawn(process.execPath, ["scripts/bootstrap.mjs"], {
    cwd: root,
    env,
    ...(uid === undefined ? {} : { uid })
  })
  const said = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => (said.stdout += chunk))
  child.stderr.on("data", (chunk) => (said.stderr += chunk))
  const outcome = new Promise<Outcome>((resolve) => child.once("close", (code) => resolve({ code, ...said })))
  return { child, outcome }
}

const bootstrap = (root: string): Promise<Outcome> => start(root).outcome

const calls = (root: string, name: "npm" | "build"): ReadonlyArray<string> => {
  const file = path.join(root, `${name}-calls`)
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : []
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe.skipIf(process.platform === "win32")("bootstrap (POSIX sh stands in for npm; not on Windows)", () => {
  afterEach(() => {
    for (const root of roots.splice(0)) fs.rmSync(root, { recursive: true, force: true })
  })

  it("installs once, builds once, and is silent and quick after that", async () => {
    const root = checkout(installs)
    const first = await bootstrap(root)
    assert.deepStrictEqual([first.code, first.stdout], [0, ""])
    assert.match(first.stderr, /Installing 2 packages/)
    assert.match(calls(root, "npm")[0] ?? "", /^ci .*--no-audit --no-fund --loglevel=error$/)

    const started = performance.now()
    const second = await bootstrap(root)
    assert.deepStrictEqual(second, { code: 0, stdout: "", stderr: "" })
    assert.isBelow(performance.now() - started, 3000)
    assert.deepStrictEqual([calls(root, "npm").length, calls(root, "build").length], [1, 1])
  })

  it("installs again when the lockfile or the optional dependencies change", async () => {
    const root = checkout(installs)
    await bootstrap(root)
    fs.appendFileSync(path.join(root, "package-lock.json"), "\n")
    await bootstrap(root)
    assert.strictEqual(calls(root, "npm").length, 2)
    const platform = `node-${process.platform}-${process.arch}`
    fs.writeFileSync(
      path.join(root, "package.json"),
      JSON.stringify({ optionalDependencies: { [platform]: "24.22.0" } })
    )
    await bootstrap(root)
    assert.strictEqual(calls(root, "npm").length, 3)
  })

  it("accepts what npm has already installed by hand, and only that", async () => {
    const root = checkout(installs)
    const hidden = (version: string): void => {
      fs.mkdirSync(path.join(root, "node_modules/.bin"), { recursive: true })
      fs.symlinkSync(process.execPath, path.join(root, "node_modules/.bin/node"))
      const packages = { "node_modules/left": { version } }
      fs.writeFileSync(path.join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages }))
    }
    hidden("1.0.0")
    await bootstrap(root)
    assert.strictEqual(calls(root, "npm").length, 0)

    fs.rmSync(path.join(root, "node_modules"), { recursive: true })
    hidden("0.9.0")
    await bootstrap(root)
    assert.strictEqual(calls(root, "npm").length, 1)
  })

  it("links the Node that came with the packages where npm did not", async () => {
    const platform = `node-${process.platform}-${process.arch}`
    const root = checkout(`${installs}/${platform}/bin; ln -s ${process.execPath} node_modules/${platform}/bin/node`)
    const link = path.join(root, "node_modules/.bin/node")
    await bootstrap(root)
    assert.strictEqual(fs.realpathSync(link), fs.realpathSync(process.execPath))
    fs.rmSync(link)
    await bootstrap(root)
    assert.isTrue(fs.existsSync(link))
    assert.strictEqual(calls(root, "npm").length, 1)
  })

  it("does without a Node that cannot start here", async () => {
    const platform = `node-${process.platform}-${process.arch}`
    const shipped = `node_modules/${platform}/bin/node`
    const root = checkout(
      `${installs}/${platform}/bin node_modules/.bin; echo no > ${shipped}; ln -s ../../${shipped} node_modules/.bin/node`
    )
    const { code } = await bootstrap(root)
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(fs.readdirSync(path.join(root, "node_modules/.bin")), [])
  })

  it("builds again after an edit, an added file and a removed file", async () => {
    const root = checkout(installs)
    await bootstrap(root)
    const added = path.join(root, "packages/core/src/Added.ts")
    fs.appendFileSync(path.join(root, "packages/core/src/index.ts"), "// edited\n")
    await bootstrap(root)
    fs.writeFileSync(added, "export {}\n")
    await bootstrap(root)
    fs.rmSync(added)
    await bootstrap(root)
    assert.deepStrictEqual([calls(root, "npm").length, calls(root, "build").length], [1, 4])
  })

  it("lets one of two processes install while the other waits", async () => {
    const root = checkout(`sleep 1; ${installs}`)
    const [left, right] = await Promise.all([bootstrap(root), bootstrap(root)])
    assert.deepStrictEqual([left.code, right.code], [0, 0])
    assert.deepStrictEqual([calls(root, "npm").length, calls(root, "build").length], [1, 1])
    assert.match(left.stderr + right.stderr, /Another process is setting up this checkout/)
    assert.notInclude(fs.readdirSync(root).join(" "), ".lock")
  })

  it("starts over after an installation that was killed, and takes its lock away", async () => {
    const root = checkout(`mkdir -p node_modules; [ -e again ] || { echo $$ > pid; exec sleep 30; }; ${installs}`)
    const { child, outcome } = start(root)
    const pid = (): number => Number(fs.readFileSync(path.join(root, "pid"), "utf8"))
    await until(() => fs.existsSync(path.join(root, "pid")) && pid() > 0)
    child.kill("SIGKILL")
    process.kill(pid())
    await outcome
    fs.writeFileSync(path.join(root, "again"), "")
    assert.isTrue(fs.existsSync(path.join(root, ".bootstrap.lock")))

    const second = await bootstrap(root)
    assert.deepStrictEqual([second.code, calls(root, "npm").length], [0, 2])
  })

  it("says that the registry cannot be reached, marks nothing, and tries again next time", async () => {
    const root = checkout(`echo "npm error code ENOTFOUND" >&2; mkdir -p node_modules; exit 1`)
    const first = await bootstrap(root)
    assert.strictEqual(first.code, 1)
    assert.match(first.stderr, /npm could not reach its registry/)
    assert.notMatch(first.stderr, /\n\s+at /)
    await bootstrap(root)
    assert.strictEqual(calls(root, "npm").length, 2)
  })

  it("does not count a failed build as built", async () => {
    const root = checkout(installs, "process.exit(3)")
    const first = await bootstrap(root)
    assert.strictEqual(first.code, 1)
    assert.match(first.stderr, /build\.mjs failed with exit code 3/)
    await bootstrap(root)
    assert.strictEqual(calls(root, "build").length, 2)
  })

  it("asks for Node 24 where none can be installed", async () => {
    const root = checkout(installs)
    fs.writeFileSync(path.join(root, "package.json"), "{}")
    const script = path.join(root, "scripts/bootstrap.mjs")
    const older = fs.readFileSync(script, "utf8").replace("process.versions.node.split", '"22.19.0".split')
    fs.writeFileSync(script, older)
    const { code, stderr } = await bootstrap(root)
    assert.strictEqual(code, 1)
    assert.match(stderr, /needs Node 24 or newer/)
    assert.strictEqual(calls(root, "npm").length, 0)
  })

  it("works in a read-only checkout that is set up, and says so in one that is not", async (context) => {
    const root = checkout(installs)
    await bootstrap(root)
    // Root may write everywhere, so these two are somebody else.
    const stranger = process.getuid?.() === 0 ? 65_534 : undefined
    const able = spawnSync(process.execPath, ["-v"], stranger === undefined ? {} : { uid: stranger }).status === 0
    context.skip(!able, "runs as root, and another user may not read this checkout")
    fs.chmodSync(root, 0o555)
    const ready = await start(root, stranger).outcome
    fs.chmodSync(root, 0o755)
    fs.rmSync(path.join(root, "node_modules"), { recursive: true })
    fs.chmodSync(root, 0o555)
    const bare = await start(root, stranger).outcome
    fs.chmodSync(root, 0o755)
    assert.deepStrictEqual(ready, { code: 0, stdout: "", stderr: "" })
    assert.match(bare.stderr, /This checkout cannot be written/)
  })
})
