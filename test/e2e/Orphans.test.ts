import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { until } from "../harness/until.ts"

const owner = "testbox1"

const slow = { timeout: 240_000 }

const json = async (box: Box, args: ReadonlyArray<string>) => {
  const { code, stderr, stdout } = await box.run([...args, "--json"])
  return { code, stderr, out: JSON.parse(stdout) }
}

const create = async (box: Box, name: string): Promise<string> => {
  const { code, stderr, stdout } = await box.run(["create", "--name", name, "--max-hours", "1", "--yes"])
  assert.strictEqual(code, 0, stderr)
  return stdout.trim()
}

const killSupervisor = async (box: Box): Promise<void> => {
  const pid = await until("there is a supervisor", () => box.supervisor)
  process.kill(pid, "SIGKILL")
  await until("the supervisor is gone", () => box.supervisor === undefined)
}

/** What another installation of the same owner leaves: its machine, and no memory of it. */
const forget = async (box: Box): Promise<void> => {
  await killSupervisor(box)
  for (const end of ["", "-wal", "-shm", "-lock"]) rmSync(`${box.journal}${end}`, { force: true })
}

describe("what nobody holds", () => {
  boxed(
    "is shown, taken over after asking, and ended like every other machine",
    async (box) => {
      const id = await create(box, "lost")
      await forget(box)
      const { out: list } = await json(box, ["list"])
      assert.include(list.resources[0], { id, ownership: "elsewhere", state: "Running" })
      const { code, out } = await json(box, ["resources", "orphans"])
      assert.strictEqual(code, 0)
      assert.deepInclude(out.machines[0], { standing: "elsewhere", can: ["adopt", "cleanup"] })
      assert.strictEqual((await json(box, ["terminate", id])).code, 2)
      const unasked = await json(box, ["resources", "adopt", id])
      assert.strictEqual(unasked.out.error.code, "RUNCTL_E_NEEDS_CONFIRMATION")
      assert.lengthOf(box.machines, 0)
      const looked = await json(box, ["resources", "adopt", id, "--dry-run"])
      assert.isTrue(looked.out.dryRun)
      assert.lengthOf(box.machines, 0)
      const adopted = await json(box, ["resources", "adopt", id, "--yes"])
      assert.strictEqual(adopted.code, 0, adopted.stderr)
      assert.deepInclude(adopted.out.resource, { id, ownership: "ours", deadline: looked.out.resource.deadline })
      assert.strictEqual((await json(box, ["resources", "adopt", id, "--yes"])).out.error.code, "RUNCTL_E_CANNOT_ADOPT")
      const held = await json(box, ["resources", "cleanup", id, "--yes"])
      assert.strictEqual(held.out.error.code, "RUNCTL_E_NO_ORPHAN")
      assert.strictEqual((await json(box, ["terminate", id])).code, 0)
    },
    { env: { RUNCTL_OWNER: owner }, timeout: 240_000 }
  )

  boxed(
    "is left alone by sweeps and ended when a person names it",
    async (box) => {
      const id = await create(box, "lost")
      await forget(box)
      for (const args of [["sweep"], ["resources", "cleanup"], ["resources", "cleanup", id, "--dry-run"]]) {
        assert.strictEqual((await json(box, args)).code, 0)
      }
      const { out } = await json(box, ["sweep"])
      assert.deepInclude(out.leftAlone[0], { id, standing: "elsewhere" })
      assert.lengthOf(box.machineFolders, 1)
      const unasked = await json(box, ["resources", "cleanup", id])
      assert.strictEqual(unasked.out.error.code, "RUNCTL_E_NEEDS_CONFIRMATION")
      assert.include(unasked.out.error.message, id)
      const cleaned = await json(box, ["resources", "cleanup", id, "--yes"])
      assert.strictEqual(cleaned.code, 0, cleaned.stderr)
      assert.include(cleaned.out.results[0], { id, outcome: "gone" })
      assert.lengthOf(box.machineFolders, 0)
    },
    { env: { RUNCTL_OWNER: owner }, timeout: 240_000 }
  )

  boxed(
    "of another owner is counted, and never taken or ended",
    async (box) => {
      const id = await create(box, "theirs")
      const other = { RUNCTL_OWNER: "stranger" }
      for (const command of ["adopt", "cleanup"]) {
        const { code, stdout } = await box.run(["resources", command, id, "--yes", "--json"], other)
        assert.strictEqual(code, 2)
        assert.strictEqual(JSON.parse(stdout).error.code, "RUNCTL_E_NOT_OURS")
      }
      const list = await box.run(["list", "--json"], other)
      assert.include(JSON.parse(list.stdout), { others: 1 })
      assert.lengthOf(box.machineFolders, 1)
      assert.strictEqual((await json(box, ["terminate", id])).code, 0)
    },
    { env: { RUNCTL_OWNER: owner }, timeout: 240_000 }
  )
})

