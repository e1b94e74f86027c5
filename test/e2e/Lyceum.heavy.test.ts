import * as Emulator from "@runctl/testkit/Emulator"
import { assert, describe, onTestFinished } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { until } from "../harness/until.ts"

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

/** Goes on from its checkpoint, and waits before it to be taken away. */
const script = `if [ -n "$RUNCTL_RESUME_FROM" ]; then
  echo "went on from $(cat "$RUNCTL_RESUME_FROM")"
  echo result >model.txt
  exit 0
fi
echo half >half.ckpt
echo '{"checkpoint": "half.ckpt"}'
while :; do sleep 0.2; done
`

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

  boxed(
    "takes a spot machine back without a word, and the run goes on from its checkpoint on another",
    async (box) => {
      const cloud = await rentedBy(box)
      box.file("train.sh", script)
      const spot = ["--gpu", "h100", "--spot", "--max-hours", "2", "--yes"]
      const training = box.start(["train", "train.sh", "--provider", "lyceum", ...spot])
      await until("its checkpoint is at home", () => box.events.some(({ type }) => type === "CheckpointSaved"))
      const [first] = cloud.billing()
      assert.isDefined(first)
      cloud.core.preempt(first?.id ?? "", cloud.clock.now())
      const { code, stderr, stdout } = await training.ended
      assert.strictEqual(code, 0, stderr)
      assert.match(stdout, /went on from half/)
      assert.match(stderr, /attempt 2/)
      assert.lengthOf(cloud.machines(), 2)
      assert.lengthOf(cloud.billing(), 0)
      assert.deepStrictEqual([...cloud.violations], [])
    },
    options
  )
})
