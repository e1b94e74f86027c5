import { assert, describe } from "vitest"
import { createHash } from "node:crypto"
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { boxed } from "../harness/boxed.ts"
import { settle } from "../harness/journal.ts"
import { processesWith } from "../harness/processes.ts"
import { until } from "../harness/until.ts"

const local = ["--provider", "local"] as const

/** Every path below a folder with its mode and content; empty for none. */
const digestOf = (folder: string): string => {
  const hash = createHash("sha256")
  if (!existsSync(folder)) return hash.digest("hex")
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted()) {
    const path = join(folder, name)
    const { mode } = lstatSync(path)
    hash.update(`${name} ${mode}\n`)
    if (lstatSync(path).isFile()) hash.update(readFileSync(path))
  }
  return hash.digest("hex")
}

describe.concurrent("limits of a run", () => {
  boxed("ends a script at the deadline of --max-hours, and says how to go on", async (box) => {
    box.file("train.sh", "trap 'echo saving; exit 143' TERM; echo ready; while :; do sleep 0.1; done")
    const { code, stderr, stdout } = await box.run(["train", "train.sh", ...local, "--max-hours", "0.0025"])
    assert.strictEqual(code, 7)
    assert.match(stdout, /^ready\n(Terminated\n)?saving\n$/)
    assert.match(stderr, /RUNCTL_E_DEADLINE/)
    assert.match(stderr, /--resume/)
    assert.strictEqual(box.lastRun.state, "Interrupted")
  })

  boxed(
    "ends a script that ignores SIGTERM, and its children, when the grace is over",
    async (box) => {
      box.file("train.sh", "trap '' TERM; sleep 4713.5 & echo ready; while :; do sleep 0.1; done")
      const train = box.start(["train", "train.sh", ...local])
      await train.printed(/ready\n/)
      train.signal("SIGINT")
      const { code, stderr } = await train.ended
      assert.strictEqual(code, 130, stderr)
      assert.strictEqual((await box.closed()).state, "Cancelled")
      assert.deepStrictEqual(processesWith(["sleep 4713.5"]), [])
    },
    { env: { RUNCTL_GRACE: "1s" } }
  )

  boxed("ends all that a script leaves behind: children, their children, and those that fled", async (box) => {
    box.file(
      "train.sh",
      [
        "sleep 4712.5 &",
        "(sh -c 'sleep 4712.5 & sleep 4712.5' &)",
        "setsid sh -c 'trap \"\" HUP; sleep 4712.5 &' &",
        "cd / && nohup setsid sleep 4712.5 >/dev/null 2>&1 &",
        "sleep 0.3; echo done"
      ].join("\n")
    )
    const train = box.start(["train", "train.sh", ...local])
    await until("children were started", () => processesWith(["sleep 4712.5"]).length >= 4)
    const { code, stderr, stdout } = await train.ended
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(stdout, "done\n")
    assert.deepStrictEqual(processesWith(["sleep 4712.5"]), [])
  })

  boxed("tells what would happen with --dry-run, and changes nothing", async (box) => {
    box.file("train.sh", "echo ran")
    const before = digestOf(box.folder)
    const plan = await box.run(["train", "train.sh", ...local, "--dry-run"])
    assert.strictEqual(plan.code, 0, plan.stderr)
    assert.match(plan.stdout + plan.stderr, /local/)
    assert.strictEqual(digestOf(box.folder), before, "a new home")

    assert.strictEqual((await box.run(["train", "train.sh", ...local, "--keep"])).code, 0)
    const id = box.lastRun.attempts[0]?.resource ?? ""
    await box.endSupervisors()
    settle(box.journal)
    const used = digestOf(box.folder)
    for (const args of [
      ["train", "train.sh", ...local, "--dry-run", "--json"],
      ["create", ...local, "--dry-run"],
      ["terminate", id, "--dry-run"],
      ["stop", id, "--dry-run"],
      ["extend", id, "48h", "--dry-run"]
    ]) {
      const { code, stderr } = await box.run(args)
      assert.strictEqual(code, 0, `${args.join(" ")}: ${stderr}`)
      assert.strictEqual(digestOf(box.folder), used, args.join(" "))
    }
    assert.strictEqual((await box.run(["terminate", id])).code, 0)
  })

  boxed("refuses what no budget can bear, before anything is rented", async (box) => {
    box.file("train.sh", "echo ran")
    const { code, stderr } = await box.run(["train", "train.sh", ...local, "--gpu", "H100", "--budget", "1"])
    assert.strictEqual(code, 5, stderr)
    assert.deepStrictEqual(box.machines, [])
  })
})
