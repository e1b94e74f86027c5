import * as Emulator from "@runctl/testkit/Emulator"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "vitest"
import { Box, program } from "../harness/Box.ts"
import { lacking } from "../harness/tools.ts"

const noTrace = lacking("strace", "-V")

/** Journals are written in pages, requests in one piece: both are short enough to be seen whole. */
const traced = ["-f", "-qq", "-y", "-s", "20000", "--trace=pwrite64,fsync,fdatasync,write,writev,sendto,sendmsg"]

it.skipIf(noTrace !== undefined)(
  `the intent is on disk before the first byte of the request is written${noTrace === undefined ? "" : ` (left out: ${noTrace})`}`,
  async () => {
    await using cloud = await Emulator.digitalocean()
    const box = new Box({ DIGITALOCEAN_TOKEN: cloud.token, RUNCTL_DIGITALOCEAN_ENDPOINT: cloud.url })
    try {
      const asked = cloud.hold({ method: "POST", path: /\/droplets$/, point: "beforeEffect" })
      const file = join(box.folder, "trace")
      const create = ["create", "s-1vcpu-1gb", "--provider", "digitalocean", "--max-hours", "1", "--yes"]
      const command = box.startProgram("strace", [...traced, "-o", file, process.execPath, program, ...create])
      await Promise.race([asked.arrived, command.ended])
      command.signal("SIGKILL")
      const lines = readFileSync(file, "utf8").split("\n")
      const post = lines.findIndex((line) => line.includes("POST /v2/droplets "))
      const written = lines.findLastIndex((line, index) => index < post && line.includes("InstanceRequested"))
      const synced = lines.findIndex(
        (line, index) => index > written && /\b(?:fsync|fdatasync)\(\d+<[^>]*journal\.db-wal>/.test(line)
      )
      assert.isAbove(post, 0, command.stderr)
      assert.isAbove(written, 0, "the intent was not seen being written")
      assert.isAbove(synced, written, "the intent was not synced")
      assert.isBelow(synced, post, "the request went out before the intent was synced")
    } finally {
      await box.endSupervisors()
      await box.destroy()
    }
  },
  60_000
)
