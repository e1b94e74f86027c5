/**
 * Where the key is found: where Vast.ai's own program keeps it.
 *
 * @since 0.1.0
 */
import type * as CloudApi from "@runctl/core/CloudApi"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"

/**
 * The environment variable that holds a key.
 *
 * @source https://github.com/vast-ai/vast-cli (read 2026-11-27)
 * @category constants
 * @since 0.1.0
 */
export const variable = "VAST_API_KEY"

/** What to call all the places together. @category constants @since 0.1.0 */
export const everywhere: string = `${variable} or vastai's vast_api_key`

const valueOf = (name: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.String(name).pipe(Config.withDefault("")), () => "")

/** What cannot stand in a header is no key, and an error about it would repeat it. */
const keyIn = (text: string): string | undefined => (/^[!-~]+$/.test(text.trim()) ? text.trim() : undefined)

/** Where vastai keeps its key now, and where it kept it once. */
const files = Effect.gen(function* () {
  const path = yield* Path.Path
  const [home, profile, xdg] = yield* Effect.forEach(["HOME", "USERPROFILE", "XDG_CONFIG_HOME"], valueOf)
  const own = home || profile || ""
  const config = xdg || (own === "" ? "" : path.join(own, ".config"))
  return [
    ...(config === "" ? [] : [path.join(config, "vastai", "vast_api_key")]),
    ...(own === "" ? [] : [path.join(own, ".vast_api_key")])
  ]
})

/**
 * The first key there is: the variable's, or that of vastai's files; nothing where nobody keeps one.
 *
 * @category queries
 * @since 0.1.0
 */
export const find: Effect.Effect<CloudApi.Credential | undefined, never, FileSystem.FileSystem | Path.Path> =
  Effect.gen(function* () {
    const key = keyIn(yield* valueOf(variable))
    if (key !== undefined) return { token: Redacted.make(key), setting: variable }
    const fs = yield* FileSystem.FileSystem
    for (const file of yield* files) {
      const found = keyIn(yield* Effect.orElseSucceed(fs.readFileString(file), () => ""))
      if (found !== undefined) return { token: Redacted.make(found), setting: file }
    }
    return undefined
  })
