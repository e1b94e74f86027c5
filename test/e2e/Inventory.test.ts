import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, onTestFinished } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { SshMachine } from "@runctl/testkit/SshMachine"
import { withoutMachines } from "../harness/withoutSshd.ts"
import { until } from "../harness/until.ts"

const started = async (): Promise<SshMachine> => {
  const sshd = await SshMachine.start({ isolation: "namespace" })
  onTestFinished(() => sshd.close())
  return sshd
}

/** A configuration that names hosts, and nothing else. */
const inventory = (hosts: Readonly<Record<string, SshMachine>>): string => {
  const listed = Object.entries(hosts).map(([name, { clientKey, hostKey, port, user }]) => ({
    name,
    host: "127.0.0.1",
    port,
    user,
    "identity-file": clientKey.file,
    "host-key": hostKey
  }))
  return JSON.stringify({ providers: { ssh: { hosts: listed } } })
}

/** Makes that the user's own. */
const configure = (box: Box, hosts: Readonly<Record<string, SshMachine>>): void => {
  const folder = join(box.folder, "user", ".config", "runctl")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "config.yaml"), inventory(hosts))
}

const trainOn = (host: string, ...more: ReadonlyArray<string>) => [
  "train",
  "train.sh",
  "--provider",
  "ssh",
  "--region",
  host,
  ...more
]

describe("the inventory of hosts, while a supervisor runs", () => {
  boxed(
    "may grow and shrink: the same supervisor goes by what it says when a run begins",
    async (box) => {
      const [one, two] = [await started(), await started()]
      box.file("train.sh", "echo done")
      configure(box, { gpu1: one })
      const first = await box.run(trainOn("gpu1"))
      assert.strictEqual(first.code, 0, first.stderr)
      const { supervisor } = box
      configure(box, { gpu2: two })
      const second = await box.run(trainOn("gpu2"))
      assert.strictEqual(second.code, 0, second.stderr)
      const gone = await box.run(trainOn("gpu1"))
      assert.strictEqual(gone.code, 5, gone.stderr)
      configure(box, { gpu2: one })
      const moved = await box.run(trainOn("gpu2"))
      assert.strictEqual(moved.code, 0, moved.stderr)
      assert.match(await one.log(), /Accepted publickey[\s\S]*Accepted publickey/)
      assert.strictEqual(box.supervisor, supervisor)
      await box.closed()
    },
    { skip: withoutMachines, timeout: 180_000 }
  )

  boxed(
    "may lose a host with a run on it: the run is carried to its end, and its machine is given back",
    async (box) => {
      const sshd = await started()
      box.file("train.sh", "echo begun; until [ -e ~/go ]; do sleep 0.1; done; echo result >out.txt")
      configure(box, { gpu1: sshd })
      const train = box.start(trainOn("gpu1", "--name", "far"))
      train.closeInput()
      await train.printed(/begun\n/)
      configure(box, {})
      // Whatever it has open goes: it has to find the host anew.
      sshd.killConnections()
      const refused = await box.run(trainOn("gpu1"))
      assert.strictEqual(refused.code, 5, refused.stderr)
      writeFileSync(sshd.pathOf(join(sshd.home, "go")), "")
      const { code, stderr } = await train.ended
      assert.strictEqual(code, 0, stderr)
      assert.match(box.read("project", "runctl-outputs", "far", "out.txt"), /result/)
      await until("the run is closed", () => box.runs.every(({ phase }) => phase === "Closed"), 60)
      assert.deepStrictEqual(
        box.machines.map(({ phase }) => phase),
        ["Gone"]
      )
      assert.match(box.read("state", "supervisor.log"), /gpu1 is not among providers\.ssh\.hosts any more; its machine/)
    },
    { skip: withoutMachines, timeout: 180_000 }
  )

  boxed(
    "is the user's own: what a trusted project's file says counts for commands alone, and train says so",
    async (box) => {
      const [one, two] = [await started(), await started()]
      box.file("train.sh", "echo done")
      configure(box, { gpu1: one })
      box.file("runctl.yaml", inventory({ gpu2: two }))
      const trusted = await box.run(["trust", "--yes"])
      assert.strictEqual(trusted.code, 0, trusted.stderr)
      const { code, stderr } = await box.run(trainOn("gpu2"))
      assert.strictEqual(code, 5, stderr)
      assert.match(
        stderr,
        /Warning: providers\.ssh of .*runctl\.yaml counts for commands alone.*goes by .*config\.yaml/
      )
      await box.closed()
      assert.notInclude(await one.log(), "Accepted publickey", "nothing else is taken instead")
    },
    { skip: withoutMachines, timeout: 120_000 }
  )
})
