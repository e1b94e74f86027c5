/**
 * Where the API key is found: where RunPod's own tools keep it.
 *
 * @since 0.1.0
 */
import type { Credential } from "@runctl/core/CloudApi"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Toml from "effect/encoding/Toml"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"

/** The environment variable of all of RunPod's tools. @category constants @since 0.1.0 */
export const variable = "RUNPOD_API_KEY"

/** What to call all the places together. @category constants @since 0.1.0 */
export const everywhere: string = `${variable} or ~/.runpod/config.toml`

const env = (name: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.String(name).pipe(Config.withDefault("")), () => "")

/** What cannot stand in a header is no key, and an error about it would repeat it. */
const keyIn = (text: unknown): string | undefined =>
  typeof text === "string" && /^[!-~]+$/.test(text.trim()) ? text.trim() : undefined

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The key in a configuration of RunPod's. Two programs write the same file: `apiKey` at its top is `runpodctl`'s, in
 * one spelling or another, `api_key` in `[default]` that of the Python library.
 *
 * @source the sources of runpodctl and runpod-python (read 2026-11-20)
 * @category parsing
 * @since 0.1.0
 */
export const fromConfig = (text: string): string | undefined => {
  const parsed = Toml.parse(text)
  if (Result.isFailure(parsed)) return undefined
  const config = parsed.success
  const ofPython = config["default"]
  return (
    keyIn(config["apiKey"]) ?? keyIn(config["apikey"]) ?? (isRecord(ofPython) ? keyIn(ofPython["api_key"]) : undefined)
  )
}

/**
 * The first key there is: the variable's, or that in RunPod's own configuration; nothing where nobody keeps one.
 *
 * @category queries
 * @since 0.1.0
 */
export const find: Effect.Effect<Credential | undefined, never, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function* () {
    const own = keyIn(yield* env(variable))
    if (own !== undefined) return { token: Redacted.make(own), setting: variable }
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const home = (yield* env("HOME")) || (yield* env("USERPROFILE"))
    if (home === "") return undefined
    const file = path.join(home, ".runpod", "config.toml")
    const key = fromConfig(yield* Effect.orElseSucceed(fs.readFileString(file), () => ""))
    return key === undefined ? undefined : { token: Redacted.make(key), setting: file }
  }
)
