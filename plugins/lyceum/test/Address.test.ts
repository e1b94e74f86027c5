import { assert, it } from "@effect/vitest"
import { malformed, none, parse } from "@runctl/plugin-lyceum/Address"

it("an address comes with a port or without, in brackets or bare", () => {
  assert.deepStrictEqual(parse("203.0.113.10"), { host: "203.0.113.10", port: undefined })
  assert.deepStrictEqual(parse("198.51.100.20:22"), { host: "198.51.100.20", port: 22 })
  assert.deepStrictEqual(parse(" 198.51.100.20:2222 "), { host: "198.51.100.20", port: 2222 })
  assert.deepStrictEqual(parse("[2001:db8::1]:2222"), { host: "2001:db8::1", port: 2222 })
  assert.deepStrictEqual(parse("[2001:db8::1]"), { host: "2001:db8::1", port: undefined })
  assert.deepStrictEqual(parse("2001:db8::1"), { host: "2001:db8::1", port: undefined })
  assert.deepStrictEqual(parse("vm.example.org:65535"), { host: "vm.example.org", port: 65_535 })
})

it("nothing is no address yet", () => {
  for (const text of [undefined, null, "", "  "]) assert.strictEqual(parse(text), none)
})

it("a port that cannot be one makes an address unreadable, and never port 22", () => {
  for (const text of [
    "a:",
    "a:0",
    "a:65536",
    "a:22x",
    "a:-1",
    ":22",
    "[2001:db8::1]:x",
    "[2001:db8::1]:",
    "a b:22",
    "a/b"
  ]) {
    assert.strictEqual(parse(text), malformed, text)
  }
})
