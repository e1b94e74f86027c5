import { assert, describe, it } from "@effect/vitest"
import { defaultSettings, parse } from "@runctl/plugin-runpod/Settings"
import * as Result from "effect/Result"

const right = (settings: unknown) => {
  const parsed = parse(settings)
  return Result.isSuccess(parsed) ? parsed.success : assert.fail(parsed.failure)
}

const wrong = (settings: unknown): ReadonlyArray<string> => {
  const parsed = parse(settings, (path) => `config.yaml:${path.join(".")}`)
  return Result.isFailure(parsed) ? parsed.failure.split("\n") : assert.fail("it is accepted")
}

describe("the settings", () => {
  it("are RunPod's own API, both clouds and a volume where nothing is configured", () => {
    assert.deepStrictEqual(right(undefined), defaultSettings)
  })

  it("have no volume of a pod's own beside a network volume", () => {
    assert.deepInclude(right({ "network-volume": "data" }), { networkVolume: "data", volumeGb: 0 })
    assert.strictEqual(right({ "volume-gb": 0 }).volumeGb, 0)
    assert.deepInclude(right({ cloud: "secure", "disk-gb": 50, "volume-gb": 10, registry: "r", "min-cuda": "12.4" }), {
      cloud: "secure",
      diskGb: 50,
      volumeGb: 10,
      registry: "r",
      minCuda: "12.4"
    })
  })

  it("say all that is wrong, where it stands, and what was meant", () => {
    assert.deepStrictEqual(
      wrong({
        "disk-bg": 5,
        "disk-gb": 10,
        "volume-gb": 5,
        "min-cuda": 12.8,
        cloud: "secur",
        endpoint: "http://rpa_key"
      }),
      [
        'config.yaml:disk-bg: providers.runpod has no key "disk-bg". Did you mean "disk-gb"? Known: network-volume, endpoint, cloud, disk-gb, volume-gb, registry, min-cuda.',
        "config.yaml:endpoint: providers.runpod.endpoint: expected https://: over http:// anybody on the way reads the token; only loopback addresses may have it",
        'config.yaml:cloud: providers.runpod.cloud: expected one of secure, community. Did you mean "secure"?',
        "config.yaml:disk-gb: providers.runpod.disk-gb: expected a size in GB, 20 to 10000",
        "config.yaml:volume-gb: providers.runpod.volume-gb: expected a size in GB, 10 to 10000",
        'config.yaml:min-cuda: providers.runpod.min-cuda: expected a version in quotes, like "12.8"'
      ]
    )
  })
})
