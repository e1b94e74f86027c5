/**
 * What a provider's package.json says of it, read without opening any of its code.
 */
import { ProviderManifest } from "@runctl/core/ProviderManifest"
import effectPackage from "effect/package.json" with { type: "json" }
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { join } from "node:path"

const decode = Schema.decodeUnknownResult(ProviderManifest)

/** A manifest, or why it is none. `undefined` where a package says nothing of runctl. */
export type Found =
  | { readonly _tag: "Manifest"; readonly manifest: ProviderManifest }
  | { readonly _tag: "Broken"; readonly why: string }
  | undefined

const numbers = (version: string): ReadonlyArray<number> => version.split(/[.-]/, 3).map(Number)

/** Whether an Effect fits what a plugin declares: `^4.1.0` is any 4 from 4.1.0 on. Other ranges are not judged. */
export const fits = (range: string, version: string): boolean => {
  const wanted = /^\^(\d+)\.(\d+)\.(\d+)$/.exec(range)
  if (wanted === null) return true
  const [major = 0, minor = 0, patch = 0] = numbers(version)
  const [, first, second, third] = wanted.map(Number)
  if (first === undefined || second === undefined || third === undefined) return true
  return major === first && (minor > second || (minor === second && patch >= third))
}

/** The manifest in the value under `runctl` of a package.json. */
export const manifestIn = (value: unknown): Found => {
  if (value === undefined) return undefined
  const decoded = decode(value)
  if (Result.isFailure(decoded)) return { _tag: "Broken", why: `its manifest is wrong: ${decoded.failure.message}` }
  const { effect } = decoded.success
  if (effect !== undefined && !fits(effect, effectPackage.version)) {
    return { _tag: "Broken", why: `it wants Effect ${effect}, this runctl has ${effectPackage.version}` }
  }
  return { _tag: "Manifest", manifest: decoded.success }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

/** A folder's package.json; `undefined` when there is none that can be read. */
export const packageIn = (folder: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
