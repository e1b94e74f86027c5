import * as Emulator from "@runctl/testkit/Emulator"
import { Box } from "../../test/harness/Box.ts"
import { labelsOf, markOf, owner } from "../cloud/planted.ts"
const n = Number(process.argv[2]); const lat = Number(process.argv[3])
const cloud = await Emulator.digitalocean({ latencyMillis: lat })
const box = new Box({ RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url, DIGITALOCEAN_TOKEN: cloud.token, RUNCTL_OWNER: owner })
for (let i = 0; i < n; i++) cloud.plant({ ...labelsOf(markOf(i)) })
for (let i = 0; i < 4; i++) {
  const from = cloud.requests.length; const t0 = Date.now()
  const o = await box.run(["list", "--json"])
  console.log(o.code, o.millis, cloud.requests.slice(from).map(r => `${r.receivedAt - t0}-${(r.endedAt??0)-t0} ${r.path}${r.query.page ?? 1}`).join(" | "))
  const t1 = performance.now(); await box.run(["list","--offline","--json"]); console.log("offline", performance.now()-t1)
}
if (process.argv[4]) { const c = box.startProgram(process.execPath, ["--cpu-prof", "--cpu-prof-dir=/tmp/w-bench-prof", (await import("../../test/harness/Box.ts")).program, "list", "--json"]); c.closeInput(); await c.ended }
await box.destroy(); await cloud.close()
