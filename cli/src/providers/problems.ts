/**
 * Whether a plugin's package is well formed, from its package.json and its files: no code of it is opened.
 */
import type { ProviderManifest } from "@runctl/core/ProviderManifest"
import { basename } from "node:path"
import type { PackageView, ProblemView } from "../output/providers.ts"
import { moduleOf } from "../plugins/module.ts"
import { packageIn } from "./manifest.ts"

const textIn = (described: Readonly<Record<string, unknown>> | undefined, key: string): string | undefined => {
  const value = described?.[key]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** What a package calls itself. */
export const packageView = (folder: string): PackageView => {
  const described = packageIn(folder)
  return {
    name: textIn(described, "name") ?? basename(folder),
    version: textIn(described, "version") ?? null,
    folder
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Dependencies that nobody else's npm can find. */
const homely = (described: Readonly<Record<string, unknown>> | undefined): ReadonlyArray<string> => {
  const table = described?.["dependencies"]
  return isRecord(table)
    ? Object.entries(table).flatMap(([name, range]) => (/^(file|link|workspace):/.test(String(range)) ? [name] : []))
    : []
}

const isPluginName = (name: string): boolean => /^(@[^/]+\/)?runctl-plugin-./.test(name)

/** Everything that is wrong, first what keeps it from being used. */
export const problemsOf = (folder: string, manifest: ProviderManifest): ReadonlyArray<ProblemView> => {
  const described = packageIn(folder)
  const { missing } = moduleOf(folder, manifest)
  const hints = [
    isPluginName(textIn(described, "name") ?? "")
      ? undefined
      : "a project that depends on it does not find it: the name of its package does not begin with runctl-plugin-",
    textIn(described, "version") === undefined ? "its package.json has no version" : undefined,
    manifest.effect === undefined
      ? "its manifest does not say which Effect it was built with (effect): nobody is warned when it does not fit"
      : undefined,
    ...homely(described).map((name) => `its dependency ${name} is a folder of its author's: nobody else can install it`)
  ]
  return [
    ...(missing === undefined ? [] : [{ status: "fail" as const, message: missing }]),
    ...hints.flatMap((message) => (message === undefined ? [] : [{ status: "warn" as const, message }]))
  ]
}
