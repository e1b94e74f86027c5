/**
 * Bundles the CLI from the TypeScript sources of the whole workspace into cli/dist, and writes cli/oclif.manifest.json.
 *
 * A runctl that is running meanwhile keeps working: shared chunks are named by their content and written first, entry
 * files are replaced in one step each, and chunks nobody needs any more stay for an hour (`--clean`: not at all).
 */
import { createHash } from "node:crypto"
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"
import { bundling } from "./bundling.mjs"

const cli = join(dirname(dirname(fileURLToPath(import.meta.url))), "cli")
const dist = join(cli, "dist")
const clean = process.argv.includes("--clean")
const helpFile = join(dist, "help.txt")
const hour = 3_600_000

const entries = ["main", "fast", "supervisor"].map((name) => join(cli, "src", `${name}.ts`))
const commands = globSync("src/commands/**/*.ts", { cwd: cli }).map((file) => join(cli, file))

const bundle = () =>
  build({
    absWorkingDir: cli,
    entryPoints: [...entries, ...commands],
    outbase: "src",
    outdir: "dist",
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
    ...bundling,
    metafile: true,
    write: false
  })

/** Nothing but what is in Node may be left outside: the package has no dependencies. */
const refuseExternals = ({ outputs }) => {
  const outside = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external, path }) => external && !path.startsWith("node:") && !isBuiltin(path))
    .map(({ path }) => path)
  // oclif looks for these at run time and does without.
  const optional = new Set(["@oclif/core/package.json", "pnpapi", "typescript", "ts-node", "tsx"])
  const missing = [...new Set(outside)].filter((path) => !optional.has(path) && !path.startsWith("tsx/"))
  if (missing.length > 0) throw new Error(`not bundled: ${missing.join(", ")}`)
}

const { isBuiltin } = createRequire(import.meta.url)("node:module")

const replace = (file, content) => {
  mkdirSync(dirname(file), { recursive: true })
  const aside = `${file}.${process.pid}.tmp`
  writeFileSync(aside, content)
  renameSync(aside, file)
}

const isChunk = (file) => relative(dist, file).startsWith("chunks")

const isSame = (file, content) => {
  const digest = (bytes) => createHash("sha256").update(bytes).digest("hex")
  try {
    return statSync(file).size === content.length && digest(readFileSync(file)) === digest(content)
  } catch {
    return false
  }
}

const write = (files) => {
  const now = new Date()
  const ordered = files.toSorted((left, right) => Number(isChunk(right.path)) - Number(isChunk(left.path)))
  for (const { path, contents } of ordered) {
    if (isSame(path, contents)) utimesSync(path, now, now)
    else replace(path, contents)
  }
}

/** Loads every built command with oclif itself, as `oclif manifest` would. */
const manifest = async () => {
  const { Plugin } = createRequire(join(cli, "package.json"))("@oclif/core/config")
  const plugin = new Plugin({ root: cli, type: "core", ignoreManifest: true, errorOnManifestCreate: true })
  await plugin.load()
  return plugin.manifest
}

/** The help of all commands as oclif prints it into a pipe; what differs from computer to computer is filled in later. */
const help = () => {
  const env = { ...process.env, NO_COLOR: "1", XDG_DATA_HOME: join(dist, "no-plugins") }
  delete env.FORCE_COLOR
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(dist, "main.js"), "--help"], {
    env,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`--help failed: ${stderr}`)
  const agent = /^ {2}(runctl\/\S+ \S+ \S+)$/m.exec(stdout)?.[1]
  if (agent === undefined) throw new Error("--help names no version")
  return stdout.replace(agent, "{{userAgent}}")
}

const removeStale = (files) => {
  const current = new Set([helpFile, ...files.map(({ path }) => path)])
  for (const name of globSync("**/*", { cwd: dist })) {
    const file = join(dist, name)
    const entry = statSync(file, { throwIfNoEntry: false })
    if (entry?.isFile() !== true || current.has(file)) continue
    // An entry that is no more would still be found as a command; a chunk may be needed by a runctl that runs now.
    if (clean || !isChunk(file) || Date.now() - entry.mtimeMs > hour) rmSync(file, { force: true })
  }
}

const { metafile, outputFiles } = await bundle()
refuseExternals(metafile)
write(outputFiles)
removeStale(outputFiles)
replace(join(cli, "oclif.manifest.json"), `${JSON.stringify(await manifest(), null, 2)}\n`)
replace(helpFile, help())
