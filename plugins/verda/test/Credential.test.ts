import { assert, describe, it } from "@effect/vitest"
import { find, fromFile } from "@runctl/plugin-verda/Credential"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { folder } from "./rented.ts"

const file = `
# comment
[default]
verda_client_id = file-id
verda_client_secret = "file-secret"

[other]
VERDA_BEARER_TOKEN=bearer
[half]
verda_client_id=only
`

const found = (env: Readonly<Record<string, string>>, at = ".verda/credentials") =>
  Effect.gen(function* () {
    const home = yield* folder
    mkdirSync(dirname(join(home, at)), { recursive: true })
    writeFileSync(join(home, at), file)
    const expanded = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value.replace("~", home)]))
    const provider = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { HOME: home, ...expanded } }))
    const credential = yield* Effect.provide(find, provider)
    if (credential === undefined) return undefined
    return credential._tag === "Client"
      ? [credential.id, Redacted.value(credential.secret)]
      : [Redacted.value(credential.token)]
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const verda = { VERDA_CLIENT_ID: "new-id", VERDA_CLIENT_SECRET: "new-secret" }
const former = { DATACRUNCH_CLIENT_ID: "old-id", DATACRUNCH_CLIENT_SECRET: "old-secret" }

describe("credentials", () => {
  it.effect("are Verda's variables, then those of the company's former name, then the file of the CLI", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* found({ ...verda, ...former }), ["new-id", "new-secret"])
      assert.deepEqual(yield* found({ ...former, VERDA_CLIENT_ID: "half" }), ["old-id", "old-secret"])
      assert.deepEqual(yield* found({}), ["file-id", "file-secret"])
      assert.deepEqual(yield* found({ VERDA_CLIENT_ID: "  ", VERDA_CLIENT_SECRET: "" }), ["file-id", "file-secret"])
    })
  )

  it.effect("of a profile that was chosen come before the variables", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* found({ ...verda, VERDA_PROFILE: "other" }), ["bearer"])
      assert.deepEqual(yield* found({ ...verda, VERDA_PROFILE: "half" }), ["new-id", "new-secret"])
      assert.isUndefined(yield* found({ VERDA_PROFILE: "none" }))
    })
  )

  it.effect("lie where the variables of the CLI say", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* found({ VERDA_HOME: "~/there" }, "there/credentials"), ["file-id", "file-secret"])
      assert.deepEqual(yield* found({ VERDA_SHARED_CREDENTIALS_FILE: "~/a/b" }, "a/b"), ["file-id", "file-secret"])
    })
  )

  it.effect("that cannot stand in a header are none", () =>
    Effect.gen(function* () {
      assert.deepEqual(yield* found({ ...verda, VERDA_CLIENT_SECRET: "two words" }), ["file-id", "file-secret"])
    })
  )

  it("of another section are not mixed in", () => {
    assert.deepEqual([...fromFile(file, "other")], [["verda_bearer_token", "bearer"]])
    assert.strictEqual(
      fromFile("verda_client_id=top\n[x]\nverda_client_id=in", "default").get("verda_client_id"),
      "top"
    )
  })
})
