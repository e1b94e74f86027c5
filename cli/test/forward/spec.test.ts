import { assert, it } from "@effect/vitest"
import { parseForward } from "../../src/forward/spec.ts"

it("a port, a port here and there, and a host behind the machine are understood", () => {
  assert.deepStrictEqual(parseForward("8888"), { local: 8888, host: "localhost", remote: 8888 })
  assert.deepStrictEqual(parseForward("9000:8888"), { local: 9000, host: "localhost", remote: 8888 })
  assert.deepStrictEqual(parseForward("0:8888"), { local: 0, host: "localhost", remote: 8888 })
  assert.deepStrictEqual(parseForward("9000:db.internal:5432"), { local: 9000, host: "db.internal", remote: 5432 })
  assert.deepStrictEqual(parseForward("9000:10.0.0.7:80"), { local: 9000, host: "10.0.0.7", remote: 80 })
  assert.deepStrictEqual(parseForward("9000:[::1]:80"), { local: 9000, host: "::1", remote: 80 })
})

it("anything else is refused", () => {
  for (const text of [
    "",
    "x",
    "0",
    "8888:0",
    "65536",
    "1:65536",
    "host:80",
    "1:2:3:4",
    "-1",
    "80:",
    ":80",
    "1:a b:2",
    "8e3"
  ]) {
    assert.throws(() => parseForward(text), /is wanted/, text)
  }
})
