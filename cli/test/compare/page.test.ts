import { assert, it } from "@effect/vitest"
import { type Answered, answered, pricesAt } from "../../src/compare/answer.ts"
import type { Said } from "../../src/compare/words.ts"
import { htmlOfCompare } from "../../src/render/compareHtml.ts"
import { plain } from "../../src/render/style.ts"

const now = Date.parse("2026-11-27")
const prices = pricesAt("/nowhere")
const compare = (said: Said, others: Partial<typeof prices> = {}): Answered =>
  answered(said, { ...prices, ...others }, { isJson: false, style: plain, columns: 100 }, now)

it("a page holds every row, and asks for nothing from anywhere", () => {
  const { output } = compare({ gpu: "H100", html: "page.html" })
  const page = htmlOfCompare(output, now)
  assert.strictEqual(page.match(/<tr><td/g)?.length, output.fitting)
  assert.notMatch(page, /\b(src|href)=|@import|url\(/)
  assert.match(page, /default-src 'none'/)
  assert.strictEqual(page.match(/<g><title>/g)?.length, 20)
})

it("names from elsewhere stay text", () => {
  const nasty = `"><script>alert(1)</script>&'`
  const names = { provider: "x", instanceType: nasty, region: nasty, source: nasty }
  const offers = prices.offers.slice(0, 1).map((each) => ({ ...each, ...names }))
  const page = htmlOfCompare(compare({ html: "page.html" }, { offers }).output, now)
  assert.notInclude(page, "<script>alert")
  assert.include(page, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;")
})

it("places that cost the same are one line of a table, each with its place among all", () => {
  const { text } = compare({ gpu: "H100", provider: ["runpod"], spot: true, limit: "2" })
  assert.match(text, /^ *1 {2}runpod .* \+\d+ .*\n *\d+ {2}runpod/m)
  assert.match(text, /\d+ prices fit, \d+ offers do not; 2 shown\./)
  assert.match(text, /stale/)
})

it("a chart shows what ranges beyond it, and one offer alone", () => {
  const { text } = compare({ gpu: "H100", limit: "3", chart: true })
  assert.match(text, /█+░+▸/)
  assert.match(compare({ gpu: "MI350X", chart: true }).text, /digitalocean .*█/)
})

it("a damaged file and who could not be asked are told below the table", () => {
  const failures = [{ provider: "aws", message: "no\u001B[31m credentials" }]
  assert.match(compare({ gpu: "H100" }, { failures }).text, /aws could not be asked: no credentials\n$/)
})

it.each<readonly [Said, RegExp]>([
  [{ hours: "long" }, /--hours long: a time is wanted/],
  [{ hours: "0" }, /--hours 0/],
  [{ speed: ["H100=2"] }, /--speed says how fast/],
  [{ "gpu-hours": "10" }, /needs the speed/],
  [{ "gpu-hours": "10", speed: ["H100"] }, /a GPU and a number/],
  [{ "gpu-hours": "10", hours: "1", speed: ["H100=1"] }, /both say/],
  [{ spot: true, "on-demand": true }, /exclude each other/],
  [{ csv: true, chart: true }, /exclude each other/],
  [{ explain: "1", csv: true }, /nothing to chart/],
  [{ interruptions: "-1" }, /a number is wanted/],
  [{ "gpu-memory": "80 bananas" }, /amount of memory/],
  [{ limit: "0" }, /--limit 0/],
  [{ gpu: "H10" }, /Did you mean "H100"/],
  [{ gpu: "H100", "max-price": "0.01" }, /none of 4028 offers fits/],
  [{ gpu: "H100", explain: "azure" }, /no offer that fits is called "azure"/]
])("%j is refused in words", (said, message) => {
  assert.throws(() => compare(said), message)
})

it("work is done at each GPU's speed", () => {
  const { output } = compare({
    "gpu-hours": "100",
    speed: ["h100=2", "A100 80GB=1"],
    gpu: "H100",
    gpus: "1",
    "on-demand": true
  })
  const [first] = output.offers
  assert.closeTo((first?.partsUsd?.compute ?? 0) / (first?.usdPerHour ?? 1), 50 / (first?.gpuCount ?? 1), 1e-6)
})
