import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { exec, failed, fromComplaints, type Gate, published, tool, type Workspace } from "./Gate.ts"

interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: ReadonlyArray<{ readonly path: string }>
}

/** What no package may carry, and what a library must. */
const stray = /(^|\/)(test|tests|fixtures|node_modules)\/|\.tsbuildinfo$|\.test\.|^\.env/

const inside = ({ files, name }: Packed): ReadonlyArray<string> => [
  ...files.filter(({ path }) => stray.test(path)).map(({ path }) => `${name} packs ${path}`),
  ...(files.some(({ path }) => path.startsWith("dist/")) ? [] : [`${name} packs no dist; is it built?`])
]

const isRecord = (value: unknown): value is object => typeof value === "object" && value !== null

/** The cli has no exports to type, only a program. */
const isLibrary = ({ manifest }: Workspace): boolean => isRecord(manifest["exports"]) && "." in manifest["exports"]

/** attw does not look behind a wildcard, so every public module is named. */
const modules = ({ files }: Packed): ReadonlyArray<string> =>
  files
    .flatMap(({ path }) => /^dist\/((?!.*internal\/).*)\.d\.ts$/.exec(path)?.[1] ?? [])
    .map((module) => `./${module}`)

interface Analysis {
  readonly analysis: {
    readonly problems: ReadonlyArray<{
      readonly kind: string
      readonly entrypoint?: string
      readonly resolutionKind?: string
      readonly fileName?: string
      readonly moduleSpecifier?: string
    }>
  }
}

/** What the profile `esm-only` does not look at. */
const ignored = new Set(["node10", "node16-cjs"])

const typesOf = async (root: string, tarball: string, packed: Packed): Promise<ReadonlyArray<string>> => {
  const options = ["--profile", "esm-only", "--format", "json", "--include-entrypoints", ...modules(packed)]
  const { code, stderr, stdout } = await exec(tool("attw"), [tarball, ...options], root)
  if (code === 0) return []
  try {
    const { analysis }: Analysis = JSON.parse(stdout)
    const lines = analysis.problems
      .filter(({ resolutionKind }) => resolutionKind === undefined || !ignored.has(resolutionKind))
      .map((each) => [each.kind, each.entrypoint ?? each.fileName, each.moduleSpecifier ?? ""].join(" ").trim())
    return [...new Set(lines)].map((line) => `${packed.name}: attw: ${line}`)
  } catch {
    return [`${packed.name}: attw: ${stderr}${stdout}`]
  }
}

const inspect = async (
  root: string,
  folder: string,
  packed: Packed,
  library: boolean
): Promise<ReadonlyArray<string>> => {
  const tarball = join(folder, packed.filename)
  const publint = await exec(tool("publint"), ["run", tarball, "--strict"], root)
  return [
    ...inside(packed),
    ...(publint.code === 0 ? [] : [`${packed.name}: publint: ${publint.stdout}${publint.stderr}`.trim()]),
    ...(library ? await typesOf(root, tarball, packed) : [])
  ]
}

export const shape: Gate = {
  name: "shape",
  holds: "packed packages resolve, with types, as ES modules",
  // It packs what that one builds.
  after: ["types"],
  run: async (root) => {
    const packages = published(root).filter(({ folder }) => existsSync(join(root, folder, "src")))
    const folder = mkdtempSync(join(tmpdir(), "runctl-shape-"))
    try {
      const args = packages.flatMap((each) => ["--workspace", each.folder])
      const { code, stderr, stdout } = await exec(
        "npm",
        ["pack", "--json", "--ignore-scripts", "--pack-destination", folder, ...args],
        root
      )
      if (code !== 0) return failed(`npm pack: ${stderr || stdout}`)
      const answer: ReadonlyArray<Packed> | Record<string, Packed> = JSON.parse(stdout)
      const complaints: Array<string> = []
      for (const packed of Object.values(answer)) {
        const own = packages.find(({ manifest }) => manifest.name === packed.name)
        complaints.push(...(await inspect(root, folder, packed, own !== undefined && isLibrary(own))))
      }
      return fromComplaints(complaints, `${packages.length} packages`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
