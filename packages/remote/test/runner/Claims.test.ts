import { assert, describe } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { onEachShell } from "./onEachShell.ts"
import { sleep, until } from "./Processes.ts"
import { type Sandbox } from "./Sandbox.ts"

describe.concurrent("claims", { timeout: 120_000 }, () => {
  const claim = (box: Sandbox, unit: string, wanted: ReadonlyArray<string>) =>
    box.run(["start", unit, "--workdir", box.work, ...wanted, "--", "sleep", "300"])

  onEachShell("refuses a second job the whole machine, names the holder and leaves nothing", async (box) => {
    const [holder, second] = [box.unit(), box.unit()]
    assert.strictEqual((await claim(box, holder, [])).code, 0)
    for (const wanted of [[], ["--claim", "all"], ["--claim", "3"]]) {
      const { code, stdout } = await claim(box, second, wanted)
      assert.deepEqual([code, JSON.parse(stdout)], [75, { refused: "claimed", by: holder }])
    }
    assert.deepEqual(fs.readdirSync(box.units), [holder])
    assert.deepEqual(fs.readdirSync(box.claims), [`${holder}.claim`])
    await box.stop(holder, "--grace", "0")
    assert.deepEqual(fs.readdirSync(box.claims), [])
    assert.strictEqual((await claim(box, second, [])).code, 0)
  })

  onEachShell("shares the machine by GPU index, and always with a job that claims none", async (box) => {
    const codes: Array<number | null> = []
    for (const wanted of ["0", "1,2", "2,3", "10", "all", "none"]) {
      codes.push((await claim(box, box.unit(), ["--claim", wanted])).code)
    }
    assert.deepEqual(codes, [0, 0, 75, 0, 75, 0])
  })

  onEachShell("takes a claim over from a unit whose processes were all killed", async (box) => {
    const holder = box.unit()
    const { pid } = await box.start(holder, "sleep 300", ["--claim", "all"])
    box.kill(box.pid(holder, "keeper"))
    assert.strictEqual((await claim(box, box.unit(), [])).code, 75)
    box.kill(pid ?? 0)
    assert.strictEqual((await claim(box, box.unit(), [])).code, 0)
  })

  onEachShell("gives the machine to exactly one of ten that ask at once", async (box) => {
    const units = Array.from({ length: 10 }, () => box.unit())
    const codes = await Promise.all(units.map(async (unit) => (await claim(box, unit, [])).code))
    assert.deepEqual(
      codes.toSorted((a, b) => Number(a) - Number(b)),
      [0, ...Array.from({ length: 9 }, () => 75)]
    )
    assert.strictEqual(fs.readdirSync(box.units).length, 1)
  })

  onEachShell("waits while a living start holds the lock", async (box) => {
    const [holder, second] = [box.unit(), box.unit()]
    await box.start(holder, "sleep 300")
    const lock = path.join(box.claims, "lock")
    fs.symlinkSync(box.read(holder, "keeper").trim(), lock)
    const waiting = claim(box, second, [])
    await until("it has come to the lock", () => box.read(second, "starter") !== "")
    await sleep(500)
    assert.deepEqual(fs.readdirSync(box.claims), ["lock"])
    fs.rmSync(lock)
    assert.strictEqual((await waiting).code, 0)
  })

  onEachShell("breaks a lock that a dead start left behind", async (box) => {
    fs.mkdirSync(box.claims, { recursive: true })
    fs.symlinkSync("999999999 1 boot", path.join(box.claims, "lock"))
    const units = Array.from({ length: 5 }, () => box.unit())
    const codes = await Promise.all(units.map(async (unit) => (await claim(box, unit, [])).code))
    assert.deepEqual(
      codes.toSorted((a, b) => Number(a) - Number(b)),
      [0, 75, 75, 75, 75]
    )
  })
})
