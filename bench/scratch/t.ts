import * as Emulator from "@runctl/testkit/Emulator"
import { Box } from "../../test/harness/Box.ts"
console.log(Emulator.missingMachines())
const cloud = await Emulator.digitalocean({
  machines: "ssh",
  limitsRates: true,
  timeScale: 1,
  userData: process.argv[2] as any
})
const box = new Box({ RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url, DIGITALOCEAN_TOKEN: cloud.token })
try {
  box.file("hello.sh", "echo hello-from-there")
  for (let i = 0; i < 3; i++) {
    const from = cloud.requests.length
    const t = performance.now()
    const t0 = Date.now()
    const c = box.start(["train", "hello.sh", "--provider", "digitalocean", "--yes", "--max-price", "1"])
    c.closeInput()
    while (!c.stdout.includes("hello-from-there") && !c.isOver) await new Promise((r) => setTimeout(r, 5))
    console.log("first line", performance.now() - t)
    for (const r of cloud.requests.slice(from))
      console.log(r.receivedAt - t0, r.method, r.path, JSON.stringify(r.query), r.status)
    const n = cloud.requests.length
    const o = await c.ended
    console.log(
      "end",
      performance.now() - t,
      o.code,
      "more",
      cloud.requests.slice(n).map((r) => `${r.receivedAt - t0} ${r.method} ${r.path}`)
    )
    if (i === 0 || o.code !== 0) console.log(o.stdout, o.stderr)
    const run = box.events
    for (const e of run as any[]) {
      if (e.at >= t0) console.log("   ev", e.at - t0, e.type)
    }
    console.log(Object.keys(run.at(-1)!))
  }
} finally {
  console.log(cloud.violations.length)
  await box.endSupervisors()
  await box.destroy()
  await cloud.close()
}
