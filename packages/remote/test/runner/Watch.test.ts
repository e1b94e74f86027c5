import { assert, describe } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { onEachShell } from "./onEachShell.ts"
import { marked, sleep, until } from "./Processes.ts"
import { which } from "./Variants.ts"

interface Checkpoint {
  readonly path: string
  readonly bytes: number
  readonly at: number
}

const now = (): number => Math.floor(Date.now() / 1000)

describe.concurrent("clocks and notices", { timeout: 120_000 }, () => {
  onEachShell("ends a job at its deadline", async (box) => {
    const unit = box.unit()
    const deadline = now() + 2
    const started = await box.start(unit, "sleep 300", ["--deadline", String(deadline), "--grace", "1"])
    assert.strictEqual(started.deadline, deadline)
    const ended = await box.ended(unit)
    assert.deepInclude(ended, { state: "Cancelled", exitCode: 143, reason: "deadline", deadline })
    assert.isAtLeast(ended.endedAt ?? 0, deadline - 1)
  })

  onEachShell("moves the deadline in both directions, and gives one to a job that had none", async (box) => {
    const [later, sooner] = [box.unit(), box.unit()]
    const began = now()
    await box.start(sooner, "sleep 300")
    // Far enough for a busy machine to start the other and to be told of its later deadline.
    const deadline = now() + 6 + 6 * (now() - began)
    await box.start(later, "while [ ! -e go ]; do sleep 0.2; done", ["--deadline", String(deadline)])
    await sleep(2500)
    const extended = JSON.parse((await box.run(["extend", later, "--deadline", String(deadline + 300)])).stdout)
    assert.deepInclude(extended, { state: "Running", deadline: deadline + 300 })
    await box.run(["extend", sooner, "--deadline", String(now())])
    assert.deepInclude(await box.ended(sooner), { state: "Cancelled", reason: "deadline" })
    await until("the first deadline is past", () => now() > deadline + 1)
    fs.writeFileSync(path.join(box.work, "go"), "")
    assert.deepInclude(await box.ended(later), { state: "Completed", reason: null })
  })

  onEachShell("goes by the caller's clock where the machine's own is wrong by a day", async (box) => {
    const [ahead, behind, moved] = [box.unit(), box.unit(), box.unit()]
    const day = 86_400
    const startUntil = (unit: string, deadline: number) =>
      box.start(unit, "sleep 300", ["--deadline", String(deadline), "--time", String(now()), "--grace", "1"])
    box.addTool("date", `#!/bin/sh\nexec ${which("date")} -d "+1 day" "$@"\n`)
    await startUntil(ahead, now() + 300)
    box.addTool("date", `#!/bin/sh\nexec ${which("date")} -d "-1 day" "$@"\n`)
    const started = await startUntil(behind, now() + 2)
    await startUntil(moved, now() + 300)
    assert.isBelow(started.startedAt ?? 0, now() - day / 2, "the machine's clock is wrong indeed")
    const deadline = now() + 1
    const extend = ["extend", moved, "--deadline", String(deadline), "--time", String(now())]
    assert.deepInclude(JSON.parse((await box.run(extend)).stdout), { state: "Running", deadline })
    assert.deepInclude(await box.ended(behind), { state: "Cancelled", reason: "deadline" })
    assert.deepInclude(await box.ended(moved), { state: "Cancelled", reason: "deadline" })
    assert.deepInclude(await box.status(ahead), { state: "Running" })
  })

  onEachShell("takes a deadline from a runner that knows nothing of other clocks", async (box) => {
    const unit = box.unit()
    await box.start(unit, "sleep 300", ["--deadline", String(now() + 300), "--grace", "1"])
    fs.writeFileSync(box.file(unit, "deadline"), `${now()}\n`)
    assert.deepInclude(await box.ended(unit), { state: "Cancelled", reason: "deadline" })
  })

  onEachShell("interrupts a job when the probe succeeds, and a probe that hangs holds nothing up", async (box) => {
    const [probed, hung] = [box.unit(), box.unit()]
    const probe = ["--probe-interval", "1", "--grace", "20", "--probe"]
    const job = "trap 'echo saved; exit 0' TERM; echo ready; while :; do sleep 0.1; done"
    await box.start(probed, job, [...probe, `test -e '${box.work}/notice'`])
    await box.start(hung, "sleep 300", [...probe, "sleep 300", "--deadline", String(now() + 3)])
    await sleep(1500)
    assert.strictEqual((await box.status(probed)).state, "Running")
    fs.writeFileSync(path.join(box.work, "notice"), "")
    assert.deepInclude(await box.ended(probed), { state: "Interrupted", exitCode: 0, reason: "preempted" })
    assert.include(box.read(probed, "log"), "saved")
    assert.deepInclude(await box.ended(hung), { state: "Cancelled", reason: "deadline" })
  })

  onEachShell("enforces the deadline when the keeper is gone", async (box) => {
    const unit = box.unit()
    await box.start(unit, "sleep 300")
    box.kill(box.pid(unit, "keeper"))
    await box.run(["extend", unit, "--deadline", String(now())])
    assert.deepInclude(await box.ended(unit), { state: "Cancelled", exitCode: null, reason: "deadline" })
    await until("nothing is left", () => marked(unit).length === 0)
  })
})

