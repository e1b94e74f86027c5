import * as Emulator from "@runctl/testkit/Emulator"
import { once } from "node:events"
import { createServer, type IncomingMessage } from "node:http"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { until } from "../harness/until.ts"

/** The cloud, but for answers to what rents: those do not come. */
const silentAbout = async (cloud: Emulator.Cloud) => {
  const held: Array<string> = []
  const bytesOf = async (request: IncomingMessage): Promise<Buffer> => Buffer.concat(await request.toArray())
  const server = createServer((request, response) => {
    void (async () => {
      const { method = "GET", url = "/" } = request
      const headers = { authorization: request.headers.authorization ?? "", "content-type": "application/json" }
      const body = await bytesOf(request)
      const answer = await fetch(`${cloud.url}${url}`, { method, headers, ...(body.length === 0 ? {} : { body }) })
      if (method === "POST" && url === "/v2/droplets") return void held.push(url)
      response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" })
      response.end(Buffer.from(await answer.arrayBuffer()))
    })()
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  assert(typeof address === "object" && address !== null)
  return {
    url: `http://127.0.0.1:${address.port}`,
    held,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    }
  }
}

describe("a supervisor that is asked to end", () => {
  boxed("does not wait for an answer that does not come, and leaves its machine to the next", async (box) => {
    await using cloud = await Emulator.digitalocean()
    await using silent = await silentAbout(cloud)
    box.file("train.sh", "echo hello")
    const through = (url: string) => ({ RUNCTL_DIGITALOCEAN_ENDPOINT: url, DIGITALOCEAN_TOKEN: cloud.token })
    const train = ["train", "train.sh", "--provider", "digitalocean", "--yes", "--detach", "--name", "it"]
    const { code, stderr } = await box.run(train, through(silent.url))
    assert.strictEqual(code, 0, stderr)
    await until("it has asked for a machine", () => silent.held.length > 0, 20)
    const began = performance.now()
    assert.isTrue(await box.endSupervisors())
    assert.isBelow(performance.now() - began, 10_000)
    assert.include(readFileSync(join(box.home, "supervisor.log"), "utf8"), "left to the next supervisor")
    assert.lengthOf(cloud.machines(), 1)
    const stopped = await box.run(["runs", "stop", "it", "--json"], through(cloud.url))
    assert.strictEqual(stopped.code, 0, stopped.stderr)
    await until("nothing bills", () => cloud.machines().every(({ status }) => status === "gone"), 40)
  })
})
