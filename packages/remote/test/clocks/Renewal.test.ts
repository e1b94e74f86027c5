import { assert, describe } from "@effect/vitest"
import { renewal } from "@runctl/core/MachineClocks"
import * as fs from "node:fs"
import * as path from "node:path"
import { read, sleep, until, withArgument } from "../runner/Processes.ts"
import { type ClockBox, noBoots, onEachClock } from "./ClockBox.ts"

/** Has whoever rents the machine out write down what the clocks say, and do something more. */
const listen = (box: ClockBox, more = ""): void =>
  fs.writeFileSync(path.join(box.machine, renewal), `echo "$1" >>'${box.folder}/told'\n${more}`)

const told = (box: ClockBox): ReadonlyArray<number> =>
  read(path.join(box.folder, "told")).split("\n").filter(Boolean).map(Number)

const says = (box: ClockBox, seconds: number) =>
  until(`it says about ${seconds}`, () => Math.abs((told(box).at(-1) ?? -1) - seconds) < 15, 20)

describe.concurrent("who rents a machine out", { timeout: 120_000 }, () => {
  onEachClock("is told for how long its clocks keep it at most, whenever that changes", async (box) => {
    listen(box)
    await box.arm(600, ["--hold", "100"])
    await says(box, 701)
    await box.extend(2000)
    await says(box, 2101)
    const first = await box.start()
    await box.finish(first)
    await says(box, 100)
    const second = await box.start()
    await says(box, 2101)
    await box.arm(600)
    await says(box, 2001)
    await box.extend(300)
    await says(box, 301)
    await box.finish(second)
  })

  onEachClock(
    "is told again at least once a minute, though nothing changes",
    async (box) => {
      if (!box.variant.hasProc) return
      listen(box)
      await box.reboot("one", 1000)
      await box.arm(600)
      await says(box, 601)
      await sleep(2500)
      assert.lengthOf(told(box), 1)
      box.pass(1060)
      await says(box, 541)
    },
    noBoots
  )

  onEachClock("is told when a keeper comes back", async (box) => {
    // Without an uptime it takes two minutes until a keeper that comes back believes the wall clock.
    if (!box.variant.hasProc) return
    await box.arm(600)
    box.kill(box.keeper)
    await until("the keeper is gone", () => box.keepers.length === 0)
    listen(box)
    await box.status()
    await says(box, 601)
  })

  onEachClock("is waited for by nobody, and told nothing more meanwhile", async (box) => {
    listen(box, `exec sleep 4321.${process.pid}\n`)
    await box.arm(600)
    await says(box, 601)
    await box.extend(2)
    await until("the end action runs", () => box.actions !== "")
    assert.lengthOf(told(box), 1)
    box.kill(...withArgument(`4321.${process.pid}`).filter((pid) => read(`/proc/${pid}/environ`).includes(box.folder)))
  })

  onEachClock("is told that a machine is still there which its end action did not end", async (box) => {
    listen(box)
    await box.arm(600)
    await says(box, 601)
    await box.arm(600, [], "exit 1")
    await box.extend(0)
    await says(box, 0)
    await until("it says so again", () => told(box).filter((seconds) => seconds === 0).length > 1, 30)
  })
})
