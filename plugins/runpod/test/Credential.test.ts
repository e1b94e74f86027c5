import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Credential from "@runctl/plugin-runpod/Credential"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { cloudWith, folder, providerAt, reasonOf, using } from "./rented.ts"

const found = (env: Readonly<Record<string, string>>) =>
  Credential.find.pipe(
    Effect.map((each) => (each === undefined ? undefined : [Redacted.value(each.token), each.setting])),
    Effect.provide(Layer.merge(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

const config = (home: string, text: string): string => {
  const file = join(home, ".runpod", "config.toml")
  mkdirSync(join(home, ".runpod"), { recursive: true })
  writeFileSync(file, text)
  return file
}

describe("the key", () => {
  it("is found in the same file as two programs write it, and nowhere else in it", () => {
    assert.strictEqual(Credential.fromConfig("apiKey = 'one'\napiUrl = 'https://x'\n"), "one")
    assert.strictEqual(Credential.fromConfig('apikey = "two"\n'), "two")
    assert.strictEqual(Credential.fromConfig('[default]\napi_key = "three"\n'), "three")
    for (const text of [
      "",
      "apiKey = 7",
      "apiKey = 'a b'",
      "[other]\napi_key = 'x'",
      "apiKey = ",
      "default = 1",
      "é"
    ]) {
      assert.isUndefined(Credential.fromConfig(text), text)
    }
  })

  it.effect("is the variable's, and that in the file otherwise", () =>
    Effect.gen(function* () {
      const home = yield* folder
      assert.isUndefined(yield* found({ HOME: home }))
      const file = config(home, 'apikey = "of the file"'.replaceAll(" of the file", "file"))
      assert.isUndefined(yield* found({ RUNPOD_API_KEY: " ", HOME: "/nonexistent" }))
      config(home, 'apiKey = "file"')
      assert.deepStrictEqual(yield* found({ HOME: home }), ["file", file])
      assert.deepStrictEqual(yield* found({ USERPROFILE: home, RUNPOD_API_KEY: "" }), ["file", file])
      assert.deepStrictEqual(yield* found({ HOME: home, RUNPOD_API_KEY: "own" }), ["own", "RUNPOD_API_KEY"])
    }).pipe(Effect.scoped)
  )

  it.effect(
    "that is nowhere, or wrong, is said with where it was looked for; it is looked for anew the next time",
    () =>
      Effect.gen(function* () {
        const cloud = yield* cloudWith()
        const home = yield* folder
        config(home, 'apiKey = "wrong"')
        const settings = { endpoint: cloud.url }
        yield* Effect.flatMap(TrainingProvider, (provider) =>
          Effect.gen(function* () {
            const reason = yield* reasonOf(provider.listResources)
            assert.strictEqual(reason._tag, "Unauthorized")
            assert.match(reason.message, /\.runpod\/config\.toml/)
            assert.notInclude(reason.message, "wrong")
            config(home, `apiKey = "${cloud.token}"`)
            assert.deepStrictEqual(yield* provider.listResources, [])
          })
        ).pipe(Effect.provide(providerAt({ home, settings, env: { HOME: home } })))
        const nowhere = Effect.flatMap(TrainingProvider, (provider) => reasonOf(provider.offers({})))
        const reason = yield* Effect.provide(nowhere, providerAt({ home, settings, env: {} }))
        assert.match(reason.message, /RUNPOD_API_KEY or ~\/\.runpod\/config\.toml/)
      }).pipe(Effect.scoped)
  )

  it.effect("of a pod may end that pod, and nothing else", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const [one, two] = [cloud.plant({ name: "one" }), cloud.plant({ name: "two" })]
        const pods = [...cloud.core.world.pods.values()]
        const as = (path: string) => ({ method: "DELETE", path, token: pods[0]?.key })
        const status = (path: string) => cloud.core.handle(as(path), 0).status
        assert.deepStrictEqual([status(`/v2/pods/${two.id}`), status(`/v2/pods/${one.id}`)], [403, 204])
        assert.deepStrictEqual(yield* provider.listResources, [])
      })
    )
  )
})
