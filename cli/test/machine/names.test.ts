import { assert, it } from "@effect/vitest"
import { uniqueNames } from "../../src/machine/names.ts"

it("a machine is called by its label, else by its key", () => {
  assert.deepStrictEqual(
    uniqueNames([
      { key: "abcdefghij", label: "trainer" },
      { key: "klmnopqrst", label: undefined }
    ]),
    ["trainer", "klmnopqrst"]
  )
})

it("machines with the same label are told apart by their keys, whatever the case and the order", () => {
  const one = { key: "abcdefghij", label: "Trainer" }
  const two = { key: "klmnopqrst", label: "trainer" }
  assert.deepStrictEqual(uniqueNames([one, two]), ["Trainer-abcdef", "trainer-klmnop"])
  assert.deepStrictEqual(uniqueNames([two, one]), ["trainer-klmnop", "Trainer-abcdef"])
})

it("a name stays unique when another one is called like it with its key", () => {
  const names = uniqueNames([
    { key: "abcdefghij", label: "a" },
    { key: "klmnopqrst", label: "a" },
    { key: "uvwxyz0123", label: "a-abcdef" }
  ])
  assert.strictEqual(new Set(names).size, 3)
})

it("nothing in a name ends a line, is a pattern, or begins an option", () => {
  for (const label of [
    "a\nHost *\n  ProxyCommand evil",
    "-oProxyCommand=evil",
    "*",
    "a b\"c'd",
    "…",
    "../x",
    "\u001B[31m"
  ]) {
    for (const name of uniqueNames([{ key: "abcdefghij", label }])) assert.match(name, /^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  }
})
