import { assert, it } from "@effect/vitest"
import { didYouMean, nearest } from "@runctl/core/Nearest"
import * as Schema from "effect/Schema"

const Word = Schema.String.check(Schema.isPattern(/^[a-z]{4,9}$/))
const Index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 }))
const known = ["digitalocean", "runpod", "vastai", "local", "ssh", "aws", "lyceum", "verda"]

it("finds what was meant behind a typing mistake", () => {
  const meant = {
    locla: "local",
    loacl: "local",
    "digital-ocean": "digitalocean",
    runpood: "runpod",
    LOCAL: "local",
    dig: "digitalocean",
    as: "aws"
  }
  for (const [word, wanted] of Object.entries(meant)) assert.strictEqual(nearest(word, known)[0], wanted, word)
})

it("suggests nothing for a word that is like none", () => {
  assert.deepStrictEqual(nearest("kubernetes", known), [])
  assert.strictEqual(didYouMean("kubernetes", known), "")
})

it("says several as a question", () => {
  assert.strictEqual(didYouMean("cart", ["card", "cars", "bus"]), ' Did you mean "card" or "cars"?')
})

it.prop("a word with one letter swapped, lost, added or replaced is found first", [Word, Index], ([word, index]) => {
  const at = index % (word.length - 1)
  const [left, right] = [word.slice(0, at), word.slice(at)]
  const mistakes = [
    left + right.slice(1),
    `${left}q${right}`,
    `${left}q${right.slice(1)}`,
    left + right.slice(1, 2) + right.slice(0, 1) + right.slice(2)
  ]
  for (const mistake of mistakes) assert.strictEqual(nearest(mistake, ["zzzzzzzzzzzz", word])[0], word, mistake)
})

it.prop(
  "every suggestion is known, none comes twice, and no more than asked for",
  [Schema.String, Schema.Array(Schema.String), Index],
  ([word, words, limit]) => {
    const found = nearest(word, [...words, ...words], limit)
    assert.isAtMost(found.length, limit)
    assert.strictEqual(new Set(found).size, found.length)
    for (const each of found) assert.include(words, each)
  }
)

it.prop("the order of the known words does not matter", [Word, Schema.Array(Word)], ([word, words]) => {
  assert.deepStrictEqual(nearest(word, words), nearest(word, words.toReversed()))
})
