/**
 * Where a provider's credentials are looked for, and whether something is there: names only, never values.
 */
import type { CredentialSource } from "@runctl/core/ProviderManifest"
import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import type { CredentialView } from "../output/providers.ts"
import type { Environment } from "../settings/places.ts"

const expanded = (file: string, env: Environment): string =>
  file === "~" || file.startsWith("~/") ? join(env["HOME"] || homedir(), file.slice(1)) : file

/** Every place that the manifest names, in its order. */
export const lookedFor = (
  { environment, files }: CredentialSource,
  env: Environment,
  exists: (path: string) => boolean = existsSync
): ReadonlyArray<CredentialView> => [
  ...environment.map((name) => ({ kind: "environment" as const, name, found: (env[name] ?? "") !== "" })),
  ...files.map((name) => ({ kind: "file" as const, name, found: exists(expanded(name, env)) }))
]

/** What the places come to: `none` where a provider needs no credentials. */
export const summaryOf = (places: ReadonlyArray<CredentialView>): "none" | "found" | "missing" => {
  if (places.length === 0) return "none"
  return places.some(({ found }) => found) ? "found" : "missing"
}
