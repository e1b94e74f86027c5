import { assert, describe } from "vitest"
import { createServer, type Server } from "node:http"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { boxed } from "../harness/boxed.ts"
import { until } from "../harness/until.ts"

const local = ["--provider", "local"] as const

/** A server on this computer that keeps what is posted to it. */
const listening = async (status: number) => {
  const bodies: Array<Record<string, unknown>> = []
  const server: Server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { bodies, url: `http://127.0.0.1:${port}/hook?token=t0ps3cret`, close: () => server.close() }
}

describe.concurrent("a notification", () => {
  boxed("goes to a webhook when a run fails, and its address is kept nowhere", async (box) => {
    const hook = await listening(204)
    try {
      box.file("train.sh", "exit 5")
      assert.strictEqual((await box.run(["train", "train.sh", ...local, "--notify", hook.url])).code, 7)
      const [body] = await until("the webhook is called", () => hook.bodies.length > 0 && hook.bodies)
      assert.strictEqual(body?.["run"], box.lastRun.id)
      assert.strictEqual(body?.["state"], "Failed")
      assert.strictEqual(body?.["exitCode"], 5)
      const files = readdirSync(box.home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      for (const { name, parentPath } of files) {
        assert.notInclude(readFileSync(join(parentPath, name), "latin1"), "t0ps3cret", name)
      }
    } finally {
      hook.close()
    }
  })

  boxed("runs a command when a run completes", async (box) => {
    box.file("train.sh", "true")
    const told = join(box.folder, "told")
    const command = `{ echo "$RUNCTL_EVENT $RUNCTL_RUN"; cat; } >${told}.new && mv ${told}.new ${told}`
    const { code, stderr } = await box.run(["train", "train.sh", ...local, "--notify", command])
    assert.strictEqual(code, 0, stderr)
    await until("the command has run", () => existsSync(told))
    const [first = "", second = ""] = readFileSync(told, "utf8").split("\n")
    assert.strictEqual(first, `RunCompleted ${box.lastRun.id}`)
    const body: Record<string, unknown> = JSON.parse(second)
    assert.strictEqual(body["state"], "Completed")
  })

  boxed("that cannot be delivered leaves the run as it is, and is recorded", async (box) => {
    box.file("train.sh", "true")
    const { code, stderr } = await box.run(["train", "train.sh", ...local, "--notify", "echo no >&2; exit 9"])
    assert.strictEqual(code, 0, stderr)
    await until("the failure is recorded", () => box.events.some(({ type }) => type === "NotificationFailed"))
    assert.strictEqual(box.lastRun.state, "Completed")
  })
})
