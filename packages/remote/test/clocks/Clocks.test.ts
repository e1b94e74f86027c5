import { assert, describe } from "@effect/vitest"
import * as fs from "node:fs"
import { read, sleep, until } from "../runner/Processes.ts"
import { type ClockBox, now, onEachClock } from "./ClockBox.ts"

const acts = (box: ClockBox) => until("the end action runs", () => box.actions !== "")

/** When the machine was switched on, as the script counts it. */
/** This computer may be a container: then it is as old as its first process. */
const uptime = (box: ClockBox): number => {
  const began =
    Number(
      read("/proc/1/stat")
        .replace(/^.*\) /, "")
        .split(" ")[19] ?? 0
    ) / 100
  return box.variant.hasProc ? Math.floor(Number.parseFloat(read("/proc/uptime")) - Math.floor(began)) : 0
}

describe.concurrent("the clocks of a machine", { timeout: 120_000 }, () => {
  onEachClock("end its jobs through the runner at the deadline, and then it", async (box) => {
    const unit = await box.start("sleep 300")
    const armed = await box.arm(2)
    assert.deepInclude(armed, { armed: true, grace: 1, hold: null, holdLeft: null, orphanLeft: null, ending: null })
    assert.deepInclude(armed, { keeper: true })
    assert.isAtMost(armed.left, 2)
    await acts(box)
    assert.deepInclude(await box.unit(unit), { state: "Cancelled", reason: "deadline" })
    assert.deepInclude(await box.status(), { ending: "deadline", left: 0 })
    await until("it has worked", () => box.read("log").includes("the end action is done"))
    for (const words of [`stopping ${unit}`, "ended: deadline"]) {
      assert.include(box.read("log"), words)
    }
  })

  onEachClock("leave nothing behind when the end action removes the machine's directory", async (box) => {
    await box.arm(1, [], `echo acted >>'${box.acted}'; cd / && rm -rf "$RUNCTL_MACHINE_DIR"`)
    await acts(box)
    await until("the keeper has ended", () => box.keepers.length === 0)
    await until("the directory is gone", () => !fs.existsSync(box.machine))
    assert.strictEqual(box.actions, "acted\n")
  })

  onEachClock("let results wait from the end of the last job on, as often as there is one", async (box) => {
    // A busy computer may take seconds to start the next.
    await box.arm(600, ["--hold", "6"])
    await sleep(1500)
    assert.isNull((await box.status()).holdLeft, "nothing has run yet")
    const first = await box.start()
    await box.finish(first)
    await until("the hold counts", async () => (await box.status()).holdLeft !== null)
    const second = await box.start()
    await until("the hold does not count", async () => (await box.status()).holdLeft === null)
    await sleep(6500)
    assert.strictEqual(box.actions, "")
    await box.finish(second)
    await acts(box)
    assert.isAtLeast(box.actedAt - box.endedAt(second), 5000)
    assert.include(box.read("log"), "ended: hold")
  })

  onEachClock("begin the hold anew for a job that came and went unseen", async (box) => {
    await box.arm(600, ["--hold", "300"])
    await box.finish(await box.start())
    await until("the hold counts", async () => (await box.status()).holdLeft !== null)
    const mark = box.read("mark").trim().split(" ")
    process.kill(box.keeper, "SIGKILL")
    await until("the keeper is gone", () => box.keepers.length === 0)
    fs.writeFileSync(box.file("mark"), `${[...mark.slice(0, 6), "2", mark[7]].join(" ")}\n`)
    const unseen = `${box.machine}/.runctl/units/unseen`
    fs.mkdirSync(unseen)
    fs.writeFileSync(`${unseen}/ended`, "")
    await box.status()
    await sleep(4000)
    assert.strictEqual(box.actions, "")
  })

  onEachClock("let results wait beyond the deadline, and a machine without a hold live until then", async (box) => {
    const unit = await box.start("sleep 300")
    await box.arm(2, ["--hold", "4"])
    await acts(box)
    assert.deepInclude(await box.unit(unit), { state: "Cancelled", reason: "deadline" })
    assert.isAtLeast(box.actedAt - box.endedAt(unit), 3000)
    assert.include(box.read("log"), "ended: deadline")
  })

  onEachClock("forget the hold when the machine is to be kept", async (box) => {
    await box.arm(600, ["--hold", "2"])
    await box.arm(600)
    await box.finish(await box.start())
    await sleep(3500)
    assert.deepInclude(await box.status(), { hold: null, holdLeft: null, ending: null })
    assert.strictEqual(box.actions, "")
  })

  onEachClock("end a machine that nobody has contacted after its boot", async (box) => {
    const armed = await box.arm(600, ["--orphan", String(uptime(box) + 3)])
    assert.isAtMost(armed.orphanLeft ?? Infinity, 3)
    await acts(box)
    assert.include(box.read("log"), "ended: orphan")
  })

  onEachClock("leave alone a machine that was contacted, also when it arms again at its next boot", async (box) => {
    const boot = ["--orphan", String(uptime(box) + 6)]
    await box.arm(600, boot)
    assert.isNull((await box.status()).orphanLeft)
    await box.arm(600, ["--hold", "77"])
    assert.deepInclude(await box.arm(600, boot), { hold: 77, orphanLeft: null })
    await sleep(7000)
    assert.strictEqual(box.actions, "")
  })

  onEachClock("are armed once, and their deadline moves both ways when that is asked for", async (box) => {
    const first = await box.arm(300)
    const again = await box.arm(900, ["--hold", "50"])
    assert.deepInclude(again, { deadline: first.deadline, hold: 50 })
    assert.approximately(again.left, 300, 5)
    assert.approximately((await box.extend(900)).left, 900, 5)
    assert.deepInclude(await box.extend(2), { hold: 50 })
    await acts(box)
    const late = await box.run(["extend", "--deadline", String(now() + 99), "--left", "99"])
    assert.strictEqual(late.code, 75)
    assert.strictEqual(JSON.parse(late.stdout).ending, "deadline")
  })

  onEachClock("have one keeper, which acts once, however many arm them at once", async (box) => {
    const deadline = now() + 600
    await Promise.all(Array.from({ length: 6 }, () => box.arm(600, [], undefined, deadline)))
    await until("one is left", () => box.keepers.length === 1)
    assert.deepEqual(box.keepers, [box.keeper])
    await Promise.all(Array.from({ length: 6 }, () => box.extend(0)))
    await until("it has worked", () => box.read("log").includes("is done"))
    assert.strictEqual(box.actions, "acted\n")
  })

  onEachClock("get a new keeper from the next contact when theirs is killed", async (box) => {
    await box.arm(4)
    const { keeper } = box
    process.kill(keeper, "SIGKILL")
    await until("it is gone", () => box.keepers.length === 0)
    assert.deepInclude(await box.status(), { keeper: true })
    assert.notStrictEqual(box.keeper, keeper)
    await acts(box)
    assert.strictEqual(box.actions, "acted\n")
  })

  onEachClock("get a new keeper from the watch of a running job too", async (box) => {
    await box.arm(600)
    await box.start()
    const { keeper } = box
    process.kill(keeper, "SIGKILL")
    await until("another keeps them", () => box.keepers.length === 1 && box.keeper !== keeper, 30)
  })

  onEachClock("change to the keeper of another version without forgetting what is left", async (box) => {
    const { deadline } = await box.arm(600)
    const { keeper } = box
    const other = box.install(`${box.machine}/.runctl/${box.script}`, "clocks-two.sh")
    const armed = await box.arm(700, ["--hold", "9"], undefined, undefined, other)
    assert.deepInclude(armed, { deadline, hold: 9, keeper: true })
    await until("only the other is left", () => box.keepers.length === 1 && box.keeper !== keeper)
    assert.include(read(`/proc/${box.keeper}/cmdline`), other)
    assert.approximately((await box.status()).left, 600, 10)
  })

  onEachClock("run the end action again until it has worked, and once at a time", async (box) => {
    const action = `echo begin >>'${box.acted}'; sleep 2; echo end >>'${box.acted}'; [ -e '${box.folder}/works' ]`
    await box.arm(0, [], action)
    await acts(box)
    process.kill(box.keeper, "SIGKILL")
    await until("the keeper is gone", () => box.keepers.length === 0)
    assert.deepInclude(await box.status(), { keeper: true, ending: "deadline" })
    await until("it begins again", () => box.actions.split("begin").length > 2)
    fs.writeFileSync(`${box.folder}/works`, "")
    await until("it has worked", () => box.read("log").includes("is done"))
    assert.match(box.actions, /^(begin\nend\n)+$/)
  })

  onEachClock("keep the end action from all eyes but the user's", async (box) => {
    await box.arm(0, [], `: token-of-mine; echo "$RUNCTL_MACHINE_DIR" >>'${box.acted}'; sleep 2`)
    await acts(box)
    assert.strictEqual(box.actions, `${box.machine}\n`)
    const seen = fs.readdirSync("/proc").filter((pid) => read(`/proc/${pid}/cmdline`).includes("token-of-mine"))
    assert.deepEqual(seen, [])
    assert.strictEqual(fs.statSync(box.file("end-action")).mode & 0o777, 0o600)
    assert.strictEqual(fs.statSync(box.file(".")).mode & 0o777, 0o700)
    assert.notInclude(box.read("log"), "token-of-mine")
  })

  onEachClock("stay quiet when they are disarmed", async (box) => {
    // As much as a busy computer needs to disarm them before.
    const seconds = 8
    const over = performance.now() + (seconds + 1) * 1000
    await box.arm(seconds)
    assert.strictEqual((await box.run(["disarm"])).stdout, '{"armed":false}\n')
    assert.isFalse(fs.existsSync(box.file(".")))
    assert.strictEqual((await box.run(["status"])).stdout, '{"armed":false}\n')
    await until("the keeper has ended", () => box.keepers.length === 0)
    await sleep(Math.max(500, over - performance.now()))
    assert.strictEqual(box.actions, "")
  })

  onEachClock("say what they need", async (box) => {
    const codes = async (...args: ReadonlyArray<string>) => (await box.run(args, "true")).code
    assert.strictEqual(await codes("arm", "--deadline", "1", "--end-action", "-"), 2)
    assert.strictEqual(await codes("arm", "--deadline", "1", "--left", "-5", "--end-action", "-"), 2)
    assert.strictEqual(await codes("arm", "--deadline", "1", "--left", "5"), 2)
    assert.strictEqual(await codes("extend", "--deadline", "1", "--left", "5"), 1)
    assert.strictEqual(await codes("wind"), 2)
    assert.strictEqual((await box.run(["version"])).stdout, "1\n")
  })
})
