import { assert, describe, it } from "@effect/vitest"
import { addressServiceOf, defaultSettings, parse } from "@runctl/plugin-aws/Settings"
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
  it("are AWS's own where nothing is configured", () => {
    assert.deepStrictEqual(right(undefined), defaultSettings)
  })

  it("take what they know, and lists in one line", () => {
    const parsed = right({
      regions: "us-east-1, eu-west-1",
      network: "subnet-0a1b",
      "ssh-from": ["192.0.2.0/24", "2001:db8::/32"],
      "on-demand-fallback": true,
      "on-rebalance": "leave",
      "disk-type": "gp2",
      profile: "training"
    })
    assert.deepStrictEqual(parsed.regions, ["us-east-1", "eu-west-1"])
    assert.deepStrictEqual(parsed.network, { subnet: "subnet-0a1b" })
    assert.deepStrictEqual(parsed.sshFrom, ["192.0.2.0/24", "2001:db8::/32"])
    assert.deepInclude(parsed, {
      onDemandFallback: true,
      onRebalance: "leave",
      diskType: "gp2",
      profile: "training"
    })
    assert.strictEqual(right({ regions: "all" }).regions, "all")
  })

  it("say what is wrong, where, and what was meant", () => {
    assert.match(wrong({ region: "us-east-1" }), /^config\.yaml:region: .*no key "region".*regions/)
    assert.match(wrong({ regions: ["us-east"] }), /^config\.yaml:regions: .*expected names of regions/)
    assert.match(wrong({ network: "dedicatd" }), /expected default, dedicated or the id of a subnet.*dedicated/)
    assert.match(wrong({ "ssh-from": "anywhere" }), /expected auto, or ranges/)
    assert.match(wrong({ "ssh-from": [] }), /expected auto, or ranges/)
    assert.match(wrong({ endpoint: "http://ec2.example.org" }), /expected https/)
    assert.match(wrong({ "on-demand-fallback": "yes" }), /expected true or false/)
  })

  it("ask nobody for the address of a caller on this computer", () => {
    assert.strictEqual(addressServiceOf(defaultSettings), "https://checkip.amazonaws.com")
    assert.isUndefined(addressServiceOf(right({ endpoint: "http://127.0.0.1:4000" })))
    assert.isUndefined(addressServiceOf(right({ endpoint: "http://localhost:4000/aws" })))
    const endpoint = "https://localhost.example.org"
    assert.strictEqual(addressServiceOf(right({ endpoint })), "https://checkip.amazonaws.com")
    assert.strictEqual(addressServiceOf(right({ "address-service": "http://127.0.0.1:1/ip" })), "http://127.0.0.1:1/ip")
  })
})
