import { assert, describe } from "@effect/vitest"
import { spawn } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { onEachShell } from "./onEachShell.ts"
import { isAlive, read, until, withArgument } from "./Processes.ts"
import { type Sandbox } from "./Sandbox.ts"

const log = (box: Sandbox, unit: string): Buffer => fs.readFileSync(box.file(unit, "log"))
const sha = (bytes: Buffer | string): string => createHash("sha256").update(bytes).digest("hex")
const million = sha(Array.from({ length: 1_000_000 }, (_, index) => `${index + 1}\n`).join(""))

describe.concurrent("the log", { timeout: 120_000 }, () => {
  onEachShell("merges stdout and stderr in the order of arrival", async (box) => {
    const unit = box.unit()
    await box.start(unit, "i=0; while [ $i -lt 200 ]; do echo o$i; echo e$i >&2; i=$((i + 1)); done")
    await box.ended(unit)
    assert.strictEqual(log(box, unit).toString(), Array.from({ length: 200 }, (_, i) => `o${i}\ne${i}\n`).join(""))
  })

  onEachShell("passes binary, carriage returns and an endless line through unharmed", async (box) => {
    const unit = box.unit()
    const bytes = Buffer.concat([randomBytes(300_000), Buffer.from("10%\r20%\r\0\n"), Buffer.alloc(3_000_000, "x")])
    fs.writeFileSync(path.join(box.work, "bytes"), bytes)
    await box.start(unit, "cat bytes; sleep 0.2; printf tail")
    await box.ended(unit)
    assert.isTrue(log(box, unit).equals(Buffer.concat([bytes, Buffer.from("tail")])))
    assert.strictEqual(box.read(unit, "log.closed").trim(), String(bytes.length + 4))
    const { bytes: part } = await box.run(["logs", unit, "--from", "123457"])
    assert.isTrue(part.equals(log(box, unit).subarray(123_457)))
    assert.strictEqual((await box.run(["logs", unit, "--from", "999999999"])).stdout, "")
  })

  onEachShell("keeps a million lines complete and in order, followed by two readers from two places", async (box) => {
    const unit = box.unit()
    await box.start(unit, "while [ ! -e go ]; do sleep 0.1; done; seq 1 1000000")
    const follow = (from: number) => box.run(["logs", unit, "--from", String(from), "--follow"])
    const readers = [follow(0), follow(3_000_001)]
    fs.writeFileSync(path.join(box.work, "go"), "")
    const [whole, part] = await Promise.all(readers)
    assert.strictEqual(sha(log(box, unit)), million)
    assert.strictEqual(sha(whole?.bytes ?? ""), million)
    assert.isTrue(part?.bytes.equals(log(box, unit).subarray(3_000_001)))
    assert.strictEqual((await box.ended(unit)).logBytes, 6_888_896)
  })

  onEachShell("leaves a marked gap at its cap, then the last 64 KiB, and never holds the job up", async (box) => {
    const [capped, close, exact] = [box.unit(), box.unit(), box.unit()]
    await Promise.all([
      box.start(capped, "seq 1 200000; exit 7", ["--log-cap", "100001"]),
      box.start(close, "seq 1 200000", ["--log-cap", "1250000"]),
      box.start(exact, "printf 12345", ["--log-cap", "5"])
    ])
    const whole = Buffer.from(Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join(""))
    assert.deepInclude(await box.ended(capped), { state: "Failed", exitCode: 7 })
    const gap = `\n[runctl: ${whole.length - 100_001 - 65_536} bytes left out here: the log reached its cap of 100001 bytes]\n`
    const expected = [whole.subarray(0, 100_001), Buffer.from(gap), whole.subarray(-65_536)]
    assert.strictEqual(log(box, capped).toString(), Buffer.concat(expected).toString())
    await Promise.all([box.ended(close), box.ended(exact)])
    assert.strictEqual(sha(log(box, close)), sha(whole))
    assert.strictEqual(log(box, exact).toString(), "12345")
  })

  onEachShell("ends a follower whose parent is gone, and leaves none of its processes", async (box) => {
    const unit = box.unit()
    await box.start(unit, "echo out; sleep 300")
    const follower = `sh ${box.variant.script} logs ${unit} --from 0 --follow`
    const shell = spawn("sh", ["-c", `${follower} >followed & wait`], { cwd: box.work, env: box.env, stdio: "ignore" })
    await until(
      "it follows",
      () => fs.existsSync(path.join(box.work, "followed")) && withArgument("--follow").length > 0
    )
    const tree = withArgument(unit).filter((pid) => withArgument("--follow").includes(pid))
    assert.isNotEmpty(tree)
    shell.kill("SIGKILL")
    await until("the follower is gone", () => !tree.some(isAlive), 30)
  })

  onEachShell("ends a follower whose reader is gone: idle with GNU tail, else when it would write", async (box) => {
    const unit = box.unit()
    await box.start(unit, "echo first; while [ ! -e go ]; do sleep 0.1; done; echo second; sleep 300")
    const pipeline = `sh ${box.variant.script} logs ${unit} --from 0 --follow | { read line; echo "$line" >seen; }`
    const shell = spawn("sh", ["-c", pipeline], { cwd: box.work, env: box.env, stdio: "ignore" })
    await until("the reader is gone", () => read(path.join(box.work, "seen")) === "first\n")
    if (box.variant.hasGnuTail) await until("the idle follower is gone", () => shell.exitCode !== null, 30)
    fs.writeFileSync(path.join(box.work, "go"), "")
    await until("the follower is gone", () => shell.exitCode !== null, 30)
  })

  onEachShell("ends a follower when the logger was killed and nothing can come any more", async (box) => {
    const unit = box.unit()
    await box.start(unit, "echo out; exec >&- 2>&-; sleep 300")
    await until("the log is written", () => box.read(unit, "log.closed") !== "")
    fs.rmSync(box.file(unit, "log.closed"))
    assert.isTrue((await box.status(unit)).logClosed)
    assert.deepInclude(await box.run(["logs", unit, "--from", "1", "--follow"]), { code: 0, stdout: "ut\n" })
  })

  onEachShell("tells of a unit that does not exist", async (box) => {
    const { code, stderr } = await box.run(["logs", "none", "--from", "0", "--follow"])
    assert.strictEqual(code, 1)
    assert.include(stderr, "none")
  })
})