describe.concurrent("samples and checkpoints", { timeout: 120_000 }, () => {
  onEachShell("samples the machine and its GPUs", async (box) => {
    const smi = `#!/bin/sh\nprintf '0, 87, 1024, 40960, 61, 250.5\\n1, [N/A], 0, 40960, [Not Supported], [N/A]\\n'\n`
    box.addTool("nvidia-smi", smi)
    const unit = box.unit()
    await box.start(unit, "sleep 300", ["--sample-interval", "1"])
    await until("there are two samples", () => box.lines(unit, "samples.jsonl").length >= 2)
    const [first, sample] = box.lines<Record<string, unknown>>(unit, "samples.jsonl")
    assert.isBelow(Math.abs(Number(sample?.["at"]) - now()), 30)
    assert.isNull(first?.["cpuPercent"], "it takes two looks")
    for (const key of ["cpuPercent", "memoryUsedBytes", "memoryTotalBytes"]) {
      if (box.variant.hasProc) assert.isNumber(sample?.[key], key)
      else assert.isNull(sample?.[key], key)
    }
    assert.isAbove(Number(sample?.["diskTotalBytes"]), Number(sample?.["diskUsedBytes"]))
    assert.deepEqual(sample?.["gpus"], [
      {
        index: 0,
        utilizationPercent: 87,
        memoryUsedBytes: 2 ** 30,
        memoryTotalBytes: 40 * 2 ** 30,
        temperatureC: 61,
        powerW: 250.5
      },
      {
        index: 1,
        utilizationPercent: null,
        memoryUsedBytes: 0,
        memoryTotalBytes: 40 * 2 ** 30,
        temperatureC: null,
        powerW: null
      }
    ])
    const { bytes } = await box.run(["samples", unit, "--from", "10"])
    assert.isTrue(fs.readFileSync(box.file(unit, "samples.jsonl")).subarray(10).includes(bytes.subarray(0, 50)))
  })

  onEachShell("samples without the GPUs when nvidia-smi hangs, and asks it only once", async (box) => {
    box.addTool("nvidia-smi", '#!/bin/sh\necho asked >>"$HOME/asked"\nexec sleep 300\n')
    const unit = box.unit()
    await box.start(unit, "sleep 300", ["--sample-interval", "1"])
    await until("there are two samples", () => box.lines(unit, "samples.jsonl").length >= 2)
    const samples = box.lines<Record<string, unknown>>(unit, "samples.jsonl")
    assert.isTrue(samples.every(({ gpus }) => Array.isArray(gpus) && gpus.length === 0))
    assert.strictEqual(fs.readFileSync(path.join(box.folder, "asked"), "utf8"), "asked\n")
  })

  onEachShell("lists a checkpoint once it has been the same in two scans, and again when it changes", async (box) => {
    const unit = box.unit()
    const folder = path.join(box.work, "checkpoints")
    fs.mkdirSync(path.join(folder, "step-2", "deep"), { recursive: true })
    const listed = () => box.lines<Checkpoint>(unit, "checkpoints.jsonl")
    const command = "while :; do echo more >>checkpoints/growing; sleep 0.2; done"
    const files = [
      ['step 1 "a" \\ \t\u001f é.pt', 10],
      ["step-2/model", 20],
      ["step-2/deep/optimizer", 5],
      ["half.tmp", 4],
      ["half.partial", 4],
      [".hidden", 4],
      ["empty", 0],
      ["new\nline", 3]
    ] as const
    for (const [name, size] of files) fs.writeFileSync(path.join(folder, name), "x".repeat(size))
    fs.symlinkSync("step-2", path.join(folder, "latest"))
    await box.start(unit, command, ["--sample-interval", "1"], "export RUNCTL_CHECKPOINT_DIR='checkpoints'\n")
    await until("two are listed", () => listed().length >= 2)
    const sizes = () => new Map(listed().map((line) => [line.path, line.bytes]))
    assert.deepEqual(
      sizes(),
      new Map([
        [files[0][0], 10],
        ["step-2", 25]
      ])
    )
    fs.writeFileSync(path.join(folder, "step-2", "model"), "x".repeat(50))
    await until("the change is listed", () => listed().length >= 3)
    assert.strictEqual(sizes().get("step-2"), 55)
    await box.stop(unit, "--grace", "0")
    assert.strictEqual(listed().length, 3)
    const { stdout } = await box.run(["checkpoints", unit, "--from", "0"])
    assert.strictEqual(stdout, box.read(unit, "checkpoints.jsonl"))
  })

  onEachShell(
    "lists what is there when the job completed, and nothing partial when it failed or was killed",
    async (box) => {
      const ends = [
        ["exit 0", 1],
        ["exit 1", 0],
        ["kill -KILL $$", 0]
      ] as const
      await Promise.all(
        ends.map(async ([end, count]) => {
          const unit = box.unit()
          const folder = path.join(box.work, unit)
          fs.mkdirSync(folder)
          const command = `echo weights >${unit}/last.pt; ${end}`
          await box.start(unit, command, [], `export RUNCTL_CHECKPOINT_DIR='${folder}'\n`)
          await box.ended(unit)
          const listed = box.lines<Checkpoint>(unit, "checkpoints.jsonl").map((line) => [line.path, line.bytes])
          assert.deepEqual(
            listed,
            Array.from({ length: count }, () => ["last.pt", 8]),
            end
          )
        })
      )
    }
  )

  onEachShell("lists what a job saved that was told to end and ended well, the newest last", async (box) => {
    const unit = box.unit()
    const folder = path.join(box.work, unit)
    fs.mkdirSync(folder)
    const names = ["9", "b", "10", "a", "1", "c"]
    const saving = names.map((name) => `echo ${name} >${unit}/${name}; sleep 0.05`).join("; ")
    const command = `trap '${saving}; exit 0' TERM; echo ready; while :; do sleep 0.1; done`
    await box.start(unit, command, [], `export RUNCTL_CHECKPOINT_DIR='${folder}'\n`)
    await until("the job is ready", () => box.read(unit, "log").includes("ready"))
    await box.run(["stop", unit, "--grace", "20", "--reason", "preempted"])
    await box.ended(unit)
    assert.deepEqual(
      box.lines<Checkpoint>(unit, "checkpoints.jsonl").map((line) => line.path),
      names
    )
  })
})
