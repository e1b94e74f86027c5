/**
 * Builds what is shipped of `data/`: the snapshot of prices, and the names of GPUs. The same files give the same bytes.
 *
 *   npm run snapshot -w @runctl/prices            writes them
 *   npm run snapshot -w @runctl/prices -- --check says whether they are in step
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { accelerators, snapshot } from "./build.ts"

const root = join(import.meta.dirname, "..", "..", "..")
const data = (name: string): string => readFileSync(join(root, "packages/prices/data", name), "utf8")

const files: ReadonlyArray<readonly [string, string]> = [
  ["packages/core/src/internal/accelerators.ts", accelerators(data("gpus.csv"))],
  ["packages/prices/src/SnapshotData.ts", snapshot(data("offers.csv"))]
]

for (const [file, content] of files) {
  const path = join(root, file)
  if (!process.argv.includes("--check")) writeFileSync(path, content)
  else if (readFileSync(path, "utf8") !== content) {
    process.exitCode = 1
    process.stderr.write(`${file} is not what the data say: npm run snapshot -w @runctl/prices\n`)
  }
}
