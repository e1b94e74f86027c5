import { assert, describe, it } from "@effect/vitest"
import * as PluginSettings from "@runctl/core/PluginSettings"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { OwnerId } from "@runctl/core/Ownership"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const parse = PluginSettings.section("providers.example", (read) => ({
  endpoint: read("endpoint", PluginSettings.endpoint, "https://api.example.org"),
  port: read("ssh-port", PluginSettings.port, 22),
  cloud: read("cloud", PluginSettings.oneOf(["SECURE", "COMMUNITY"]), undefined),
  regions: read("regions", PluginSettings.list(PluginSettings.text), []),
  spot: read("spot", PluginSettings.flag, false),
  share: read("share", PluginSettings.number({ minimum: 0, maximum: 1 }), 0.5)
}))

const right = (settings: unknown) => {
  const parsed = parse(settings)
  return Result.isSuccess(parsed) ? parsed.success : assert.fail(parsed.failure)
}

const wrong = (settings: unknown): string => {
  const parsed = parse(settings, (path) => `config.yaml:${path.join(".")}`)
  return Result.isFailure(parsed) ? parsed.failure : assert.fail("it is accepted")
}

describe("a plugin's settings", () => {
  it("are what is configured, and what counts otherwise", () => {
    const otherwise = { port: 22, cloud: undefined, regions: [], spot: false, share: 0.5 }
    assert.deepStrictEqual(right(undefined), { ...otherwise, endpoint: "https://api.example.org" })
    assert.deepStrictEqual(right({ endpoint: "http://[::1]:7//", cloud: "SECURE", regions: [" a "], spot: true }), {
      ...otherwise,
      endpoint: "http://[::1]:7",
      cloud: "SECURE",
      regions: ["a"],
      spot: true
    })
  })

  it("say all that is wrong, where, and what was meant", () => {
    const text = wrong({
      "ssh-prot": 1,
      cloud: "SECUR",
      regions: ["a", 7],
      spot: "yes",
      share: 2,
      "ssh-port": 22.5
    })
    assert.deepStrictEqual(text.split("\n"), [
      'config.yaml:ssh-prot: providers.example has no key "ssh-prot". Did you mean "ssh-port"? Known: endpoint, ssh-port, cloud, regions, spot, share.',
      "config.yaml:ssh-port: providers.example.ssh-port: expected a port, 1 to 65535",
      'config.yaml:cloud: providers.example.cloud: expected one of SECURE, COMMUNITY. Did you mean "SECURE"?',
      "config.yaml:regions: providers.example.regions: number 2: expected a text of one line",
      "config.yaml:spot: providers.example.spot: expected true or false",
      "config.yaml:share: providers.example.share: expected a number, 0 to 1"
    ])
    assert.match(wrong(["endpoint"]), /no table of settings/)
    assert.match(wrong({ share: Number.NaN }), /expected a number/)
    assert.match(wrong({ regions: "a" }), /expected a list/)
    assert.match(wrong({ regions: ["a\nb"] }), /one line/)
  })

  it("never repeat what stands where an address is expected", () => {
    for (const endpoint of ["canary", "https://me:canary@example.org", "http://canary.example.org", 7]) {
      assert.notInclude(wrong({ endpoint }), "canary")
    }
    assert.match(wrong({ endpoint: "x" }), /the address of an API, like https:\/\/api\.example\.org, and nothing else/)
  })

  it.prop("send no token in clear but to this computer", [Schema.String], ([host]) => {
    const parsed = parse({ endpoint: `http://${host}` })
    if (Result.isSuccess(parsed)) {
      assert.match(parsed.success.endpoint, /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/.*)?$/i)
    }
  })

  it.effect("keep the plugin from starting when they are wrong", () =>
    Effect.gen(function* () {
      const around = { home: "/nowhere", owner: OwnerId.make("ourselve"), settings: { spto: true } }
      const error = yield* PluginSettings.load("example", parse).pipe(
        Effect.provideService(PluginContext, around),
        Effect.flip
      )
      assert.deepStrictEqual([error.provider, error.operation, error.reason._tag], ["example", "load", "Rejected"])
      assert.match(error.message, /Did you mean "spot"/)
    })
  )
})
