import { assert, describe } from "@effect/vitest"
import { sleep, until } from "../runner/Processes.ts"
import { type ClockBox, noBoots, onEachClock } from "./ClockBox.ts"

const day = 86_400

const acts = (box: ClockBox) => until("the end action runs", () => box.actions !== "")

/** What is left, once the keeper says so too. */
const left = async (box: ClockBox): Promise<number> => (await box.status()).left

describe.concurrent("a wall clock that is wrong", { timeout: 120_000 }, () => {
  for (const [way, skew] of [
    ["ahead", day],
    ["behind", -day]
  ] as const) {
    onEachClock(`ends no machine early or late when it is a day ${way}`, async (box) => {
      box.skew(skew)
      const began = Date.now()
      await box.arm(4)
      await acts(box)
      assert.isAtLeast(box.actedAt - began, 3000)
    })

    onEachClock(`ends no machine early or late when it jumps a day ${way}`, async (box) => {
      // The keeper asks the same program from the beginning.
      box.skew(0)
      const began = Date.now()
      await box.arm(5)
      await sleep(1200)
      box.skew(skew)
      await acts(box)
      assert.isAtLeast(box.actedAt - began, 4000)
    })
  }
})

/** Boots are played where /proc is: nothing here waits for time to pass. */
const onEachBoot: typeof onEachClock = (title, body) =>
  onEachClock(title, async (box) => (box.variant.hasProc ? body(box) : undefined), noBoots)

describe.concurrent("a machine that was off", { timeout: 120_000 }, () => {
  onEachBoot("goes on with what was left, less the time that it was off", async (box) => {
    await box.reboot("one", 1000)
    await box.arm(7200)
    box.pass(1000 + 3600)
    assert.approximately(await left(box), 3600, 2)
    await until("it is written down", () => box.read("mark").includes(" one 4600 "))
    // An hour of the first boot has passed, which the wall clock of this test has not seen yet.
    box.skew(3600 + 900)
    await box.reboot("two", 300)
    assert.approximately(await left(box), 3600 - 900, 20)
    box.skew(3600 + 3610)
    await box.reboot("three", 300)
    await box.run(["run"])
    await acts(box)
  })

  onEachBoot(
    "is as old as its first process where it is a container: its system may have run for weeks",
    async (box) => {
      await box.reboot("host", 30 * day, 30 * day - 5)
      const armed = await box.arm(7200, ["--orphan", "1800"])
      assert.approximately(armed.orphanLeft ?? 0, 1795, 3)
      assert.isNull(armed.ending)
      await box.run(["run"])
      box.pass(30 * day + 1796)
      await acts(box)
      assert.include(box.read("log"), "ended: orphan")
    }
  )

  onEachBoot("counts suspended time, as its boot does", async (box) => {
    await box.reboot("one", 1000)
    await box.arm(7200)
    box.pass(1000 + 7200)
    await acts(box)
  })

  onEachBoot("does not believe its wall clock before it has had time to be set", async (box) => {
    await box.reboot("one", 1000)
    await box.arm(3600)
    box.skew(30 * day)
    await box.reboot("two", 20)
    await box.run(["run"])
    await sleep(2500)
    assert.strictEqual(box.actions, "")
    // Set right now: ten minutes were what it was off.
    box.skew(600)
    box.pass(200)
    await until("it is believed", () => box.read("mark").includes(" two "))
    assert.approximately(await left(box), 3600 - 600, 20)
    assert.strictEqual(box.actions, "")
  })

  onEachBoot("counts at least the time since its boot when its wall clock begins anew in 1970", async (box) => {
    await box.reboot("one", 1000)
    await box.arm(3600)
    box.skew(-50 * 365 * day)
    await box.reboot("two", 500)
    assert.approximately(await left(box), 3100, 3)
    box.pass(500 + 3101)
    await acts(box)
  })

  onEachBoot("is not ended early by a clock that was wrong and is right now", async (box) => {
    await box.reboot("one", 1000)
    box.skew(-5 * day)
    await box.arm(3600)
    box.skew(600)
    await box.reboot("two", 300)
    assert.approximately(await left(box), 3000, 20)
  })

  onEachBoot("goes on ending what was being ended", async (box) => {
    await box.reboot("one", 1000)
    await box.arm(0, [], `echo acted >>'${box.acted}'; [ -e '${box.folder}/works' ]`)
    await acts(box)
    await box.reboot("two", 5)
    const before = box.actions
    await box.run(["run"])
    await until("it is run again", () => box.actions.length > before.length)
  })

  onEachBoot("lets results wait on as long as was left of the hold", async (box) => {
    await box.reboot("one", 1000)
    await box.arm(100_000, ["--hold", "7200"])
    await box.finish(await box.start("true"))
    await until("the hold counts", async () => (await box.status()).holdLeft !== null)
    box.skew(3600)
    await box.reboot("two", 300)
    const { holdLeft } = await box.status()
    assert.approximately(holdLeft ?? 0, 3600, 10)
    box.pass(300 + 3610)
    await acts(box)
    assert.include(box.read("log"), "ended: hold")
  })
})
