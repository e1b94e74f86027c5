/**
 * Where providers come from, in order: bundled, the configuration, installed plugins, the project's dependencies.
 */
import type { ProviderSource } from "@runctl/core/ProviderRegistry"
import awsPackage from "@runctl/plugin-aws/package.json" with { type: "json" }
import digitaloceanPackage from "@runctl/plugin-digitalocean/package.json" with { type: "json" }
import localPackage from "@runctl/plugin-local/package.json" with { type: "json" }
import lyceumPackage from "@runctl/plugin-lyceum/package.json" with { type: "json" }
import runpodPackage from "@runctl/plugin-runpod/package.json" with { type: "json" }
import sshPackage from "@runctl/plugin-ssh/package.json" with { type: "json" }
import vastaiPackage from "@runctl/plugin-vastai/package.json" with { type: "json" }
import verdaPackage from "@runctl/plugin-verda/package.json" with { type: "json" }
import { existsSync, realpathSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import type { Loaded } from "../settings/load.ts"
import type { Entry } from "../settings/merge.ts"
import { dataFolder, type Environment } from "../settings/places.ts"
import { lookedFor, summaryOf } from "./credentials.ts"
import { manifestIn, packageIn } from "./manifest.ts"

/** A plugin that cannot be used, and why. */
export interface BrokenPlugin {
  readonly origin: string
  readonly why: string
  /** What people may call it: its package's name, and the provider's where it says one. */
  readonly names: ReadonlyArray<string>
}

/** A provider, and the folder of its package; bundled ones have none. */
export interface FoundProvider extends ProviderSource {
  readonly folder: string | undefined
}

/** What a search found. */
export interface Search {
  readonly sources: ReadonlyArray<FoundProvider>
  readonly broken: ReadonlyArray<BrokenPlugin>
}

/** A folder with a package to look into. */
interface Candidate {
  readonly folder: string
  readonly origin: string
  readonly trusted: boolean
}

const bundledModules: ReadonlyArray<readonly [{ readonly runctl: unknown }, () => Promise<unknown>]> = [
  [localPackage, () => import("@runctl/plugin-local")],
  [sshPackage, () => import("@runctl/plugin-ssh")],
  [awsPackage, () => import("@runctl/plugin-aws")],
  [digitaloceanPackage, () => import("@runctl/plugin-digitalocean")],
  [lyceumPackage, () => import("@runctl/plugin-lyceum")],
  [runpodPackage, () => import("@runctl/plugin-runpod")],
  [vastaiPackage, () => import("@runctl/plugin-vastai")],
  [verdaPackage, () => import("@runctl/plugin-verda")]
]

const bundled = (): ReadonlyArray<FoundProvider> =>
  bundledModules.flatMap(([{ runctl }, load]) => {
    const found = manifestIn(runctl)
    return found?._tag === "Manifest"
      ? [{ origin: "bundled", folder: undefined, manifest: found.manifest, trusted: true, load }]
      : []
  })

/** A package by name, as Node would find it from a folder. */
const resolved = (name: string, from: string): string | undefined => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name)
    if (existsSync(join(candidate, "package.json"))) return candidate
    if (dirname(folder) === folder) return undefined
  }
}

const originOf = ({ origin }: Entry): { readonly folder: string; readonly name: string } =>
  origin._tag === "File"
    ? { folder: dirname(origin.file), name: `${origin.file}:${origin.line}` }
    : { folder: process.cwd(), name: origin._tag === "Variable" ? origin.name : "default" }

