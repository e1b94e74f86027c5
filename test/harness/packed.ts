import { execFile } from "node:child_process"
import { mkdtempSync, realpathSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const execute = promisify(execFile)

export const temporary = (): string => mkdtempSync(join(realpathSync(tmpdir()), "rcpack-"))

/** Packs a workspace as it would be published; answers the tarball's path. */
export const pack = async (workspace: string, into: string): Promise<string> => {
  const args = ["pack", "--json", "--offline", "--pack-destination", into, "-w", workspace]
  const { stdout } = await execute("npm", args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
  const packed: unknown = JSON.parse(stdout)
  const [first] = Array.isArray(packed)
    ? packed
    : typeof packed === "object" && packed !== null
      ? Object.values(packed)
      : []
  if (typeof first !== "object" || first === null || !("filename" in first)) throw new Error(`npm pack said ${stdout}`)
  return join(into, String(first.filename).replace("@", "").replace("/", "-"))
}

/** The packed CLI, installed into an empty folder without a network. */
export const installed = async (): Promise<{ readonly folder: string; readonly tarball: string }> => {
  const folder = temporary()
  const tarball = await pack("runctl", folder)
  writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "version": "1.0.0", "private": true }\n')
  await execute("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], { cwd: folder })
  return { folder, tarball }
}
