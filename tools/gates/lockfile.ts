import { isDeepStrictEqual } from "node:util"
import { join, posix } from "node:path"
import { fromComplaints, type Gate, type Manifest, readJson, workspaces } from "./Gate.ts"

interface Entry {
  readonly version?: string
  readonly link?: boolean
  readonly resolved?: string
  readonly integrity?: string
  readonly [field: string]: unknown
}

type Packages = Readonly<Record<string, Entry>>

const kinds = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"] as const
const registry = "https://registry.npmjs.org/"

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {}

/** Where Node would find `name` from `folder`, if the lockfile puts it there. */
const found = (packages: Packages, folder: string, name: string): boolean => {
  for (let at = folder; ; at = posix.dirname(at)) {
    const base = at === "." ? "" : `${at}/`
    if (posix.basename(at) !== "node_modules" && `${base}node_modules/${name}` in packages) return true
    if (at === "." || at === "") return false
  }
}

/** npm leaves out platform packages it cannot find and writes a lockfile that it then refuses itself. */
const missing = (packages: Packages): ReadonlyArray<string> =>
  Object.entries(packages).flatMap(([path, entry]) => {
    if (entry.link === true) return []
    const optionalPeers = record(entry["peerDependenciesMeta"])
    const isWorkspace = !path.includes("node_modules/")
    const wanted = kinds
      .filter((kind) => kind !== "devDependencies" || isWorkspace)
      .flatMap((kind) =>
        Object.keys(record(entry[kind])).filter((name) => kind !== "peerDependencies" || !(name in optionalPeers))
      )
    return wanted
      .filter((name) => !found(packages, path === "" ? "." : path, name))
      .map(
        (name) => `${path || "the root"} needs ${name}, which the lockfile does not hold; run npm run lockfile -w tools`
      )
  })

const outOfStep = (packages: Packages, folder: string, manifest: Manifest): ReadonlyArray<string> => {
  const entry = packages[folder]
  if (entry === undefined) return [`${folder} is not in the lockfile`]
  return [...kinds, "engines"]
    .filter((field) => !isDeepStrictEqual(record(manifest[field]), record(entry[field])))
    .map((field) => `${posix.join(folder, "package.json")}: ${field} differ from the lockfile; run npm install`)
}

const unsafe = (packages: Packages): ReadonlyArray<string> =>
  Object.entries(packages).flatMap(([path, { integrity, link, optional, resolved }]) => {
    if (link === true || !path.includes("node_modules/")) return []
    return [
      ...(integrity === undefined && optional !== true ? [`${path} has no integrity`] : []),
      ...(resolved === undefined || resolved.startsWith(registry) ? [] : [`${path} comes from ${resolved}`])
    ]
  })

export const lockfile: Gate = {
  name: "lockfile",
  holds: "package-lock.json is whole and in step",
  run: async (root) => {
    const { packages } = readJson<{ readonly packages: Packages }>(join(root, "package-lock.json"))
    const members = [{ folder: "", manifest: readJson<Manifest>(join(root, "package.json")) }, ...workspaces(root)]
    const complaints = [
      ...members.flatMap(({ folder, manifest }) => outOfStep(packages, folder, manifest)),
      ...missing(packages),
      ...unsafe(packages)
    ]
    return fromComplaints(complaints, `${Object.keys(packages).length} entries`)
  }
}
