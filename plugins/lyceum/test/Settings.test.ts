import { assert, describe, it } from "@effect/vitest"
import { parse } from "@runctl/plugin-lyceum/Settings"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { overhear, requestFor, using } from "./rented.ts"

const locate = ([key]: ReadonlyArray<string>) => `config.yaml:${key === undefined ? 1 : 3}`

const wrong = (settings: unknown): string => {
  const parsed = parse(settings, locate)
  return Result.isFailure(parsed) ? parsed.failure : "fine"
}

describe("the settings", () => {
  it("are what is usual where nothing is said", () => {
    assert.deepStrictEqual(Result.getOrThrow(parse(undefined)), {
      endpoint: "https://api.lyceum.technology",
      apiKeyFile: undefined,
      organization: undefined,
      sshUser: undefined
    })
  })

  it("are refused with their line and the key that was meant", () => {
    assert.match(wrong({ endpont: "x" }), /config\.yaml:3: providers\.lyceum has no key "endpont".*"?endpoint/)
    assert.match(wrong({ endpoint: "http://api.lyceum.technology" }), /https:\/\//)
    assert.match(wrong({ "ssh-user": "" }), /ssh-user: expected a text/)
    assert.match(wrong({ organization: 3 }), /organization: expected a text/)
    assert.match(wrong([]), /config\.yaml:1: providers\.lyceum is no table/)
  })

  it("take an http endpoint on this computer alone, and leave out the slash at its end", () => {
    assert.strictEqual(
      Result.getOrThrow(parse({ endpoint: "http://127.0.0.1:8080/" })).endpoint,
      "http://127.0.0.1:8080"
    )
  })
})

it.effect("the organization goes with every request, where one is named", () =>
  using(
    (provider, cloud) =>
      Effect.gen(function* () {
        const heard = overhear(cloud)
        yield* provider.createResource(requestFor())
        yield* provider.listResources
        assert.isAtLeast(heard.length, 4)
        for (const { headers = {} } of heard) assert.strictEqual(headers["x-org-slug"], "ours")
      }),
    { settings: { organization: "ours" } }
  )
)
