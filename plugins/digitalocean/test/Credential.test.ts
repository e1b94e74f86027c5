import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Credential from "@runctl/plugin-digitalocean/Credential"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { folder } from "./rented.ts"

const found = (env: Readonly<Record<string, string>>) =>
  Credential.find.pipe(
    Effect.map((each) => (each === undefined ? undefined : [Redacted.value(each.token), each.setting])),
    Effect.provide(Layer.merge(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

const doctl = `access-token: first
auth-contexts:
  work: second
  "at home": third
context: work
output: text
`

const write = (file: string, text: string) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe("the token", () => {
  it.effect("is that of a variable, the more specific first, and that before any file", () =>
    Effect.gen(function* () {
      const home = yield* folder
      write(join(home, ".config/doctl/config.yaml"), doctl)
      const both = { DIGITALOCEAN_TOKEN: "a", DIGITALOCEAN_ACCESS_TOKEN: "b", HOME: home }
      assert.deepStrictEqual(yield* found(both), ["a", "DIGITALOCEAN_TOKEN"])
      assert.deepStrictEqual(yield* found({ ...both, DIGITALOCEAN_TOKEN: "" }), ["b", "DIGITALOCEAN_ACCESS_TOKEN"])
    }).pipe(Effect.scoped)
  )

  it.effect("is that of doctl's context, wherever doctl keeps it", () =>
    Effect.gen(function* () {
      const home = yield* folder
      assert.isUndefined(yield* found({ HOME: home }))
      assert.isUndefined(yield* found({}))
      const places = [
        [{ HOME: home }, ".config/doctl/config.yaml"],
        [{ HOME: join(home, "mac") }, "mac/Library/Application Support/doctl/config.yaml"],
        [{ HOME: home, XDG_CONFIG_HOME: join(home, "xdg") }, "xdg/doctl/config.yaml"],
        [{ APPDATA: join(home, "roaming") }, "roaming/doctl/config.yaml"]
      ] as const
      for (const [env, place] of places) {
        const file = join(home, place)
        write(file, doctl)
        assert.deepStrictEqual(yield* found(env), ["second", `${file} (context work)`])
      }
    }).pipe(Effect.scoped)
  )

  it("is the first one's where the default context counts, and another's where the environment says so", () => {
    assert.deepStrictEqual(Credential.fromDoctl(doctl, "default"), { token: "first", context: "default" })
    assert.deepStrictEqual(Credential.fromDoctl(doctl, "at home"), { token: "third", context: "at home" })
    assert.deepStrictEqual(Credential.fromDoctl("access-token: x\n", ""), { token: "x", context: "default" })
    assert.isUndefined(Credential.fromDoctl(doctl, "nobody"))
  })

  it("is none where a file holds something else", () => {
    for (const text of ["", "a: [", "access-token: 7\n", "access-token: a b\n", "- 1\n", "context: work\n", "%"]) {
      assert.isUndefined(Credential.fromDoctl(text, ""))
    }
  })

  it.effect("is none when it could not stand in a header", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* found({ DIGITALOCEAN_TOKEN: "a b" }))
      assert.isUndefined(yield* found({ DIGITALOCEAN_TOKEN: "é" }))
      assert.deepStrictEqual(yield* found({ DIGITALOCEAN_TOKEN: " a\n" }), ["a", "DIGITALOCEAN_TOKEN"])
    })
  )
})