/** Packages and folders that the configuration names. */
const configured = (
  entries: ReadonlyArray<Entry>
): { readonly candidates: ReadonlyArray<Candidate>; readonly broken: ReadonlyArray<BrokenPlugin> } => {
  const named = entries.flatMap((entry) => {
    if (entry.path[0] !== "plugins" || !Array.isArray(entry.value)) return []
    const { folder, name } = originOf(entry)
    return entry.value.map((plugin) => ({ plugin: String(plugin), folder, name, trusted: entry.trusted }))
  })
  const found = named.map(({ folder, name, plugin, trusted }) => {
    const isPath = /^[./~]/.test(plugin)
    const at = isPath ? resolve(folder, plugin) : resolved(plugin, folder)
    return {
      plugin,
      name,
      candidate: at === undefined ? undefined : { folder: at, origin: `${plugin} (${name})`, trusted }
    }
  })
  return {
    candidates: found.flatMap(({ candidate }) => (candidate === undefined ? [] : [candidate])),
    broken: found.flatMap(({ candidate, name, plugin }) =>
      candidate === undefined
        ? [{ origin: `${plugin} (${name})`, why: "there is no such package", names: [plugin] }]
        : []
    )
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Names and folders of what `runctl plugins install` has installed. */
export const installedPlugins = (
  env: Environment
): ReadonlyArray<{ readonly name: string; readonly folder: string }> => {
  const data = dataFolder(env)
  const oclif = packageIn(data)?.["oclif"]
  const listed: unknown = isRecord(oclif) ? oclif["plugins"] : undefined
  if (!Array.isArray(listed)) return []
  return listed.flatMap((each: unknown) => {
    const name = isRecord(each) ? each["name"] : undefined
    return typeof name === "string" ? [{ name, folder: join(data, "plugins", "node_modules", name) }] : []
  })
}

const installed = (env: Environment): ReadonlyArray<Candidate> =>
  installedPlugins(env).map(({ folder, name }) => ({ folder, origin: `installed ${name}`, trusted: true }))

/** What a folder's package.json depends on that calls itself a plugin of runctl. */
export const pluginDependencies = (folder: string): ReadonlyArray<string> => {
  const described = packageIn(folder)
  const names = [described?.["dependencies"], described?.["devDependencies"]].flatMap((table) =>
    isRecord(table) ? Object.keys(table) : []
  )
  return names.filter((name) => /^(@[^/]+\/)?runctl-plugin-/.test(name))
}

/** What a project depends on counts like its own file: after `runctl trust`. */
const dependencies = ({ project }: Loaded): ReadonlyArray<Candidate> => {
  if (project === undefined) return []
  const folder = dirname(project.file)
  return pluginDependencies(folder).flatMap((name) => {
    const at = resolved(name, folder)
    return at === undefined
      ? []
      : [{ folder: at, origin: `${name} (a dependency of ${folder})`, trusted: project.isTrusted }]
  })
}

const load = (folder: string, module: string) => (): Promise<unknown> =>
  import(pathToFileURL(join(folder, module)).href)

const real = (folder: string): string => {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** A package that is named twice is one, and trusted when anybody trusted names it. */
const distinct = (all: ReadonlyArray<Candidate>): ReadonlyArray<Candidate> => {
  const found = new Map<string, Candidate>()
  for (const candidate of all) {
    const at = real(candidate.folder)
    const known = found.get(at)
    if (known === undefined || (candidate.trusted && !known.trusted)) found.set(at, candidate)
  }
  return [...found.values()]
}

const namesIn = (described: Readonly<Record<string, unknown>> | undefined): ReadonlyArray<string> => {
  const runctl = described?.["runctl"]
  return [described?.["name"], isRecord(runctl) ? runctl["name"] : undefined].filter((name) => typeof name === "string")
}

/** What the package in a folder is; nothing when it says nothing of runctl. */
const look = ({ folder, origin, trusted }: Candidate): FoundProvider | BrokenPlugin | undefined => {
  const described = packageIn(folder)
  const broken = (why: string): BrokenPlugin => ({ origin, why, names: namesIn(described) })
  if (described === undefined) return broken("its package.json cannot be read")
  const found = manifestIn(described["runctl"])
  if (found === undefined) return undefined
  if (found._tag === "Broken") return broken(found.why)
  const { manifest } = found
  return { origin, folder, manifest, trusted, load: load(folder, manifest.provider) }
}

/** Finds every provider there is, opening nothing but package.json files. */
export const search = (loaded: Loaded, env: Environment): Search => {
  const named = configured(loaded.entries)
  const all = distinct([...named.candidates, ...installed(env), ...dependencies(loaded)]).map(look)
  const found = [...bundled(), ...all.filter((each) => each !== undefined && "manifest" in each)]
  return {
    sources: found.map((source) => withCredentials(source, env)),
    broken: [...named.broken, ...all.filter((each) => each !== undefined && "why" in each)]
  }
}

/** The provider in a folder that nothing names, as if it were installed. */
export const searchFolder = (folder: string, env: Environment): Search => {
  const found = look({ folder, origin: folder, trusted: true })
  if (found === undefined) return { sources: [], broken: [] }
  return "why" in found ? { sources: [], broken: [found] } : { sources: [withCredentials(found, env)], broken: [] }
}

/** Looked for whenever it is asked: a token may come while a supervisor runs. */
const withCredentials = (source: FoundProvider, env: Environment): FoundProvider => ({
  ...source,
  hasCredentials: () => summaryOf(lookedFor(source.manifest.credentials, env)) !== "missing"
})
