import { assert, describe } from "vitest"
import { boxed } from "../../../test/harness/boxed.ts"
import { until } from "../../../test/harness/until.ts"

const local = ["--provider", "local"] as const
const typesIn = (lines: string): ReadonlyArray<string> =>
  lines
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).type)

describe.concurrent("events and cost", () => {
  boxed("follow a run from its beginning to its close, a document per line, and end with it", async (box) => {
    box.file("train.sh", "while [ ! -e go ]; do sleep 0.05; done")
    const train = await box.run(["train", "train.sh", ...local, "--name", "slow", "--detach"])
    assert.strictEqual(train.code, 0, train.stderr)
    const follow = box.start(["events", "--run", "slow", "--follow", "--json"])
    await until("it follows", () => follow.stdout.includes("RunStarted"))
    const whole = await box.run(["events", "--run", "slow", "--json"])
    assert.notInclude(whole.stdout, "RunClosed")
    assert.strictEqual((await box.run(["runs", "stop", "slow"])).code, 0)
    const { code, stderr, stdout } = await follow.ended
    assert.strictEqual(code, 0, stderr)
    const types = typesIn(stdout)
    assert.strictEqual(types[0], "RunRequested")
    assert.strictEqual(types.at(-1), "RunClosed")
    assert.includeMembers([...types], ["InstanceRequested", "InstanceDestroyed", "RunCancelled"])
    const after = await box.run(["events", "--run", "slow", "--json"])
    assert.deepStrictEqual(
      JSON.parse(after.stdout).events.map(({ type }: { type: string }) => type),
      types
    )
  })

  boxed("end quietly with 130 when they are interrupted", async (box) => {
    box.file("train.sh", "true")
    assert.strictEqual((await box.run(["train", "train.sh", ...local])).code, 0)
    const follow = box.start(["events", "--follow"])
    await until("it follows", () => follow.stdout.includes("RunClosed"))
    follow.signal("SIGINT")
    const { code, stderr } = await follow.ended
    assert.strictEqual(code, 130)
    assert.strictEqual(stderr, "")
  })

  boxed("refuse an unknown run, type, time and mixture of formats with what was meant", async (box) => {
    const says = async (args: ReadonlyArray<string>, what: RegExp): Promise<void> => {
      const { code, stderr, stdout } = await box.run(args)
      assert.strictEqual(code, 2, stderr)
      assert.match(stderr + stdout, what)
    }
    await says(["events", "--type", "RunClosd"], /"RunClosed"/)
    await says(["events", "--since", "soon"], /--since soon/)
    await says(["events", "--run", "nobody"], /RUNCTL_E_UNKNOWN_RUN/)
    await says(["cost", "--run", "nobody"], /RUNCTL_E_UNKNOWN_RUN/)
    await says(["cost", "--by", "moon"], /run, resource, provider, project, day/)
    await says(["cost", "--csv", "--json"], /exclude each other/)
  })

  boxed("prune removes all checkpoints of a run but the newest, and only when it is meant", async (box) => {
    const lines = [1, 2, 3].map((n) => `echo ${n} > cp-${n}; echo '{"checkpoint": "cp-${n}"}'; sleep 1.1`)
    box.file("train.sh", lines.join("\n"))
    assert.strictEqual((await box.run(["train", "train.sh", ...local, "--name", "saver"])).code, 0)
    const present = async (): Promise<ReadonlyArray<string>> =>
      JSON.parse((await box.run(["checkpoints", "list", "saver", "--json"])).stdout)
        .checkpoints.filter(({ exists }: { exists: boolean }) => exists)
        .map(({ path }: { path: string }) => path)
    assert.strictEqual((await present()).length, 3)
    const unasked = await box.run(["checkpoints", "prune", "saver"])
    assert.strictEqual(unasked.code, 2)
    assert.match(unasked.stderr, /RUNCTL_E_NEEDS_CONFIRMATION/)
    assert.strictEqual((await box.run(["checkpoints", "prune", "saver", "--dry-run"])).code, 0)
    assert.strictEqual((await present()).length, 3)
    assert.strictEqual((await box.run(["checkpoints", "prune", "saver", "--yes"])).code, 0)
    assert.deepStrictEqual(
      (await present()).map((path) => path.split("/").at(-1)),
      ["cp-3"]
    )
  })
})
