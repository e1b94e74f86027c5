/**
 * Where the API key is found: where Lyceum's own tools keep it.
 *
 * @since 0.1.0
 */
import type { Credential } from "@runctl/core/CloudApi"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/** @source docs.lyceum.technology, the sources of lyceum-cli (read 2026-11-20) */
const name = "LYCEUM_API_KEY"

/** What to call all the places together. @category constants @since 0.1.0 */
export const everywhere: string = `${name}, ~/.lyceum/config.json or ~/.lyceum/api_key`

const variable = (wanted: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.String(wanted).pipe(Config.withDefault("")), () => "")

/** What is empty is no key; nor is what cannot stand in a header, and an error about it would repeat it. */
const keyIn = (text: unknown): string | undefined =>
  typeof text === "string" && /^[!-~]+$/.test(text.trim()) ? text.trim() : undefined

const ConfigFile = Schema.fromJsonString(Schema.Struct({ api_key: Schema.optionalKey(Schema.Unknown) }))

/** The key in the file of Lyceum's CLI. @category parsing @since 0.1.0 */
export const fromConfig = (text: string): string | undefined => {
  const decoded = Schema.decodeUnknownOption(ConfigFile)(text)
  return decoded._tag === "Some" ? keyIn(decoded.value.api_key) : undefined
}

/** A key lasts until it is revoked; anything else is a session of the CLI's, which lasts a day. */
const named = (key: string, place: string): Credential => ({
  token: Redacted.make(key),
  setting: key.startsWith("lk_") ? place : `${place} (a session of a day: \`lyceum auth login\` begins another)`
})

/**
 * The first key there is; nothing where nobody keeps one. A file that was named in the configuration is the only place
 * then: with several organizations another key is another organization's.
 *
 * @category queries
 * @since 0.1.0
 */
export const find = (
  apiKeyFile: string | undefined
): Effect.Effect<Credential | undefined, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const home = (yield* variable("HOME")) || (yield* variable("USERPROFILE"))
    const read = (file: string) => Effect.orElseSucceed(fs.readFileString(file), () => "")
    const expanded = (file: string) => (file.startsWith("~/") && home !== "" ? path.join(home, file.slice(2)) : file)
    if (apiKeyFile !== undefined) {
      const key = keyIn(yield* read(expanded(apiKeyFile)))
      return key === undefined ? undefined : named(key, apiKeyFile)
    }
    const own = keyIn(yield* variable(name))
    if (own !== undefined) return named(own, name)
    if (home === "") return undefined
    const [config, plain] = [path.join(home, ".lyceum", "config.json"), path.join(home, ".lyceum", "api_key")]
    const told = fromConfig(yield* read(config))
    if (told !== undefined) return named(told, config)
    const kept = keyIn(yield* read(plain))
    return kept === undefined ? undefined : named(kept, plain)
  })
