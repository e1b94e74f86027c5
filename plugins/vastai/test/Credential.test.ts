import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Credential from "@runctl/plugin-vastai/Credential"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { cloudOf, folder, providerAt, reasonOf } from "./rented.ts"

const found = (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const home = yield* folder
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(home, name)), { recursive: true })
      writeFileSync(join(home, name), text)
    }
    const variables = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { HOME: home, ...env } }))
    const credential = yield* Effect.provide(Credential.find, Layer.merge(NodeServices.layer, variables))
    if (credential === undefined) return undefined
    return [Redacted.value(credential.token), credential.setting.replace(home, "~")]
  }).pipe(Effect.scoped)

describe("the key", () => {
  it.effect("is the variable's first, then that of vastai's file, then that of its older one, without blanks", () =>
    Effect.gen(function* () {
      const files = { ".config/vastai/vast_api_key": " new0key \n", ".vast_api_key": "old0key\n" }
      assert.deepStrictEqual(yield* found(files, { VAST_API_KEY: "own0key" }), ["own0key", "VAST_API_KEY"])
      assert.deepStrictEqual(yield* found(files), ["new0key", "~/.config/vastai/vast_api_key"])
      assert.deepStrictEqual(yield* found({ ".vast_api_key": "old0key\n" }), ["old0key", "~/.vast_api_key"])
      assert.isUndefined(yield* found({}))
    })
  )

  it.effect("is none where it could not stand in a header", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* found({ ".vast_api_key": "two words\n" }, { VAST_API_KEY: "line\nbreak" }))
    })
  )

  it.live("that is missing is said with the places, and offers are not asked for without one", () =>
    Effect.gen(function* () {
      const cloud = yield* cloudOf()
      const home = yield* folder
      const reason = yield* Effect.flatMap(TrainingProvider, (provider) => reasonOf(provider.listResources)).pipe(
        Effect.provide(providerAt({ home, settings: { endpoint: cloud.url }, env: { HOME: home } }))
      )
      assert.deepInclude(reason, { _tag: "Unauthorized", setting: "VAST_API_KEY or vastai's vast_api_key" })
      assert.strictEqual(cloud.requests.length, 0)
    }).pipe(Effect.scoped)
  )
})
