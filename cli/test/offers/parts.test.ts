import { assert, it } from "@effect/vitest"
import type { PlainOffer } from "@runctl/prices/Snapshot"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { knownPrices } from "../../src/offers/known.ts"
import { readParts, writePart } from "../../src/offers/parts.ts"
import { viewOffers } from "../../src/views/offers.ts"

const offer: PlainOffer = {
  provider: "lyceum",
  region: "here",
  instanceType: "new",
  gpu: "H100",
  gpuCount: 1,
  vcpus: 8,
  memoryGiB: 64,
  onDemandUsdPerHour: 1.5,
  source: "https://api.lyceum.example",
  asOf: "2026-11-26T10:00:00.000Z"
}
const part = { provider: "lyceum", source: offer.source, takenAt: offer.asOf, offers: [offer] }

const inHome = (use: (home: string, file: string) => void): void => {
  const home = mkdtempSync(join(tmpdir(), "runctl-offers-"))
  try {
    use(home, join(home, "offers", "lyceum.json"))
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
const of = (home: string) => knownPrices(home).offers.filter(({ provider }) => provider === "lyceum")

it("what a provider said replaces its part of the snapshot, with source, time and hash, and nobody else's", () =>
  inHome((home) => {
    const before = knownPrices(home)
    const { sha256 } = writePart(home, part)
    assert.match(sha256, /^[0-9a-f]{64}$/)
    assert.deepStrictEqual(of(home), [offer])
    const after = knownPrices(home)
    assert.strictEqual(after.offers.length, before.offers.length - 24 + 1)
    assert.deepInclude(after.parts[0], { ...part, sha256 })
    const view = viewOffers(after, Date.parse("2026-11-27T10:00:00Z"))
    assert.deepInclude(
      view.providers.find(({ provider }) => provider === "lyceum"),
      { from: "refreshed", offers: 1, ageDays: 1, isStale: false, sha256 }
    )
    assert.deepInclude(
      view.providers.find(({ provider }) => provider === "aws"),
      { from: "snapshot", isStale: true, sha256: null }
    )
  }))

it("a part that is cut off, or is not what was written, is told, and the snapshot's prices are used", () =>
  inHome((home, file) => {
    writePart(home, part)
    const whole = readFileSync(file, "utf8")
    const spoiled: ReadonlyArray<readonly [string, RegExp]> = [
      [whole.slice(0, 100), /cut off/],
      ["", /cut off/],
      ["{}", /no prices/],
      [whole.replace('"version":1', '"version":2'), /version is 2/],
      [whole.replace("1.5", "0.5"), /not those that were written/]
    ]
    for (const [text, why] of spoiled) {
      writeFileSync(file, text)
      const { damaged, parts } = readParts(home)
      assert.isEmpty(parts)
      assert.match(damaged[0]?.why ?? "", why)
      assert.strictEqual(damaged[0]?.file, file)
      assert.strictEqual(of(home).length, 24)
    }
  }))

it("a refresh that is cut off half-way leaves the old part, and nothing beside it", () =>
  inHome((home, file) => {
    writePart(home, part)
    const before = readFileSync(file, "utf8")
    const loop: Record<string, unknown> = {}
    loop["self"] = loop
    assert.throws(() => writePart(home, { ...part, offers: [{ ...offer, ...loop }] }))
    assert.strictEqual(readFileSync(file, "utf8"), before)
    assert.deepStrictEqual(readdirSync(join(home, "offers")), ["lyceum.json"])
    // What somebody who was killed has left is no part.
    writeFileSync(`${file}.77.tmp`, before.slice(0, 50))
    assert.deepStrictEqual(of(home), [offer])
    assert.isEmpty(readParts(home).damaged)
  }))

it("looking makes nothing", () =>
  inHome((home) => {
    readParts(join(home, "nowhere"))
    assert.isFalse(existsSync(join(home, "nowhere")))
  }))
