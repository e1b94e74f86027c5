import { assert, describe } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { onEachShell } from "./onEachShell.ts"
import { groupOf, ignoredBy, marked, until, withArgument } from "./Processes.ts"

const files = (folder: string): ReadonlyArray<string> =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => path.join(folder, name))

describe.concurrent("start and status", { timeout: 120_000 }, () => {
  onEachShell("tells a running job from one that completed", async (box) => {
    const unit = box.unit()
    const started = await box.start(unit, "while [ ! -e go ]; do sleep 0.1; done", ["--job", '{"a":"b c"}'])
    assert.deepInclude(started, { unit, state: "Running", exitCode: null, endedAt: null, logClosed: false })
    assert.include(marked(unit), started.pid)
    assert.isBelow(Math.abs((started.startedAt ?? 0) - Date.now() / 1000), 30)
    assert.deepEqual(await box.status(unit), started)
    fs.writeFileSync(path.join(box.work, "go"), "")
    const ended = await box.ended(unit)
    assert.deepInclude(ended, { state: "Completed", exitCode: 0, pid: null, reason: null, logClosed: true })
    assert.isAtLeast(ended.endedAt ?? 0, started.startedAt ?? 0)
    assert.strictEqual(box.read(unit, "job.json"), '{"a":"b c"}')
  })

  onEachShell("reports the exit code of a job that failed, and 128+n of one that a signal ended", async (box) => {
    const [failed, killed] = [box.unit(), box.unit()]
    await Promise.all([box.start(failed, "exit 3"), box.start(killed, "kill -KILL $$")])
    assert.deepInclude(await box.ended(failed), { state: "Failed", exitCode: 3, reason: null })
    assert.deepInclude(await box.ended(killed), { state: "Failed", exitCode: 137, reason: null })
  })

  onEachShell("ends with 127 or 126 and a line in the log when the command cannot be executed", async (box) => {
    const [absent, forbidden] = [box.unit(), box.unit()]
    fs.writeFileSync(path.join(box.work, "plain"), "text", { mode: 0o644 })
    const options = ["--workdir", box.work, "--claim", "none", "--"]
    await box.run(["start", absent, ...options, "no-such-command"])
    await box.run(["start", forbidden, ...options, "./plain"])
    assert.deepInclude(await box.ended(absent), { state: "Failed", exitCode: 127 })
    assert.deepInclude(await box.ended(forbidden), { state: "Failed", exitCode: 126 })
    assert.include(box.read(absent, "log"), "no-such-command")
    assert.include(box.read(forbidden, "log"), "plain")
  })

  onEachShell(
    "gives the job its directory, its variables, the caller's umask, no input and a group of its own",
    async (box) => {
      const unit = box.unit()
      box.env = { ...box.env, grace: "theirs", dir: "theirs", LC_ALL: "C.UTF-8" }
      const values = 'echo "$A|$PYTHONUNBUFFERED|$RUNCTL_UNIT|$grace|$dir|$LC_ALL|$1"'
      const command = `pwd; umask; cat; ${values}; while [ ! -e go ]; do sleep 0.1; done`
      const { pid } = await box.start(unit, command, [], "export A='it''s \\ $(b) \"c\"'\n")
      assert.strictEqual(groupOf(pid ?? 0), pid)
      const undoes = spawnSync("env", ["--default-signal", "true"], { env: box.env }).status === 0
      if (undoes) assert.notInclude(ignoredBy(pid ?? 0), os.constants.signals.SIGINT)
      fs.writeFileSync(path.join(box.work, "go"), "")
      await box.ended(unit)
      const [pwd, umask, line] = box.read(unit, "log").split("\n")
      assert.strictEqual(pwd, fs.realpathSync(box.work))
      assert.strictEqual(Number.parseInt(umask ?? "", 8), process.umask())
      assert.strictEqual(line, `its \\ $(b) "c"|1|${unit},|theirs|theirs|C.UTF-8|`)
    }
  )

  onEachShell("starts one job when twenty starts of a unit come at once, and answers all of them", async (box) => {
    const unit = box.unit()
    const command = "echo ran >>ran; while [ ! -e go ]; do sleep 0.1; done"
    const answers = await Promise.all(Array.from({ length: 20 }, () => box.start(unit, command)))
    assert.strictEqual(new Set(answers.map(({ pid }) => pid)).size, 1)
    assert.isTrue(answers.every(({ state }) => state === "Running"))
    fs.writeFileSync(path.join(box.work, "go"), "")
    assert.strictEqual((await box.ended(unit)).state, "Completed")
    assert.strictEqual((await box.start(unit, command, [], "export A=1\n")).state, "Completed")
    assert.strictEqual(fs.readFileSync(path.join(box.work, "ran"), "utf8"), "ran\n")
    assert.isFalse(fs.existsSync(box.file(unit, "env")))
  })

  onEachShell("leaves a secret in no file and in no arguments", async (box) => {
    const unit = box.unit()
    const secret = `secret-${unit}-value`
    const command = 'echo "${#TOKEN}"; while [ ! -e go ]; do sleep 0.1; done'
    await box.start(unit, command, [], `export TOKEN='${secret}'\n`)
    const seen = () => [
      ...files(box.folder).filter((file) => fs.statSync(file).isFile() && fs.readFileSync(file).includes(secret)),
      ...withArgument(secret)
    ]
    assert.deepEqual(seen(), [])
    fs.writeFileSync(path.join(box.work, "go"), "")
    await box.ended(unit)
    assert.deepEqual(seen(), [])
    assert.strictEqual(box.read(unit, "log"), `${secret.length}\n`)
  })

  onEachShell("keeps a secret out of the log even where the environment is not sh syntax", async (box) => {
    const unit = box.unit()
    await box.start(unit, "true", [], "export TOKEN=hush)\n")
    assert.deepInclude(await box.ended(unit), { state: "Failed", exitCode: 126 })
    assert.include(box.read(unit, "log"), "environment")
    for (const file of files(box.units)) {
      if (fs.statSync(file).isFile()) assert.notInclude(fs.readFileSync(file, "utf8"), "hush")
    }
  })

  onEachShell("makes directories of 0700 and files of 0600", async (box) => {
    const unit = box.unit()
    await box.start(unit, "echo out")
    await box.ended(unit)
    for (const file of [box.units, box.claims, ...files(box.units)]) {
      const { mode } = fs.statSync(file)
      assert.strictEqual((mode & 0o777).toString(8), fs.statSync(file).isDirectory() ? "700" : "600", file)
    }
  })

  onEachShell("refuses names, options and directories that are wrong, and leaves nothing", async (box) => {
    const rest = ["--", "true"]
    const wrong = [
      ...["a/b", "../a", "A", "", "a b", "a".repeat(65)].map((unit) => ["start", unit, "--workdir", box.work, ...rest]),
      ["start", "a", "--workdir", path.join(box.work, "none"), ...rest],
      ["start", "a", "--workdir", "/etc/passwd", ...rest],
      ["start", "a", ...rest],
      ["start", "a", "--workdir", box.work],
      ["start", "a", "--workdir", box.work, "--grace", "soon", ...rest],
      ["start", "a", "--workdir", box.work, "--claim", "0,,1", ...rest],
      ["start", "a", "--unknown", "1", ...rest],
      ["extend", "a"],
      ["stop", "a", "--reason", "boredom"],
      ["dance", "a"],
      []
    ]
    for (const args of wrong) {
      const { code, stderr, stdout } = await box.run(args)
      assert.deepEqual([code, stdout], [2, ""], args.join(" "))
      assert.match(stderr, /^runctl: .+\n$/, args.join(" "))
    }
    assert.deepEqual(fs.existsSync(box.units) ? fs.readdirSync(box.units) : [], [])
  })

  onEachShell("lists units, removes those that are over and refuses to remove a live one", async (box) => {
    const [over, live] = [box.unit(), box.unit()]
    assert.strictEqual((await box.run(["list"])).stdout, "")
    await box.start(over, "true")
    await box.start(live, "sleep 100")
    await box.ended(over)
    const listed = (await box.run(["list"])).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).unit)
    assert.sameMembers(listed, [over, live])
    assert.strictEqual((await box.run(["remove", live])).code, 75)
    assert.strictEqual((await box.run(["remove", over])).code, 0)
    assert.strictEqual((await box.run(["remove", over])).code, 0)
    assert.deepInclude(await box.status(over), { state: "Absent", exitCode: null, startedAt: null, logBytes: 0 })
    assert.deepEqual(fs.readdirSync(box.units), [live])
    assert.strictEqual((await box.run(["version"])).stdout, "1\n")
  })

  onEachShell("reports a log that closed while the job still runs", async (box) => {
    const unit = box.unit()
    await box.start(unit, "echo early; exec >&- 2>&-; while [ ! -e go ]; do sleep 0.1; done; exit 4")
    await until("the log closes", () => box.read(unit, "log.closed") !== "")
    assert.deepInclude(await box.status(unit), { state: "Running", logBytes: 6, logClosed: true })
    fs.writeFileSync(path.join(box.work, "go"), "")
    assert.deepInclude(await box.ended(unit), { state: "Failed", exitCode: 4 })
  })
})
