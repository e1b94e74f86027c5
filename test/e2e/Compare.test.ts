import * as Emulator from "@runctl/testkit/Emulator"
import { chromium } from "playwright-core"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"

const browser = "/usr/bin/chromium"

/** A DigitalOcean that the box has a token for. */
const account = async (box: Box): Promise<Emulator.Cloud> => {
  const cloud = await Emulator.digitalocean({})
  Object.assign(box.env, { RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url, DIGITALOCEAN_TOKEN: cloud.token })
  return cloud
}

// oxlint-disable-next-line typescript/no-explicit-any -- the command has a shape of its own, and its schema a test
const json = async (box: Box, ...args: ReadonlyArray<string>): Promise<any> => {
  const { code, stderr, stdout } = await box.run([...args, "--json"])
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(stdout)
}

describe.concurrent("comparing prices", () => {
  boxed("asks nobody and leaves nothing behind", async (box) => {
    const { code, stderr, stdout } = await box.run(["compare", "--gpu", "h100", "--hours", "24"])
    assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
    assert.match(stdout, /PROVIDER +TYPE +GPU +REGION +LIST\/H +EXPECTED +RANGE/)
    assert.match(stdout, /stale/)
    assert.isFalse(existsSync(box.home))
  })

  boxed("says in words what nobody has, and what is out of the question", async (box) => {
    const unknown = await box.run(["compare", "--gpu", "H10"])
    assert.strictEqual(unknown.code, 2)
    assert.match(unknown.stderr, /Did you mean "H100"/)
    const empty = await box.run(["compare", "--gpu", "A100 80GB", "--gpus", "8", "--max-price", "1", "--json"])
    assert.strictEqual(empty.code, 5)
    assert.match(JSON.parse(empty.stdout).error.advice, /Without "at most \$1\.00\/h" there are \d+; the nearest is/)
  })

  boxed(
    "refreshes a provider's part with its source, time and hash; who cannot be asked keeps the old one",
    async (box) => {
      await using cloud = await account(box)
      const before = await json(box, "offers", "list")
      const refreshed = await json(box, "offers", "refresh")
      assert.deepInclude(refreshed.refreshed[0], { provider: "digitalocean" })
      assert.match(refreshed.refreshed[0].source, new RegExp(cloud.url))
      assert.match(refreshed.refreshed[0].sha256, /^[0-9a-f]{64}$/)
      const after = await json(box, "offers", "list")
      const named = ({ providers }: typeof before, name: string) =>
        providers.find((each: { readonly provider: string }) => each.provider === name)
      assert.deepInclude(named(after, "digitalocean"), { from: "refreshed", isStale: false })
      assert.deepStrictEqual(named(after, "aws"), named(before, "aws"))
      const live = await json(box, "compare", "--gpu", "H100", "--live")
      assert.deepInclude(live.refreshed[0], { provider: "digitalocean", sha256: null })
      const { offers } = await json(box, "compare", "--provider", "digitalocean", "--limit", "all")
      assert.isTrue(offers.every((each: { isStale: boolean }) => !each.isStale))
      const file = join(box.home, "offers", readdirSync(join(box.home, "offers"))[0] ?? "")
      const kept = readFileSync(file, "utf8")
      await cloud.close()
      const late = await box.run(["offers", "refresh", "--provider", "digitalocean"])
      assert.strictEqual(late.code, 6, late.stderr)
      assert.strictEqual(readFileSync(file, "utf8"), kept)
      writeFileSync(file, kept.slice(0, 200))
      const damaged = await box.run(["compare", "--provider", "digitalocean"])
      assert.strictEqual(damaged.code, 0)
      assert.match(damaged.stdout, /cut off: the snapshot's prices are used/)
    }
  )

  boxed(
    "writes a page that sorts, searches and asks for nothing",
    async (box) => {
      const { code, stderr } = await box.run(["compare", "--gpu", "A100", "--html", "prices.html"])
      assert.strictEqual(code, 0, stderr)
      const opened = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] })
      try {
        const page = await opened.newPage()
        const problems: Array<string> = []
        const asked: Array<string> = []
        page.on("console", (message) => problems.push(message.text()))
        page.on("pageerror", (error) => problems.push(error.message))
        page.on("request", (request) => asked.push(request.url()))
        await page.goto(`file://${join(box.project, "prices.html")}`)
        const expected = (): Promise<ReadonlyArray<number>> =>
          page
            .locator("tbody tr:not([hidden]) td:nth-child(8)")
            .evaluateAll((cells) => cells.map((each) => Number(each.getAttribute("data-value"))))
        const first = await expected()
        // What differs by rounding alone is ordered by name.
        for (const [at, amount] of first.entries()) assert.isAtMost(first[at - 1] ?? 0, amount * (1 + 1e-6))
        const heading = page.getByRole("columnheader", { name: "Expected" })
        await heading.getByRole("button").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        assert.strictEqual(await heading.getAttribute("aria-sort"), "descending")
        const turned = await expected()
        assert.deepStrictEqual(
          turned,
          first.toSorted((left, right) => right - left)
        )
        await page.getByLabel("Show only rows with").fill("lambda on-demand")
        const shown = await page.locator("tbody tr:not([hidden])").count()
        assert.isTrue(shown > 0 && shown < first.length)
        assert.strictEqual(await page.locator("output").textContent(), `${shown} of ${first.length} rows`)
        assert.deepStrictEqual({ problems, asked: asked.length }, { problems: [], asked: 1 })
      } finally {
        await opened.close()
      }
    },
    { skip: existsSync(browser) ? undefined : `there is no ${browser} here` }
  )
})
