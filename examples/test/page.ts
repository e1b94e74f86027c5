import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { extname, join } from "node:path"
import { type Browser, chromium, type Page } from "playwright-core"
import { buildPage } from "../compare-in-browser/build.mjs"

const program = "/usr/bin/chromium"

/** Why there is no page to test, or `undefined` where there is. */
export const lackingBrowser: string | undefined = existsSync(program) ? undefined : "there is no /usr/bin/chromium here"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css"
}

/** The example, built, served and open in Chromium; `problems` are what the page complained about. */
export interface Opened {
  readonly page: Page
  readonly problems: ReadonlyArray<string>
  readonly asked: ReadonlyArray<string>
  readonly close: () => Promise<void>
}

const serve = (folder: string): Promise<Server> => {
  const server = createServer(({ url = "/" }, response) => {
    const name = url === "/" ? "index.html" : url.slice(1).replaceAll("..", "")
    const file = join(folder, name)
    if (!existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" })
    response.end(readFileSync(file))
  })
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server))
  })
}

const portOf = (address: AddressInfo | string | null): number => {
  if (address === null || typeof address === "string") throw new Error("the server has no port")
  return address.port
}

const launch = (): Promise<Browser> => chromium.launch({ executablePath: program, args: ["--no-sandbox"] })

/** Builds, serves and opens the example. */
export const openExample = async (): Promise<Opened> => {
  const folder = await mkdtemp(join(tmpdir(), "runctl-page-"))
  await buildPage(folder)
  const server = await serve(folder)
  const browser = await launch()
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  const problems: Array<string> = []
  const asked: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text())
  })
  page.on("pageerror", (error) => problems.push(error.message))
  page.on("request", (request) => asked.push(request.url()))
  await page.goto(`http://127.0.0.1:${portOf(server.address())}/`)
  await page.locator("tbody tr").first().waitFor()
  return {
    page,
    problems,
    asked,
    close: async () => {
      await browser.close()
      server.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}