describe("what waits for somebody", () => {
  boxed(
    "is said by commands that ask nobody, and taken up by the next that asks",
    async (box) => {
      box.file("train.sh", "until [ -e go ]; do sleep 0.1; done")
      const train = await box.run(["train", "train.sh", "--provider", "local", "--name", "long", "--detach"])
      assert.strictEqual(train.code, 0, train.stderr)
      assert.strictEqual((await box.run(["wait", "long", "--for", "Running"])).code, 0)
      await killSupervisor(box)
      for (const args of [["list", "--offline"], ["runs", "list"], ["cost"], ["events"]]) {
        const { code, stderr } = await box.run(args)
        assert.strictEqual(code, 0)
        assert.strictEqual(
          stderr,
          "1 run waits to be looked after and no supervisor runs: `runctl resources recover`\n"
        )
      }
      const { out } = await json(box, ["doctor"])
      const check = out.checks.find(({ name }: { readonly name: string }) => name === "supervisor")
      assert.include(check, { status: "warn" })
      const looked = await json(box, ["resources", "recover", "--dry-run"])
      assert.include(looked.out, { runs: 1, supervisor: "none" })
      assert.isUndefined(box.supervisor)
      assert.strictEqual((await box.run(["list"])).code, 0)
      await until("a supervisor lives", () => box.supervisor)
      assert.strictEqual((await box.run(["runs", "list"])).stderr, "")
      assert.strictEqual((await json(box, ["resources", "recover"])).out.supervisor, "running")
      assert.strictEqual((await box.run(["runs", "stop", "long"])).code, 0)
      await box.closed()
    },
    slow
  )

  boxed(
    "is taken up by a sweep too, which starts a supervisor that outlives it",
    async (box) => {
      box.file("train.sh", "exec sleep 1000")
      assert.strictEqual(
        (await box.run(["train", "train.sh", "--provider", "local", "--name", "long", "--detach"])).code,
        0
      )
      assert.strictEqual((await box.run(["wait", "long", "--for", "Running"])).code, 0)
      await killSupervisor(box)
      const sweep = await json(box, ["sweep"])
      assert.strictEqual(sweep.code, 0, sweep.stderr)
      assert.strictEqual(sweep.out.supervisor, "started")
      await until("a supervisor lives", () => box.supervisor)
      const doctor = await json(box, ["providers", "doctor", "local"])
      const [local] = doctor.out.providers
      const sweeper = local.checks.find(({ name }: { readonly name: string }) => name === "sweeper")
      assert.match(sweeper.message, /`runctl sweep` asked it/)
      assert.strictEqual((await box.run(["runs", "stop", "long"])).code, 0)
      await box.closed()
    },
    slow
  )

  boxed(
    "of one machine is who ends it when everybody leaves",
    async (box) => {
      const id = await create(box, "box")
      const alone = async () => (await json(box, ["status", id])).out.unattended
      // `local` cannot end itself: the supervisor that `create` has started does, at the deadline.
      await until("a supervisor lives", () => box.supervisor)
      const { by, endsBy } = await alone()
      assert.strictEqual(by, "supervisor")
      assert.isAbove(Date.parse(endsBy), Date.now() + 3_500_000)
      assert.strictEqual((await json(box, ["terminate", id])).code, 0)
      assert.isNull(await alone())
    },
    slow
  )

  boxed(
    "cannot be swept where a provider cannot be asked: the others are, and the sweep ends with 6 and a word about it",
    async (box) => {
      const { capabilities } = JSON.parse((await box.run(["providers", "show", "local", "--json"])).stdout).provider
      const runctl = { api: 1, kind: "provider", provider: "./index.js", name: "away", title: "Away", capabilities }
      const credentials = { environment: ["AWAY_TOKEN"], files: [] }
      const folder = join(box.folder, "user", ".config", "runctl")
      mkdirSync(join(folder, "away"), { recursive: true })
      writeFileSync(join(folder, "away", "index.js"), "throw new Error('no way there')\n")
      writeFileSync(
        join(folder, "away", "package.json"),
        JSON.stringify({ name: "away", type: "module", runctl: { ...runctl, credentials } })
      )
      writeFileSync(join(folder, "config.yaml"), "plugins: [./away]\n")
      // Without its token it is nobody's business.
      assert.deepStrictEqual((await json(box, ["sweep"])).out.asked, ["local", "ssh"])
      const { code, stderr, stdout } = await box.run(["sweep"], { AWAY_TOKEN: "t" })
      assert.strictEqual(code, 6)
      assert.match(stderr, /^away could not be asked: .*no way there\n$/)
      assert.match(stdout, /0 machines seen at away, local, ssh, 0 ended/)
    },
    slow
  )

  boxed(
    "is swept of whoever is named, and only of them",
    async (box) => {
      assert.strictEqual((await json(box, ["sweep", "--provider", "locl"])).code, 2)
      const { code, out } = await json(box, ["sweep", "--provider", "local"])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(out.asked, ["local"])
    },
    slow
  )
})
