/**
 * Where the token is found: where DigitalOcean's own tools keep it.
 *
 * @since 0.1.0
 */
import type { Credential } from "@runctl/core/CloudApi"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"

/**
 * The environment variables that hold a token, in the order in which they are looked at.
 *
 * @source https://docs.digitalocean.com/reference/api/ and the sources of doctl (read 2026-11-20)
 * @category constants
 * @since 0.1.0
 */
export const variables: ReadonlyArray<string> = ["DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN"]

/** What to call all the places together. @category constants @since 0.1.0 */
export const everywhere: string = `${variables.join(", ")} or doctl's config.yaml`

const variable = (name: string): Effect.Effect<string> =>
  Effect.orElseSucceed(Config.String(name).pipe(Config.withDefault("")), () => "")

/** What cannot stand in a header is no token, and an error about it would repeat it. */
const tokenIn = (text: unknown): string | undefined =>
  typeof text === "string" && /^[!-~]+$/.test(text.trim()) ? text.trim() : undefined

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * The token in doctl's configuration, and the context it belongs to. Another context than `default` has its token in
 * `auth-contexts`.
 *
 * @category parsing
 * @since 0.1.0
 */
export const fromDoctl = (
  text: string,
  wanted: string
): { readonly token: string; readonly context: string } | undefined => {
  let config: unknown
  try {
    config = Yaml.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(config)) return undefined
  const named = config["context"]
  const context = wanted !== "" ? wanted : typeof named === "string" && named !== "" ? named : "default"
  const { "auth-contexts": others } = config
  const token =
    context === "default" ? tokenIn(config["access-token"]) : tokenIn(isRecord(others) ? others[context] : undefined)
  return token === undefined ? undefined : { token, context }
}

/** Where doctl keeps its configuration on Linux, macOS and Windows. */
const doctlFiles = Effect.gen(function* () {
  const path = yield* Path.Path
  const [home, profile, xdg, appData] = yield* Effect.forEach(
    ["HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA"],
    variable
  )
  const own = home || profile || ""
  const folders = [
    xdg || (own === "" ? "" : path.join(own, ".config")),
    own === "" ? "" : path.join(own, "Library", "Application Support"),
    appData ?? ""
  ]
  return folders.filter((folder) => folder !== "").map((folder) => path.join(folder, "doctl", "config.yaml"))
})

/**
 * The first token there is: a variable's, or that of doctl's context; nothing where nobody keeps one.
 *
 * **Details**  read from `DIGITALOCEAN_TOKEN`, `DIGITALOCEAN_ACCESS_TOKEN`, and doctl's file with `DIGITALOCEAN_CONTEXT`
 * before the context it names itself.
 *
 * @category queries
 * @since 0.1.0
 */
export const find: Effect.Effect<Credential | undefined, never, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function* () {
    for (const name of variables) {
      const token = tokenIn(yield* variable(name))
      if (token !== undefined) return { token: Redacted.make(token), setting: name }
    }
    const fs = yield* FileSystem.FileSystem
    const wanted = yield* variable("DIGITALOCEAN_CONTEXT")
    for (const file of yield* doctlFiles) {
      const found = fromDoctl(yield* Effect.orElseSucceed(fs.readFileString(file), () => ""), wanted)
      if (found !== undefined) {
        return { token: Redacted.make(found.token), setting: `${file} (context ${found.context})` }
      }
    }
    return undefined
  }
)
