// Bundles the CLI: every command an entry of its own, shared code in chunks, Effect and oclif inside. Run by bootstrap.
import { build } from "esbuild"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { fileURLToPath } from "node:url"

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cli = join(root, "cli")
const dist = join(cli, "dist")

const filesBelow = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : []

const commands = filesBelow(join(cli, "src", "commands")).filter((file) => file.endsWith(".ts"))
const entries = ["main.ts", "fast.ts", "supervisor.ts"].map((file) => join(cli, "src", file)).filter(existsSync)

const { outputFiles } = await build({
  entryPoints: [...entries, ...commands],
  outdir: dist,
  outbase: join(cli, "src"),
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node24",
  conditions: ["source"],
  minify: true,
  keepNames: true,
  legalComments: "none",
  write: false,
  logLevel: "warning",
  chunkNames: "chunks/[hash]",
  // oclif and some of its dependencies are CommonJS.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'
  }
})

/** Chunks are named by their content: written first, so that a running CLI never meets half a build. */
const isChunk = (path) => relative(dist, path).startsWith(`chunks${sep}`)
const write = ({ path, contents }) => {
  mkdirSync(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, contents)
  renameSync(temporary, path)
}
const chunks = outputFiles.filter(({ path }) => isChunk(path))
for (const file of chunks.filter(({ path }) => !existsSync(path))) write(file)
for (const file of outputFiles.filter(({ path }) => !isChunk(path))) write(file)

/** Old chunks stay a while for processes that are still running them. */
const kept = new Set(outputFiles.map(({ path }) => path))
const anHour = 3_600_000
for (const file of filesBelow(dist)) {
  if (kept.has(file) || file.includes(`${sep}types${sep}`) || file.endsWith(".tsbuildinfo")) continue
  if (!isChunk(file) || Date.now() - statSync(file).mtimeMs > anHour) rmSync(file)
}

if (existsSync(join(dist, "commands"))) {
  const { writeManifest } = await import("./manifest.mjs")
  await writeManifest(cli)
}
const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.length, 0)
const version = JSON.parse(readFileSync(join(cli, "package.json"), "utf8")).version
process.stderr.write(`built runctl ${version}: ${outputFiles.length} files, ${(bytes / 1e6).toFixed(1)} MB\n`)
