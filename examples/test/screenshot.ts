/** Takes the picture of the example that the docs show: `node --conditions=source examples/test/screenshot.ts FILE`. */
import { openExample } from "./page.ts"

const { close, page } = await openExample()
await page.getByLabel("Checkpoint every").fill("30")
await page.locator("tbody button").first().click()
await page.locator("#apart dd").first().waitFor()
await page.setViewportSize({ width: 1280, height: 800 })
await page.screenshot({ path: process.argv[2] ?? "compare-in-browser.png", fullPage: true })
await close()
