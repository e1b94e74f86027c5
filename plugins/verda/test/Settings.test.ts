import { assert, describe, it } from "@effect/vitest"
import { defaultSettings, parse } from "@runctl/plugin-verda/Settings"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"

const wrong = (settings: unknown): string => {
  const parsed = parse(settings, (path) => `config.yaml:${path.join(".")}`)
  return Result.isFailure(parsed) ? parsed.failure : assert.fail("it is accepted")
}

const right = (settings: unknown) => {
  const parsed = parse(settings)
  return Result.isSuccess(parsed) ? parsed.success : assert.fail(parsed.failure)
}

describe("the settings", () => {
  it("are Verda's own API and port 22 where nothing is configured", () => {
    assert.deepStrictEqual(right(undefined), defaultSettings)
    assert.deepStrictEqual(right({}), defaultSettings)
  })

  it("take another endpoint and port, without the slash at its end", () => {
    assert.deepStrictEqual(right({ endpoint: "https://verda.example.org:8443/api/", "ssh-port": 2222 }), {
      endpoint: "https://verda.example.org:8443/api",
      sshPort: 2222
    })
  })

  it("send a token in clear nowhere but to this computer", () => {
    for (const endpoint of ["http://127.0.0.1:8080", "http://127.9.8.7", "http://localhost:1", "http://[::1]:80"]) {
      assert.strictEqual(right({ endpoint }).endpoint, endpoint)
    }
    for (const host of ["api.verda.com", "127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "[::2]"]) {
      assert.match(wrong({ endpoint: `http://${host}` }), /^config\.yaml:endpoint: .*expected https/)
    }
  })

  it("take nothing for an endpoint that holds more than an address, and do not repeat it", () => {
    for (const endpoint of [
      "https://me:canary@example.org",
      "https://example.org/?canary",
      "canary",
      "ftp://canary",
      7
    ]) {
      const text = wrong({ endpoint })
      assert.match(text, /^config\.yaml:endpoint: providers\.verda\.endpoint: expected the address/)
      assert.notInclude(text, "canary")
    }
  })

  it("say everything that is wrong at once, where it stands, and which key was meant", () => {
    const text = wrong({ "ssh-prot": 22, endpiont: "x", "ssh-port": 0 })
    assert.match(text, /^config\.yaml:ssh-prot: .*"ssh-prot"\. Did you mean "ssh-port"\? Known: endpoint, ssh-port\.$/m)
    assert.match(text, /^config\.yaml:endpiont: .*Did you mean "endpoint"\?/m)
    assert.match(text, /^config\.yaml:ssh-port: .*1 to 65535$/m)
    assert.match(wrong([]), /no table of settings/)
  })

  it.prop("are never accepted with a host that is not this computer's over http", [Schema.String], ([host]) => {
    const parsed = parse({ endpoint: `http://${host}` })
    if (Result.isSuccess(parsed)) {
      assert.match(parsed.success.endpoint, /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/.*)?$/i)
    }
  })
})
