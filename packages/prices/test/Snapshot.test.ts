import { assert, it } from "@effect/vitest"
import { decode, loadSnapshot } from "@runctl/prices"
import { replaced } from "@runctl/prices/Snapshot"
import { snapshotData } from "@runctl/prices/SnapshotData"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { accelerators, snapshot } from "../scripts/build.ts"
import { gpusCsv, offersCsv } from "./rows.ts"

const source = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8")
const plain = (text: string): string => text.replaceAll(/\s+/g, " ")

it("what is shipped is what the data files give, byte for byte", () => {
  assert.strictEqual(plain(source("packages/prices/src/SnapshotData.ts")), plain(snapshot(offersCsv)))
  assert.strictEqual(plain(source("packages/core/src/internal/accelerators.ts")), plain(accelerators(gpusCsv)))
})

it("the order of the rows in the data file changes nothing but the hash", () => {
  const [heading = "", ...rows] = offersCsv.trimEnd().split("\n")
  const turned = `${[heading, ...rows.toReversed()].join("\n")}\n`
  const withoutHash = (text: string): string => text.replace(/"sha256":"\w+"/, "")
  assert.strictEqual(withoutHash(snapshot(turned)), withoutHash(snapshot(offersCsv)))
})

it("a price of nothing, a word for a number and a date that is none are not built", () => {
  const with_ = (row: string): string => `${offersCsv.split("\n")[0]}\n${row}\n`
  assert.throws(() => snapshot(with_("aws,r,,t,,0,,1,1,0,,s,2026-01-01")), /is 0/)
  assert.throws(() => snapshot(with_("aws,r,,t,,0,,1,1,cheap,,s,2026-01-01")), /cheap/)
  assert.throws(() => snapshot(with_("aws,r,,t,,0,,1,1,1,,s,lately")), /no date/)
  assert.throws(() => snapshot(with_("aws,r,,t,,0,,,1,1,,s,2026-01-01")), /vcpus is missing/)
})

it("it is small, dated and says what it was built from", async () => {
  const { offers, sha256, takenOn } = await loadSnapshot()
  assert.isBelow(gzipSync(source("packages/prices/src/SnapshotData.ts")).length, 150_000)
  assert.strictEqual(sha256, createHash("sha256").update(offersCsv).digest("hex"))
  assert.strictEqual(takenOn, "2026-11-20")
  assert.isAbove(offers.length, 4000)
})

it("a part of a provider's own replaces all its offers and nobody else's", () => {
  const { offers } = decode(snapshotData)
  const lyceum = offers.filter(({ provider }) => provider === "lyceum").slice(0, 1)
  const after = replaced(offers, [{ provider: "lyceum", offers: lyceum }])
  assert.deepStrictEqual(
    after.filter(({ provider }) => provider === "lyceum"),
    lyceum
  )
  assert.strictEqual(after.length, offers.length - 23)
  assert.strictEqual(replaced(offers, []), offers)
})
