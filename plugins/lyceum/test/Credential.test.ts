import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { find, fromConfig } from "@runctl/plugin-lyceum/Credential"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "./rented.ts"

interface Places {
  readonly env?: Readonly<Record<string, string>>
  readonly config?: string
  readonly plain?: string
  readonly file?: string
}

/** What is found where these places hold something. */
const found = ({ config, env = {}, file, plain }: Places) =>
  Effect.gen(function* () {
    const home = yield* folder
    mkdirSync(join(home, ".lyceum"))
    if (config !== undefined) writeFileSync(join(home, ".lyceum", "config.json"), config)
    if (plain !== undefined) writeFileSync(join(home, ".lyceum", "api_key"), plain)
    if (file !== undefined) writeFileSync(join(home, "mine"), file)
    const at = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { HOME: home, ...env } }))
    const credential = yield* find(file === undefined ? undefined : "~/mine").pipe(
      Effect.provide([at, NodeServices.layer])
    )
    return credential === undefined
      ? undefined
      : { key: Redacted.value(credential.token), setting: credential.setting.replace(home, "~") }
  }).pipe(Effect.scoped)

describe("the key", () => {
  it.effect("is the variable's, then that of the CLI's file, then that of the plain one", () =>
    Effect.gen(function* () {
      const config = JSON.stringify({ api_key: " lk_two\n", refresh_token: "r", base_url: "https://elsewhere" })
      const all = { env: { LYCEUM_API_KEY: " lk_one " }, config, plain: "lk_three\n" }
      assert.deepStrictEqual(yield* found(all), { key: "lk_one", setting: "LYCEUM_API_KEY" })
      assert.deepStrictEqual(yield* found({ ...all, env: {} }), { key: "lk_two", setting: "~/.lyceum/config.json" })
      assert.deepStrictEqual(yield* found({ plain: all.plain }), { key: "lk_three", setting: "~/.lyceum/api_key" })
      assert.isUndefined(yield* found({}))
    })
  )

  it.effect("is not what is there and empty", () =>
    Effect.gen(function* () {
      const empty = { env: { LYCEUM_API_KEY: "  " }, config: JSON.stringify({ api_key: "" }), plain: "lk_three" }
      assert.deepInclude(yield* found(empty), { key: "lk_three" })
      assert.isUndefined(yield* found({ plain: " \n" }))
      for (const config of ["{", "[]", "null", JSON.stringify({ api_key: 7 }), JSON.stringify({ api_key: "a\nb" })]) {
        assert.isUndefined(fromConfig(config))
      }
    })
  )

  it.effect("is that of the file that the configuration names, and no other then", () =>
    Effect.gen(function* () {
      const env = { LYCEUM_API_KEY: "lk_one" }
      assert.deepStrictEqual(yield* found({ env, file: "lk_mine\n" }), { key: "lk_mine", setting: "~/mine" })
      assert.isUndefined(yield* found({ env, file: "" }))
    })
  )

  it.effect("may be a session of the CLI's, of which is said how another one is begun", () =>
    Effect.gen(function* () {
      const session = yield* found({ config: JSON.stringify({ api_key: "eyJhbGciOi.x.y", refresh_token: "r" }) })
      assert.match(session?.setting ?? "", /^~\/\.lyceum\/config\.json \(.*`lyceum auth login`/)
    })
  )
})
