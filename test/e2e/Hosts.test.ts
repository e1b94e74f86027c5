import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { SshMachine, type SshMachineOptions } from "@runctl/testkit/SshMachine"
import { assert, describe, onTestFinished } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { withoutMachines } from "../harness/withoutSshd.ts"
import { until } from "../harness/until.ts"

const names = (folder: string): ReadonlyArray<string> => (existsSync(folder) ? readdirSync(folder).toSorted() : [])

const claims = (sshd: SshMachine): ReadonlyArray<string> => names(sshd.pathOf("/var/tmp/runctl-claims"))

const homeOf = (sshd: SshMachine): ReadonlyArray<string> => names(sshd.pathOf(sshd.home))

/** Starts hosts and names them in the user's configuration, with more settings for each. */
const hosts = async (
  box: Box,
  wanted: Readonly<Record<string, object>>,
  options: SshMachineOptions = {}
): Promise<ReadonlyArray<SshMachine>> => {
  const started: Array<SshMachine> = []
  const configured: Array<object> = []
  for (const [name, more] of Object.entries(wanted)) {
    const sshd = await SshMachine.start({ ...options, isolation: "namespace" })
    onTestFinished(() => sshd.close())
    started.push(sshd)
    const way = { host: "127.0.0.1", port: sshd.port, user: sshd.user, "identity-file": sshd.clientKey.file }
    configured.push({ name, ...way, "host-key": sshd.hostKey, ...more })
  }
  configure(box, configured)
  return started
}

const configure = (box: Box, configured: ReadonlyArray<object>): void => {
  const folder = join(box.folder, "user", ".config", "runctl")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "config.yaml"), JSON.stringify({ providers: { ssh: { hosts: configured } } }))
}

const skip = withoutMachines

describe("hosts over SSH", () => {
  boxed(
    "carry a run to its end and keep nothing of it",
    async (box) => {
      const [sshd] = await hosts(box, { gpu1: {} })
      box.file("train.sh", 'echo "on $PWD"; echo result > out.txt; (sleep 300 &)')
      const { code, stderr, stdout } = await box.run(["train", "train.sh", "--provider", "ssh", "--name", "far"])
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /on .*\/\.runctl\/machines\//)
      await box.closed()
      assert.deepStrictEqual([sshd === undefined ? [] : claims(sshd), sshd === undefined ? [] : homeOf(sshd)], [[], []])
      assert.match(box.read("project", "runctl-outputs", "far", "out.txt"), /result/)
    },
    { skip, timeout: 120_000 }
  )

  boxed(
    "are chosen by label, one machine on each, and listed until they are terminated",
    async (box) => {
      const [slow, fast] = await hosts(box, { slow: {}, fast: { labels: ["fast"], "usd-per-hour": 0.25 } })
      const created = await box.run(["create", "--provider", "ssh", "--label", "fast", "--yes"])
      assert.strictEqual(created.code, 0, created.stderr)
      assert.match(created.stdout, /ssh\/fast\//)
      const again = await box.run(["create", "--provider", "ssh", "--label", "fast", "--yes"])
      assert.strictEqual(again.code, 5, again.stderr)
      const list = await box.run(["list"])
      assert.match(list.stdout, /ssh\/fast\/\w+ .*Running/)
      const id = box.machines[0]?.resource?.id ?? assert.fail("the journal has no machine")
      assert.deepStrictEqual(
        [slow === undefined ? 0 : claims(slow).length, fast === undefined ? 0 : claims(fast).length],
        [0, 2]
      )
      const ended = await box.run(["terminate", id, "--yes"])
      assert.strictEqual(ended.code, 0, ended.stderr)
      assert.deepStrictEqual(fast === undefined ? [] : [claims(fast), homeOf(fast)], [[], []])
    },
    { skip, timeout: 120_000 }
  )

  boxed(
    "end their machine by themselves at its deadline, when everybody here is gone",
    async (box) => {
      const [sshd] = await hosts(box, { gpu1: {} })
      const created = await box.run(["create", "--provider", "ssh", "--max-hours", "0.004", "--yes"])
      assert.strictEqual(created.code, 0, created.stderr)
      const { supervisor } = box
      if (supervisor !== undefined) process.kill(supervisor, "SIGKILL")
      assert.strictEqual(sshd === undefined ? 0 : claims(sshd).length, 2)
      await until("the host is released", () => sshd !== undefined && claims(sshd).length === 0, 180)
      await until("the machine's folder is gone", () => sshd !== undefined && homeOf(sshd).length === 0, 20)
      const id = box.machines[0]?.resource?.id ?? assert.fail("the journal has no machine")
      const ended = await box.run(["terminate", id, "--yes"])
      assert.strictEqual(ended.code, 0, `ending what has ended itself is a success: ${ended.stderr}`)
    },
    { skip, timeout: 240_000 }
  )

  boxed(
    "are diagnosed one by one; a wrong setting is a configuration error that names host and key",
    async (box) => {
      await hosts(box, { gpu1: {} })
      const well = await box.run(["providers", "doctor", "ssh"])
      assert.strictEqual(well.code, 0, well.stdout + well.stderr)
      assert.match(well.stdout, /gpu1 tar/)
      configure(box, [{ name: "gpu1", adress: "10.0.0.1" }])
      for (const args of [
        ["providers", "doctor", "ssh"],
        ["create", "--provider", "ssh", "--yes"]
      ]) {
        const { code, stderr, stdout } = await box.run(args)
        assert.strictEqual(code, 3, `${args.join(" ")}: ${stdout}${stderr}`)
        assert.match(stdout + stderr, /config\.ya?ml:\d+: .*"gpu1".*"adress"/)
      }
      const none = await box.run(["create", "--provider", "local", "--dry-run"])
      assert.strictEqual(none.code, 0, none.stderr)
    },
    { skip, timeout: 120_000 }
  )
})
