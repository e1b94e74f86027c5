import { execFile, spawn } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { missingMachines } from "@runctl/testkit/Emulator"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { pack, temporary } from "../harness/packed.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const execute = promisify(execFile)

/** What a plugin's package asks npm for, and what those ask for in turn. */
const ours = ["core", "remote", "runtime", "platform-node", "testkit"].map((name) => `@runctl/${name}`)
const programs = ["create-runctl-provider", "runctl"]

let folder = ""
let plugin = ""
const { FORCE_COLOR: _, ...around } = process.env
const env = { ...around, NO_COLOR: "1", PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` }

const unpack = async (name: string, tarball: string): Promise<void> => {
  const target = join(folder, "node_modules", name)
  mkdirSync(target, { recursive: true })
  await execute("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"])
}

const inPlugin = async (...command: readonly [string, ...Array<string>]): Promise<string> => {
  const [program, ...args] = command
  const { stdout, stderr } = await execute(program, args, { cwd: plugin, env, maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: unknown) => {
      const said = error instanceof Error && "stdout" in error ? String(error.stdout) : ""
      throw new Error(`${command.join(" ")} failed: ${said.slice(-6000)}`, { cause: error })
    }
  )
  return stdout + stderr
}

/** Far from the workspace, with what was packed; everything else comes from the checkout, as there may be no network. */
beforeAll(async () => {
  folder = temporary()
  await execute("npx", ["tsc", "-b"], { cwd: root })
  for (const name of [...ours, ...programs]) await unpack(name, await pack(name, folder))
  const modules = join(folder, "node_modules")
  const others = readdirSync(join(root, "node_modules")).filter((name) => !/^(\.cache|\.vite.*|@runctl)$/.test(name))
  for (const name of others) {
    if (!existsSync(join(modules, name))) symlinkSync(join(root, "node_modules", name), join(modules, name))
  }
  writeFileSync(join(folder, "package.json"), '{ "name": "stranger", "private": true }\n')
  plugin = join(folder, "runctl-plugin-acme-cloud")
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const packedCli = (): string => join(folder, "node_modules/runctl/bin/run.js")

/** Port 22 may be this computer's own. */
const sshPort = "2023"

/** The plugin's own emulated cloud, as `npm run emulate` starts it. */
const emulate = async (): Promise<{
  readonly variables: Record<string, string>
  readonly close: () => Promise<void>
}> => {
  const child = spawn(process.execPath, ["emulator/main.ts"], {
    cwd: plugin,
    env: { ...env, PORT: "0", SSH_PORT: sshPort }
  })
  const over = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const said = await new Promise<string>((resolve, reject) => {
    let text = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk
        if (text.includes("_emulator/state")) resolve(text)
      })
    }
    child.once("close", () => reject(new Error(`the emulator ended: ${text}`)))
  })
  const variables = [...said.matchAll(/export (\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value])
  return {
    variables: Object.fromEntries(variables),
    close: () => {
      child.kill("SIGTERM")
      return over
    }
  }
}

/** A whole run on the emulated cloud, by whichever way runctl knows of the plugin. */
const trains = async (box: Box, more: Readonly<Record<string, string>>): Promise<void> => {
  const runctl = (...args: ReadonlyArray<string>) =>
    box.startProgram(process.execPath, [packedCli(), ...args], more).ended
  await runctl("config", "set", "providers.acme-cloud.ssh-port", sshPort)
  const shown = await runctl("providers", "show", "acme-cloud", "--check", "--json")
  assert.strictEqual(shown.code, 0, shown.stdout)
  assert.deepStrictEqual(JSON.parse(shown.stdout).provider.problems, [])
  const doctor = await runctl("providers", "doctor", "acme-cloud")
  assert.match(doctor.stdout, /offers .*4 offers/)
  box.file("train.sh", "echo from a seventh cloud; echo trained >model")
  const train = await runctl("train", "train.sh", "--provider", "acme-cloud", "--gpu", "L4", "--out", "out")
  assert.strictEqual(train.code, 0, train.stderr)
  assert.strictEqual(train.stdout, "from a seventh cloud\n")
  assert.strictEqual(box.read("project/out/model"), "trained\n")
}

describe("a plugin that a stranger begins", () => {
  it("is written by the packed program", async () => {
    const create = join(folder, "node_modules/create-runctl-provider/bin/create.js")
    const { stdout } = await execute(process.execPath, [create, "acme-cloud"], { cwd: folder })
    assert.include(stdout, "runctl-plugin-acme-cloud")
    const described = JSON.parse(readFileSync(join(plugin, "package.json"), "utf8"))
    assert.strictEqual(described.runctl.name, "acme-cloud")
  })

  it(
    "builds, type-checks and keeps the laws with `npm test`, from its sources and as it is built",
    { timeout: 400_000 },
    async () => {
      const said = await inPlugin("npm", "test")
      assert.match(said, /acme-cloud keeps the provider laws/)
      assert.match(said, /acme-cloud, as it is built, keeps the provider laws/)
      if (missingMachines() === undefined) {
        assert.match(said, /✓ a running machine is reached, and runs what it is told/)
        assert.match(said, /Test Files {2}4 passed/)
      } else assert.match(said, /Test Files {2}3 passed \| 1 skipped/)
      assert.notInclude(said, join(root, "packages"), "nothing of the workspace is used")
    }
  )

  it("is one file that needs nothing else, with an Effect of its own", async () => {
    const said = await inPlugin("npm", "pack", "--json", "--offline", "--ignore-scripts")
    const [packed] = Object.values(JSON.parse(said.slice(said.search(/[[{]/))))
    const paths = Object(packed).files.map(({ path }: { path: string }) => path)
    assert.sameMembers(paths, ["README.md", "dist/index.js", "package.json"])
    const module = readFileSync(join(plugin, "dist/index.js"), "utf8")
    const imported = [...module.matchAll(/^import .* from "([^"]+)"/gm)].map(([, from]) => from)
    assert.deepStrictEqual(
      imported.filter((from) => from?.startsWith("node:") !== true),
      []
    )
  })

  const skip = missingMachines()

  boxed(
    "is installed from its tarball, and carries a run to its end through the packed runctl",
    async (box) => {
      const tarball = readdirSync(plugin).find((name) => name.endsWith(".tgz")) ?? "none"
      const install = await box.startProgram(
        process.execPath,
        [packedCli(), "plugins", "install", join(plugin, tarball)],
        {
          npm_config_offline: "true"
        }
      ).ended
      assert.strictEqual(install.code, 0, install.stderr)
      assert.match(install.stdout, /runctl-plugin-acme-cloud 0\.1\.0 is there: provider acme-cloud/)
      const cloud = await emulate()
      try {
        await trains(box, cloud.variables)
        const state: unknown = await (
          await fetch(`${cloud.variables["RUNCTL_ACME_CLOUD_ENDPOINT"]}/_emulator/state`)
        ).json()
        assert.notMatch(JSON.stringify(state), /"status":"(active|new)"/, "nothing is left")
      } finally {
        await cloud.close()
      }
    },
    { timeout: 180_000, skip }
  )

  boxed(
    "is found by a line in the configuration, in its folder",
    async (box) => {
      box.file("../user/.config/runctl/config.yaml", `plugins: [${JSON.stringify(plugin)}]\n`)
      const cloud = await emulate()
      try {
        await trains(box, cloud.variables)
      } finally {
        await cloud.close()
      }
    },
    { timeout: 180_000, skip }
  )
})
