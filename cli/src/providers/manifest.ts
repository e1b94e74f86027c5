/**
 * What a provider's package.json says of it, read without opening any of its code.
 */
import { contractProblem, ProviderManifest } from "@runctl/core/ProviderManifest"
import effectPackage from "effect/package.json" with { type: "json" }
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { isInRange } from "./effectRange.ts"

const decode = Schema.decodeUnknownResult(ProviderManifest)

/** A manifest, or why it is none. `undefined` where a package says nothing of runctl. */
export type Found =
  | { readonly _tag: "Manifest"; readonly manifest: ProviderManifest }
  | { readonly _tag: "Broken"; readonly why: string }
  | undefined

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** Why the Effect that a plugin was built with is none that this runctl can talk to; `undefined` when it is. */
const effectProblem = (range: string): string | undefined => {
  const isIn = isInRange(range, effectPackage.version)
  if (isIn === undefined) {
    return `its manifest is wrong: "${range}" at effect is no range of versions; ^${effectPackage.version} is one.`
  }
  return isIn ? undefined : `it wants Effect ${range}, this runctl has ${effectPackage.version}. Update the older one.`
}

/** A newer contract may have a manifest of another form: its version is looked at first. */
const newerProblem = (value: unknown): string | undefined => {
  const api = isRecord(value) ? value["api"] : undefined
  return typeof api === "number" && Number.isInteger(api) ? contractProblem(api) : undefined
}

/** The manifest in the value under `runctl` of a package.json. */
export const manifestIn = (value: unknown): Found => {
  if (value === undefined) return undefined
  const decoded = decode(value)
  if (Result.isFailure(decoded)) {
    return { _tag: "Broken", why: newerProblem(value) ?? `its manifest is wrong: ${decoded.failure.message}` }
  }
  const { effect } = decoded.success
  const problem = effect === undefined ? undefined : effectProblem(effect)
  return problem === undefined ? { _tag: "Manifest", manifest: decoded.success } : { _tag: "Broken", why: problem }
}

/** A folder's package.json; `undefined` when there is none that can be read. */
export const packageIn = (folder: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
