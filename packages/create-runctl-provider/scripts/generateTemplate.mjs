// Writes src/internal/files.ts, the example plugin as strings: a bundle for any platform has no folder to read it from.
// With --check it writes nothing, and fails when it is not up to date.
import { globSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const example = new URL("../../../examples/runctl-plugin-fernhill/", import.meta.url)
const target = new URL("../src/internal/files.ts", import.meta.url)

/** What is made from the rest, or belongs to whoever made it. */
const isMade = (path) => /^(node_modules|dist|coverage)(\/|$)|^package-lock\.json$|\.tgz$/.test(path)

/** In a repository of its own no test is heavier than another. */
const renamed = (path) => path.replace(".heavy.test.ts", ".test.ts")

/** Versions are those of the runctl that begins a plugin. */
const unversioned = (path, text) =>
  path === "package.json" ? text.replaceAll(/("@runctl\/[\w-]+"|"runctl"): "\d[^"]*"/g, '$1: "RUNCTL_VERSION"') : text

const paths = globSync(["*", ".*", "**/*"], { cwd: fileURLToPath(example), exclude: isMade, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.slice(fileURLToPath(example).length).replaceAll("\\", "/"))

const all = [...new Set(paths)].filter((path) => !isMade(path)).toSorted((left, right) => (left < right ? -1 : 1))
const entries = all.map((path) => {
  const text = unversioned(path, readFileSync(new URL(path, example), "utf8"))
  return `  [${JSON.stringify(renamed(path))}, ${JSON.stringify(text)}]`
})

const text = `// Written from examples/runctl-plugin-fernhill: change that, then run \`npm run template -w create-runctl-provider\`.
export const files: ReadonlyArray<readonly [path: string, content: string]> = [
${entries.join(",\n")}
]
`

if (!process.argv.includes("--check")) writeFileSync(target, text)
else if (readFileSync(target, "utf8") !== text) {
  process.stderr.write("the template is older than the example: run npm run template -w create-runctl-provider\n")
  process.exitCode = 1
}
