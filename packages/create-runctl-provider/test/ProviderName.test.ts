import { isMistake, parse, takenNames } from "create-runctl-provider/ProviderName"
import { assert, describe, it } from "vitest"

describe("a provider's name", () => {
  it("is taken in every form that a plugin needs", () => {
    assert.deepStrictEqual(parse("acme-cloud2"), {
      name: "acme-cloud2",
      title: "Acme Cloud2",
      variable: "ACME_CLOUD2",
      packageName: "runctl-plugin-acme-cloud2"
    })
  })

  const refused: ReadonlyArray<readonly [text: string, why: RegExp, nearest: string | undefined]> = [
    ["Acme", /does not begin with a letter from a to z/, "acme"],
    ["acmeCloud", /only a to z/, "acme-cloud"],
    ["Acme Cloud, Inc.", /does not begin/, "acme-cloud-inc"],
    ["acme_cloud", /only a to z/, "acme-cloud"],
    ["acme--cloud", /single dashes/, "acme-cloud"],
    ["acme-", /single dashes/, "acme"],
    ["7clouds", /does not begin/, "clouds"],
    ["café", /only a to z/, "cafe"],
    ["runctl-plugin-acme", /made from the provider's/, "acme"],
    ["@me/runctl-plugin-acme", /made from the provider's/, "acme"],
    ["a".repeat(40), /40 characters, 31/, "a".repeat(31)],
    ["", /it is empty/, undefined],
    ["雲", /does not begin/, undefined],
    ["../up", /does not begin/, "up"],
    ["__proto__", /does not begin/, "proto"]
  ]

  for (const [text, why, nearest] of refused) {
    it(`is not ${JSON.stringify(text)}, and the nearest is told`, () => {
      const found = parse(text)
      if (!isMistake(found)) return assert.fail("it was taken")
      assert.match(found.message, why)
      assert.strictEqual(found.nearest, nearest)
      if (nearest !== undefined) assert.isFalse(isMistake(parse(nearest)), "the nearest is one")
    })
  }

  it("is nobody's already, and says whose", () => {
    for (const name of takenNames) assert.isTrue(isMistake(parse(name)), name)
    const found = parse("acme", new Map([["acme", "installed runctl-plugin-acme"]]))
    assert.isTrue(
      isMistake(found) && /already is a provider "acme" \(installed runctl-plugin-acme\)/.test(found.message)
    )
  })
})
