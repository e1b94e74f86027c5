import { readdirSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { installed } from "../../test/harness/packed.ts"
import type { Result } from "../Result.ts"

/** What the files of a folder take, in bytes. */
const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0)

/** The packed CLI, and what it takes when it is installed with everything it needs. */
export const size = async (): Promise<ReadonlyArray<Result>> => {
  const { folder, tarball } = await installed()
  try {
    const details = `tarball ${(statSync(tarball).size / 1_000_000).toFixed(2)} MB`
    const value = bytesIn(join(folder, "node_modules")) / 1_000_000
    return [{ name: "installed size of the CLI", value, unit: "MB", limit: 25, details }]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
