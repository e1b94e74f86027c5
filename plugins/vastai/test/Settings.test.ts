import { assert, describe, it } from "@effect/vitest"
import { defaultSettings, parse } from "@runctl/plugin-vastai/Settings"
import * as Result from "effect/Result"

const wrong = (settings: unknown): string => {
  const parsed = parse(settings, (path) => `config.yaml:${path.join(".")}`)
  return Result.isFailure(parsed) ? parsed.failure : assert.fail("it is accepted")
}

const right = (settings: unknown) => {
  const parsed = parse(settings)
  return Result.isSuccess(parsed) ? parsed.success : assert.fail(parsed.failure)
}

describe("the settings", () => {
  it("are Vast.ai's own API and verified, reliable hosts where nothing is configured", () => {
    assert.deepStrictEqual(right(undefined), defaultSettings)
    assert.deepInclude(defaultSettings, { verified: true, minReliability: 0.95, ssh: "direct", pace: 1 })
  })

  it("take all that they know", () => {
    assert.deepStrictEqual(
      right({
        endpoint: "https://vast.example.org/",
        image: "me/own:1",
        ssh: "proxy",
        pace: 2,
        verified: false,
        datacenter: true,
        "min-reliability": 0.5,
        "min-download-mbps": 0
      }),
      {
        endpoint: "https://vast.example.org",
        image: "me/own:1",
        ssh: "proxy",
        pace: 2,
        verified: false,
        datacenter: true,
        minReliability: 0.5,
        minDownloadMbps: 0
      }
    )
  })

  it("say everything that is wrong at once, where it stands, and which key was meant", () => {
    const text = wrong({ verfied: true, "min-reliability": 95, ssh: "dirct", pace: -1, datacenter: "yes" })
    assert.match(text, /^config\.yaml:verfied: .*Did you mean "verified"\?/m)
    assert.match(text, /^config\.yaml:min-reliability: .*expected a share, 0 to 1$/m)
    assert.match(text, /^config\.yaml:ssh: .*direct, proxy\. Did you mean "direct"\?/m)
    assert.match(text, /^config\.yaml:pace: .*0 to 100$/m)
    assert.match(text, /^config\.yaml:datacenter: .*true or false$/m)
    assert.match(wrong({ endpoint: "http://example.org" }), /expected https/)
  })
})
