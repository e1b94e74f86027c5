import * as Emulator from "@runctl/testkit/Emulator"
import { assert, describe, onTestFinished } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"

const options = { env: { RUNCTL_OWNER: "testbox1" }, timeout: 150_000, skip: Emulator.missingMachines() }

const isCreate = { method: "POST", path: /\/vms\/create$/ }

/** A Lyceum with machines, which a box rents from. */
const rentedBy = async (box: Box): Promise<Emulator.LyceumCloud> => {
  const cloud = await Emulator.lyceum({
    bootSeconds: 0.5,
    addressSeconds: 0.5,
    deleteSeconds: 0.5,
    machines: "ssh",
    // Not port 22, which this computer's own sshd may have at every address: the cloud tells it.
    sshPort: 2022
  })
  onTestFinished(() => cloud.close())
  Object.assign(box.env, cloud.environment)
  return cloud
}

/** Runs a command that must succeed; answers what it printed. */
const run = async (box: Box, ...args: ReadonlyArray<string>): Promise<string> => {
  const { code, stderr, stdout } = await box.run(args)
  assert.strictEqual(code, 0, `${args.join(" ")}: ${stderr}`)
  return stdout
}

describe("a cloud that tells its machines nothing at boot", () => {
  boxed(
    "is asked once for a machine whose answer is lost; it is found by its name, met and armed, and its key trusted since",
    async (box) => {
      const cloud = await rentedBy(box)
      const flags = ["create", "--provider", "lyceum", "--gpu", "l40s", "--max-hours", "2"]
      const refused = await box.run(flags)
      const words = /cannot end its own billing: if this computer goes away at its deadline, it costs \$28\.56 per day/
      assert.match(refused.stderr, words)
      assert.lengthOf(cloud.machines(), 0)

      // A stranger's machine of the same size is there, and none of ours answers to its name.
      cloud.plant({ name: "runctl-testbox1", ageSeconds: 3600 })
      cloud.faults.loseReply(isCreate)
      const { resource } = JSON.parse(await run(box, ...flags, "--yes", "--json"))
      assert.lengthOf(
        cloud.requests.filter(({ method, path }) => method === isCreate.method && isCreate.path.test(path)),
        1
      )
      const { machineClock, ssh, unattended } = JSON.parse(await run(box, "status", resource.id, "--json"))
      assert.deepInclude(ssh, { port: 2022, user: "lyceum", hostKey: "firstUse" })
      assert.deepInclude(machineClock, { deadline: resource.deadline, ending: null, keeper: true })
      assert.strictEqual(unattended.by, "supervisor")
      assert.match(await run(box, "status", resource.id), /its key is trusted since it was first met/)

      // OpenSSH knows the same key under the same name.
      const config = JSON.parse(await run(box, "ssh-config", "--json"))
      assert.deepStrictEqual(config.leftOut, [])
      const strict = ["-F", config.file, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]
      const login = await box.startProgram("ssh", [...strict, config.hosts[0].host, "whoami"]).ended
      assert.strictEqual(login.stdout, "lyceum\n", login.stderr)

      await run(box, "terminate", resource.id, "--yes")
      const left = cloud.billing()
      assert.deepStrictEqual(
        left.map(({ planted, touched }) => ({ planted, touched })),
        [{ planted: true, touched: false }]
      )
      assert.deepStrictEqual([...cloud.violations], [])
    },
    options
  )
})
