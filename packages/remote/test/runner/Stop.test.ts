import { assert, describe } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { onEachShell } from "./onEachShell.ts"
import { isAlive, marked, sleep, until, withArgument } from "./Processes.ts"
import { type Sandbox } from "./Sandbox.ts"
import { which } from "./Variants.ts"

const setsid = which("setsid")
const noSetsid = setsid === undefined ? "setsid" : undefined
const stubborn = "trap '' TERM; echo ready; while :; do sleep 0.2; done"

const ready = (box: Sandbox, unit: string): Promise<void> =>
  until(`${unit} says ready`, () => box.read(unit, "log").includes("ready"))

const watchOf = (box: Sandbox, unit: string): number => {
  const pid = fs
    .readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .find((entry) => {
      try {
        return fs.readFileSync(`/proc/${entry}/cmdline`, "utf8").includes(`\0_watch\0${unit}\0`)
      } catch {
        return false
      }
    })
  return Number(pid ?? box.pid(unit, "no watch"))
}

describe.concurrent("stop", { timeout: 120_000 }, () => {
  onEachShell("lets the job end by itself after SIGTERM and calls it cancelled", async (box) => {
    const unit = box.unit()
    await box.start(unit, "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done")
    await ready(box, unit)
    assert.deepInclude(await box.stop(unit), { state: "Cancelled", exitCode: 0, reason: "stop", logClosed: true })
    assert.match(box.read(unit, "log"), /\nbye\n$/)
    assert.deepInclude(await box.stop(unit), { state: "Cancelled", exitCode: 0 })
  })

  onEachShell(
    "kills a job that ignores SIGTERM once the grace is over, and lets a later stop shorten it",
    async (box) => {
      const unit = box.unit()
      await box.start(unit, stubborn)
      await ready(box, unit)
      const patient = box.stop(unit, "--grace", "600", "--reason", "preempted")
      await until("the stop is ordered", () => box.read(unit, "stop") !== "")
      assert.deepInclude(await box.status(unit), { state: "Ending", exitCode: null, reason: "preempted" })
      assert.deepInclude(await box.stop(unit, "--grace", "1"), {
        state: "Interrupted",
        exitCode: 137,
        reason: "preempted"
      })
      assert.deepInclude(await patient, { state: "Interrupted", exitCode: 137, reason: "preempted" })
      assert.deepEqual(marked(unit), [])
    }
  )

  onEachShell("finishes a stop whose caller is gone", async (box) => {
    const unit = box.unit()
    await box.start(unit, stubborn)
    await ready(box, unit)
    const caller = box.spawn(["stop", unit, "--grace", "2"])
    await until("the stop is ordered", () => box.read(unit, "stop") !== "")
    box.kill(caller.pid ?? 0)
    assert.deepInclude(await box.ended(unit), { state: "Cancelled", exitCode: 137 })
  })

  onEachShell("continues a stopped job so that it can end", async (box) => {
    const unit = box.unit()
    const { pid } = await box.start(unit, "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done")
    await ready(box, unit)
    process.kill(pid ?? 0, "SIGSTOP")
    assert.deepInclude(await box.stop(unit, "--grace", "20"), { state: "Cancelled", exitCode: 9 })
  })

  onEachShell(
    "ends children and children that left for another session",
    async (box) => {
      const unit = box.unit()
      const longer = `${unit}0`
      const command = `sleep 300 & (${setsid} sleep 301 &) ; (${setsid} sh -c "trap '' TERM; sleep 302; sleep 303" &) ; sleep 304`
      await Promise.all([box.start(unit, command), box.start(longer, command)])
      await until("all are there", () => marked(unit).length >= 5 && marked(longer).length >= 5)
      await box.stop(unit, "--grace", "1")
      assert.deepEqual(marked(unit), [])
      assert.isAtLeast(marked(longer).length, 5)
    },
    noSetsid
  )

  onEachShell(
    "leaves no child behind when the main process ends",
    async (box) => {
      const unit = box.unit()
      const told = `trap "echo told; exit" TERM; while :; do sleep 0.1; done`
      await box.start(unit, `(${setsid} sleep 300 &); (sh -c '${told}' &); sleep 0.5; exit 0`)
      assert.deepInclude(await box.ended(unit), { state: "Completed", exitCode: 0, logClosed: true })
      assert.include(box.read(unit, "log"), "told")
      assert.deepEqual(marked(unit), [])
    },
    noSetsid
  )

  onEachShell("kills children that ignore SIGTERM five seconds after the main process ended", async (box) => {
    const unit = box.unit()
    await box.start(unit, "(trap '' TERM; while :; do sleep 0.2; done) & sleep 0.3; exit 6")
    await until("the exit code is known", () => box.read(unit, "exit_code") !== "")
    assert.deepInclude(await box.status(unit), { state: "Ending", exitCode: 6, pid: null })
    assert.deepInclude(await box.ended(unit), { state: "Failed", exitCode: 6 })
    assert.deepEqual(marked(unit), [])
  })

  onEachShell(
    "ends a unit whose pipe is held by a process that cannot be found",
    async (box) => {
      const unit = box.unit()
      const holder = `300.${box.unit().replaceAll(/\D/g, "")}`
      await box.start(unit, `echo out; ${setsid} env -i sleep ${holder} & sleep 0.2; exit 2`)
      assert.deepInclude(await box.ended(unit), { state: "Failed", exitCode: 2, logBytes: 4, logClosed: true })
      assert.lengthOf(withArgument(holder), 1)
      box.kill(...withArgument(holder))
    },
    noSetsid
  )

  onEachShell("is harmless for a unit that is over or was never there", async (box) => {
    const unit = box.unit()
    await box.start(unit, "exit 5")
    await box.ended(unit)
    assert.deepInclude(await box.stop(unit), { state: "Failed", exitCode: 5, reason: null })
    assert.deepInclude(await box.stop(box.unit()), { state: "Absent" })
  })
})

