import { assert, describe, it } from "@effect/vitest"
import { endpointOf, parse } from "@runctl/plugin-ssh/Inventory"
import * as Result from "effect/Result"

const hostsOf = (settings: unknown) => {
  const parsed = parse(settings)
  return Result.isSuccess(parsed) ? parsed.success : assert.fail(parsed.failure)
}

const wrongs = (...hosts: ReadonlyArray<unknown>): string => {
  const parsed = parse({ hosts })
  return Result.isFailure(parsed) ? parsed.failure : assert.fail("it is accepted")
}

describe("the inventory", () => {
  it("is empty where nothing is configured", () => {
    assert.deepStrictEqual(hostsOf(undefined), [])
    assert.deepStrictEqual(hostsOf({}), [])
  })

  it("takes a host by its name alone, with the user's own keys", () => {
    const [host] = hostsOf({ hosts: [{ name: "gpu1" }] })
    assert.deepStrictEqual(host === undefined ? host : endpointOf(host), { _tag: "Ssh", login: "user", host: "gpu1" })
  })

  it("passes on everything that is said of a way", () => {
    const way = {
      host: "10.0.0.7",
      port: 2222,
      user: "me",
      "identity-file": "~/.ssh/k",
      "host-key": "ssh-ed25519 A",
      jump: ["a", "b:22"]
    }
    const [host] = hostsOf({ hosts: [{ name: "gpu1", ...way }] })
    assert.deepStrictEqual(host === undefined ? host : endpointOf(host), {
      _tag: "Ssh",
      login: "user",
      host: "10.0.0.7",
      port: 2222,
      user: "me",
      identityFile: "~/.ssh/k",
      hostKey: "ssh-ed25519 A",
      jump: ["a", "b:22"]
    })
  })

  it("names host, key and the key that was meant when one is mistyped", () => {
    assert.match(wrongs({ name: "gpu1", prot: 22 }), /"gpu1".*"prot".*Did you mean "port"\?/)
    assert.match(wrongs({ name: "gpu1", identity_file: "x" }), /"gpu1".*Did you mean "identity-file"\?/)
    const parsed = parse({ host: [] })
    assert.match(Result.isFailure(parsed) ? parsed.failure : "", /"host".*Did you mean "hosts"\?/)
  })

  it("says where each mistake stands, when somebody knows", () => {
    const parsed = parse({ hosts: [{ name: "a", port: 0 }, { name: "b", prot: 1 }, { name: "a" }] }, (path) =>
      ["config.yaml", ...path].join("/")
    )
    const text = Result.isFailure(parsed) ? parsed.failure : ""
    assert.match(text, /^config\.yaml\/hosts\/0\/port: the host "a"/m)
    assert.match(text, /^config\.yaml\/hosts\/1\/prot: the host "b" .* has no key "prot"/m)
    assert.match(text, /^config\.yaml\/hosts\/2\/name: two hosts .* are named "a"/m)
  })

  it("names host and key when a value is wrong", () => {
    assert.match(wrongs({ name: "gpu1", port: 70_000 }), /"gpu1".*: port: /)
    assert.match(wrongs({ name: "gpu1", labels: "fast" }), /"gpu1".*: labels: /)
    assert.match(wrongs({ name: "gpu1", "usd-per-hour": -1 }), /"gpu1".*: usd-per-hour: /)
    assert.match(wrongs({ name: "GPU 1" }), /"GPU 1".*: name: /)
    assert.match(wrongs({ host: "x" }), /host 1 of .*: name: /)
    assert.match(wrongs({ name: "a", host: "x\ny" }), /"a".*: host: /)
    assert.match(wrongs("gpu1"), /host 1 /)
  })

  it("says everything that is wrong at once, and that a name is there twice", () => {
    const text = wrongs({ name: "one", port: 0 }, { name: "two", user: "" }, { name: "three" }, { name: "three" })
    for (const word of ["port", "user", 'two hosts of providers.ssh.hosts are named "three"'])
      assert.include(text, word)
  })
})
