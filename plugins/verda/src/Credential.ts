/**
 * Where credentials are found: where Verda's own tools keep them.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"

/**
 * What opens a project, and what a person calls the place it came from: a client that is given tokens, or a token.
 *
 * @category models
 * @since 0.1.0
 */
export type Found =
  | {
      readonly _tag: "Client"
      readonly id: string
      readonly secret: Redacted.Redacted
      readonly setting: string
    }
  | { readonly _tag: "Token"; readonly token: Redacted.Redacted; readonly setting: string }

/** The prefixes of variables, in the order in which they are looked at: the second is the company's former name. */
const prefixes = ["VERDA", "DATACRUNCH"] as const

/**
 * The environment variables that are looked at.
 *
 * @source https://github.com/verda-cloud (terraform provider, SDKs and CLI; read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const variables: ReadonlyArray<string> = prefixes.flatMap((name) => [
  `${name}_CLIENT_ID`,
  `${name}_CLIENT_SECRET`
])

/** What to call all the places together. @category constants @since 0.1.0 */
export const everywhere = "VERDA_CLIENT_ID and VERDA_CLIENT_SECRET, or verda's credentials file"

const variable = (name: string): Effect.Effect<string> =>
  Effect.map(
    Effect.orElseSucceed(Config.String(name).pipe(Config.withDefault("")), () => ""),
    (text) => text.trim()
  )

/** What cannot stand in a header or a word is no credential, and an error about it would repeat it. */
const plain = (text: string | undefined): string | undefined =>
  text !== undefined && /^[!-~]+$/.test(text) ? text : undefined

/**
 * The keys of a profile in the credentials file of Verda's CLI: `[profile]` sections of `key = value`.
 *
 * @category parsing
 * @since 0.1.0
 */
export const fromFile = (text: string, profile: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  let section = "default"
  for (const line of text.split(/\r?\n/)) {
    const [, name] = /^\s*\[\s*(.*?)\s*\]\s*$/.exec(line) ?? []
    if (name !== undefined) section = name
    const [, key, value] = /^\s*([A-Za-z0-9_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key === undefined || value === undefined || section !== profile) continue
    found.set(key.toLowerCase(), value.replace(/^(["'])(.*)\1$/, "$2"))
  }
  return found
}

const client = (id: string | undefined, secret: string | undefined, setting: string): Found | undefined =>
  plain(id) === undefined || plain(secret) === undefined || id === undefined || secret === undefined
    ? undefined
    : { _tag: "Client", id, secret: Redacted.make(secret), setting }

const inVariables = Effect.gen(function* () {
  for (const prefix of prefixes) {
    const [id, secret] = [yield* variable(`${prefix}_CLIENT_ID`), yield* variable(`${prefix}_CLIENT_SECRET`)]
    const found = client(id, secret, `${prefix}_CLIENT_SECRET`)
    if (found !== undefined) return found
  }
  return undefined
})

const inFile = Effect.fnUntraced(function* (profile: string) {
  const [fs, path] = [yield* FileSystem.FileSystem, yield* Path.Path]
  const [shared, verdaHome, home, userProfile] = yield* Effect.forEach(
    ["VERDA_SHARED_CREDENTIALS_FILE", "VERDA_HOME", "HOME", "USERPROFILE"],
    variable
  )
  const own = home || userProfile || ""
  const folder = verdaHome || (own === "" ? "" : path.join(own, ".verda"))
  const file = shared || (folder === "" ? "" : path.join(folder, "credentials"))
  if (file === "") return undefined
  const keys = fromFile(yield* Effect.orElseSucceed(fs.readFileString(file), () => ""), profile)
  const setting = `${file} (profile ${profile})`
  const found = client(keys.get("verda_client_id"), keys.get("verda_client_secret"), setting)
  if (found !== undefined) return found
  const token = plain(keys.get("verda_token") ?? keys.get("verda_bearer_token"))
  return token === undefined ? undefined : ({ _tag: "Token", token: Redacted.make(token), setting } satisfies Found)
})

/**
 * The first credentials there are; nothing where nobody keeps any.
 *
 * **Details**  `VERDA_CLIENT_ID` and `VERDA_CLIENT_SECRET`, the same of `DATACRUNCH_…`, then the profile `VERDA_PROFILE`
 * or `default` of the CLI's file. A profile that somebody has chosen comes before the variables, as it does there.
 *
 * @category queries
 * @since 0.1.0
 */
export const find: Effect.Effect<Found | undefined, never, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function* () {
    const profile = yield* variable("VERDA_PROFILE")
    const chosen = profile === "" ? undefined : yield* inFile(profile)
    return chosen ?? (yield* inVariables) ?? (profile === "" ? yield* inFile("default") : undefined)
  }
)
