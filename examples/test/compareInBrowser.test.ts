import { compareCosts } from "@runctl/prices"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { lackingBrowser, type Opened, openExample } from "./page.ts"

const skipped = lackingBrowser === undefined ? "" : ` (skipped: ${lackingBrowser})`

describe.skipIf(lackingBrowser !== undefined)(`the page in Chromium${skipped}`, () => {
  let opened: Opened | undefined
  const example = (): Opened => {
    if (opened === undefined) throw new Error("the page is not open")
    return opened
  }
  beforeAll(async () => {
    opened = await openExample()
  })
  afterAll(() => opened?.close())

  const rows = () => example().page.locator("tbody tr")
  const told = () => example().page.locator("#told")

  it("shows the same as the library answers in Node", async () => {
    const { fitting, offers } = await compareCosts({ gpu: "H100", gpus: 1, hours: 24, limit: 1 })
    assert.strictEqual(await rows().count(), 15)
    const first = await rows().first().locator("td").allTextContents()
    assert.deepInclude(first, offers[0]?.provider)
    assert.include(first[4], (offers[0]?.totalUsd ?? 0).toFixed(2))
    assert.include(await told().textContent(), `${fitting} prices fit`)
  })

  it("answers what is typed, and takes an offer apart by the keyboard alone", async () => {
    const { page } = example()
    await page.getByLabel("GPU").fill("A100 80GB")
    await page.getByLabel("Machines").selectOption("on-demand")
    await page.getByLabel("Where").selectOption("europe")
    const { offers } = await compareCosts({
      gpu: "A100 80GB",
      gpus: 1,
      hours: 24,
      market: "on-demand",
      region: "europe"
    })
    const lines = new Set(offers.map((each) => [each.provider, each.instanceType, each.totalUsd].join())).size
    await page.waitForFunction(`document.querySelectorAll("tbody tr").length === ${Math.min(15, lines)}`)
    const first = await rows().first().locator("td").allTextContents()
    assert.include(first[4], (offers[0]?.totalUsd ?? 0).toFixed(2))
    await page.locator("tbody button").first().focus()
    await page.keyboard.press("Enter")
    await page.locator("#apart dd").first().waitFor()
    assert.match((await page.locator("#apart").textContent()) ?? "", /compute: \$[\d.,]+24 h at \$/)
  })

  it("says in words what nobody has", async () => {
    const { page } = example()
    await page.getByLabel("GPU").fill("H10")
    await page.waitForFunction('document.querySelector("table").hidden')
    assert.include(await told().textContent(), 'Did you mean "H100"')
    await page.getByLabel("GPU").fill("MI300X")
    await page.waitForFunction('document.querySelector("#told").textContent.includes("none of")')
    assert.include(await told().textContent(), 'Without "in europe"')
  })

  it("asks nobody but its own server, and complains about nothing", () => {
    const { asked, page, problems } = example()
    const { origin } = new URL(page.url())
    assert.deepStrictEqual(
      asked.filter((url) => !url.startsWith(origin)),
      []
    )
    assert.isAbove(asked.length, 3)
    assert.deepStrictEqual(
      problems.filter((text) => !text.includes("favicon") && !text.includes("404")),
      []
    )
  })
})
