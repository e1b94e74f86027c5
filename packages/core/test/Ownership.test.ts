import { assert, it } from "@effect/vitest"
import { fromName, fromTags, Mark, toName, toTags } from "@runctl/core/Ownership"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

it.prop("a name says the mark it was made of, in at most 50 characters of [a-z0-9-]", [Mark], ([mark]) => {
  const name = toName(mark)
  assert.deepStrictEqual(fromName(name), mark)
  assert.match(name, /^[a-z0-9-]{1,50}$/)
})

it.prop(
  "tags say the mark they were made of, whatever else is tagged",
  [Mark, Schema.Record(Schema.String, Schema.String)],
  ([mark, others]) => {
    assert.deepStrictEqual(fromTags({ ...others, ...toTags(mark) }), mark)
  }
)

it.prop("a mark is read from a name only when it would be printed as that very name", [Schema.String], ([text]) => {
  const mark = fromName(text)
  if (mark !== undefined) assert.strictEqual(toName(mark), text)
})

const Piece = Schema.Literals([
  "runctl",
  "-",
  "runctl-",
  "abcd1234",
  "k".repeat(20),
  "0",
  "1",
  "99",
  "9999999999",
  "A",
  "\n",
  " ",
  "é"
])
it.prop(
  "so it is for names that look like ours",
  [Arbitrary.array(Arbitrary.schema(Piece), { maxLength: 9 })],
  ([pieces]) => {
    const mark = fromName(pieces.join(""))
    if (mark !== undefined) assert.strictEqual(toName(mark), pieces.join(""))
  }
)

const owner = "abcd1234"
const key = "0123456789abcdefghij"

it("hostile and damaged names are nobody's", () => {
  const hostile = [
    "",
    "runctl",
    `runctl-${owner}-${key}`,
    `runctl-${owner}-${key}-`,
    `runctl-${owner}-${key}-01`,
    `runctl-${owner}-${key}--1`,
    `runctl-${owner}-${key}-1.5`,
    `runctl-${owner}-${key}-1e3`,
    `runctl-${owner}-${key}-12345678901`,
    `runctl-${owner}-${key}-1\n`,
    ` runctl-${owner}-${key}-1`,
    `x-runctl-${owner}-${key}-1`,
    `runctl-${owner}-${key}-1-copy`,
    `runctl-${owner.toUpperCase()}-${key}-1`,
    `runctl-${owner}-${key}0-1`,
    `runctl-${owner}-${key.slice(1)}-1`,
    `runctl-../../..-${key}-1`,
    `RUNCTL-${owner}-${key}-1`,
    `runctl-${owner}-${key}-١`
  ]
  for (const name of hostile) assert.isUndefined(fromName(name), JSON.stringify(name))
  assert.isDefined(fromName(`runctl-${owner}-${key}-1`))
})

it.prop("tags of which one is missing or damaged are nobody's", [Mark], ([mark]) => {
  const tags = toTags(mark)
  for (const name of Object.keys(tags)) {
    assert.isUndefined(fromTags(Object.fromEntries(Object.entries(tags).filter(([each]) => each !== name))))
    assert.isUndefined(fromTags({ ...tags, [name]: `${tags[name]} ` }))
    assert.isUndefined(fromTags({ ...tags, [name]: "" }))
  }
})