describe.concurrent("lost processes", { timeout: 120_000 }, () => {
  onEachShell("leaves job and log running when the keeper is killed, and calls the end lost", async (box) => {
    const unit = box.unit()
    const { pid } = await box.start(unit, "echo ready; while [ ! -e go ]; do sleep 0.1; done; echo completed; exit 0")
    await ready(box, unit)
    box.kill(box.pid(unit, "keeper"))
    assert.deepInclude(await box.status(unit), { state: "Running", pid, logClosed: false })
    fs.writeFileSync(path.join(box.work, "go"), "")
    assert.deepInclude(await box.ended(unit), { state: "Interrupted", exitCode: null, reason: "lost", pid: null })
    await until("the log closes", async () => (await box.status(unit)).logClosed)
    assert.strictEqual(box.read(unit, "log"), "ready\ncompleted\n")
  })

  onEachShell("stops a job whose keeper, and even whose watch, was killed", async (box) => {
    const units = [box.unit(), box.unit()]
    await Promise.all(units.map((unit) => box.start(unit, `sleep 300 & ${stubborn}`)))
    await Promise.all(units.map((unit) => ready(box, unit)))
    for (const unit of units) box.kill(box.pid(unit, "keeper"))
    for (const unit of units.slice(1)) box.kill(watchOf(box, unit))
    for (const unit of units) {
      const stopped = await box.stop(unit, "--grace", "1")
      assert.deepInclude(stopped, { state: "Cancelled", exitCode: null, reason: "stop" })
      assert.deepEqual(marked(unit), [])
    }
  })

  onEachShell("records that a job was killed", async (box) => {
    const unit = box.unit()
    const { pid } = await box.start(unit, "sleep 300")
    box.kill(pid ?? 0)
    assert.deepInclude(await box.ended(unit), { state: "Failed", exitCode: 137, reason: null })
  })

  onEachShell("survives SIGTERM and SIGHUP to the keeper", async (box) => {
    const unit = box.unit()
    await box.start(unit, "while [ ! -e go ]; do sleep 0.1; done; exit 8")
    for (const signal of ["SIGTERM", "SIGHUP"]) process.kill(box.pid(unit, "keeper"), signal)
    await sleep(300)
    fs.writeFileSync(path.join(box.work, "go"), "")
    assert.deepInclude(await box.ended(unit), { state: "Failed", exitCode: 8 })
  })

  onEachShell("takes a process with the job's number for the job only with its start and its boot", async (box) => {
    const unit = box.unit()
    const { pid } = await box.start(unit, "sleep 300")
    const [, start, boot, group, since] = box.read(unit, "pid").trim().split(" ")
    box.kill(box.pid(unit, "keeper"), watchOf(box, unit))
    for (const words of [
      [pid, `${start}1`, boot],
      [pid, start, "another-boot"]
    ]) {
      fs.writeFileSync(box.file(unit, "pid"), [...words, group, since, "\n"].join(" "))
      assert.deepInclude(await box.status(unit), { state: "Interrupted", reason: "lost", pid: null })
    }
    fs.writeFileSync(box.file(unit, "pid"), [pid, start, boot, group, since, "\n"].join(" "))
    assert.deepInclude(await box.status(unit), { state: "Running", pid })
  })

  onEachShell("leaves alone a stranger who has the number of a job that is gone", async (box) => {
    const unit = box.unit()
    const { pid } = await box.start(unit, "sleep 300")
    const words = box.read(unit, "pid").split(" ")
    box.kill(box.pid(unit, "keeper"), watchOf(box, unit), pid ?? 0)
    const stranger = spawn("sleep", ["300"], { detached: true, stdio: "ignore" })
    fs.writeFileSync(box.file(unit, "pid"), [stranger.pid, `${words[1]}1`, ...words.slice(2)].join(" "))
    assert.deepInclude(await box.stop(unit, "--grace", "0"), { state: "Interrupted", reason: "lost" })
    assert.isTrue(isAlive(stranger.pid ?? 0))
    stranger.kill("SIGKILL")
  })
})
