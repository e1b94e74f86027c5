import { execFile } from "node:child_process"
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { installed, pack, temporary } from "../harness/packed.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const execute = promisify(execFile)

interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, unknown>>
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

/** The workspaces that are published. */
const published = globSync("{packages,plugins}/*/package.json", { cwd: root })
  .map((file) => manifestIn(dirname(join(root, file))))
  .filter((manifest) => manifest.private !== true)
  .map(({ name }) => name)
  .toSorted()

/** What a program of somebody else's imports, and what it must print. */
const consumer = `
import { fromName, toName } from "@runctl/core/Ownership"
import * as Money from "@runctl/core/Money"
import { Ranking } from "@runctl/core"
import { compareCosts, type ComparedOffer } from "@runctl/prices"
import * as Testkit from "@runctl/testkit"

const mark = fromName("runctl-abcdefgh-0123456789abcdefghij-1795000000")
const rank: typeof Ranking.rank = Ranking.rank
if (mark === undefined) throw new Error("the mark is not understood")
const { offers } = await compareCosts({ gpu: "h100:8", hours: 24, market: "on-demand", limit: 1 })
const cheapest: ComparedOffer | undefined = offers[0]
if (cheapest?.gpu !== "H100" || cheapest.totalUsd === null) throw new Error("prices are not compared")
console.log(toName(mark), typeof rank, Money.zero, typeof Testkit)
`

const tsconfig = {
  compilerOptions: {
    target: "ES2024",
    module: "NodeNext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: ["node"]
  },
  include: ["main.ts"]
}

let folder = ""
const tarballs = new Map<string, string>()

/** Unpacks a tarball as npm would install it. */
const unpack = async (name: string): Promise<void> => {
  const target = join(folder, "node_modules", name)
  mkdirSync(target, { recursive: true })
  await execute("tar", ["-xzf", tarballs.get(name) ?? "", "-C", target, "--strip-components=1"])
}

beforeAll(async () => {
  folder = temporary()
  await execute("npx", ["tsc", "-b"], { cwd: root })
  for (const name of published) tarballs.set(name, await pack(name, folder))
  for (const name of published) await unpack(name)
  // What they need besides each other comes from the checkout: there may be no network.
  const modules = join(folder, "node_modules")
  for (const name of readdirSync(join(root, "node_modules")).filter((each) => !/^(\.|@runctl$|runctl$)/.test(each))) {
    if (!existsSync(join(modules, name))) symlinkSync(join(root, "node_modules", name), join(modules, name))
  }
  writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n')
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig))
  writeFileSync(join(folder, "main.ts"), consumer)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the packed libraries", () => {
  it("are imported by a program of somebody else's", async () => {
    const { stdout } = await execute(process.execPath, ["main.ts"], { cwd: folder })
    assert.strictEqual(stdout, "runctl-abcdefgh-0123456789abcdefghij-1795000000 function 0 object\n")
  })

  it("are understood by its compiler, which reads only what was packed", async () => {
    const { stdout } = await execute(join(root, "node_modules/.bin/tsc"), ["-p", ".", "--listFiles"], { cwd: folder })
    assert.include(stdout, join(folder, "node_modules/@runctl/core/dist/Ownership.d.ts"))
    assert.notInclude(stdout, join(root, "packages"))
  })

  it("hold what every entry of their exports names, and no tests", () => {
    for (const name of published) {
      const at = join(folder, "node_modules", name)
      const files = readdirSync(at, { recursive: true, encoding: "utf8" })
      assert.isTrue(files.includes("LICENSE") || existsSync(join(root, "LICENSE")), `${name} has a license`)
      assert.isFalse(
        files.some((file) => file.endsWith(".test.ts") || basename(file) === ".tsbuildinfo"),
        `${name} has no tests`
      )
      for (const entry of Object.values(manifestIn(at).exports ?? {})) {
        const paths = typeof entry === "object" && entry !== null ? Object.values(entry) : entry === null ? [] : [entry]
        for (const path of paths.map(String)) {
          assert.isNotEmpty(globSync(path.replace("*", "**/*"), { cwd: at }), `${name} has ${path}`)
        }
      }
    }
  })
})

describe("the packed command line interface", () => {
  boxed(
    "is installed alone, without a network, and carries a run to its end",
    async (box) => {
      const cli = await installed()
      try {
        const run = join(cli.folder, "node_modules/.bin/runctl")
        const version = await box.startProgram(run, ["--version"]).ended
        assert.match(version.stdout, /^runctl\/\d+\.\d+\.\d+/, version.stderr)
        const help = await box.startProgram(run, ["--help"]).ended
        for (const word of ["train", "monitor", "terminate"]) assert.include(help.stdout, word)
        box.file("train.sh", "echo from the package; echo trained >model")
        const train = await box.startProgram(run, ["train", "train.sh", "--provider", "local", "--out", "out"]).ended
        assert.strictEqual(train.code, 0, train.stderr)
        assert.strictEqual(train.stdout, "from the package\n")
        assert.strictEqual(box.read("project/out/model"), "trained\n")
        const outside = readdirSync(join(cli.folder, "node_modules")).filter((name) => !name.startsWith("."))
        assert.deepStrictEqual(outside, ["runctl"], "it needs nothing else")
        assert.isBelow(statSync(cli.tarball).size, 25_000_000)
      } finally {
        await box.endSupervisors()
        rmSync(cli.folder, { recursive: true, force: true })
      }
    },
    { timeout: 180_000 }
  )
})
