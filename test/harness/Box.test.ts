import { spawn } from "node:child_process"
import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { afterEach, assert, beforeEach, describe, it } from "vitest"
import { Box } from "./Box.ts"
import { isAlive } from "./processes.ts"
import { until } from "./until.ts"

let box: Box

/** A process that nobody in the box knows of. */
const stray = (options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> }): number => {
  const { PATH = "" } = process.env
  const child = spawn("sleep", ["60"], { cwd: "/", ...options, env: { PATH, ...options.env }, stdio: "ignore" })
  return child.pid ?? assert.fail("sleep cannot be started")
}

beforeEach(() => {
  box = new Box()
})

afterEach(() => box.destroy())

describe("a box", () => {
  it("holds nothing at first", async () => {
    assert.deepStrictEqual(await box.leftovers(0), [])
  })

  for (const [name, options] of [
    ["in its environment", () => ({ env: { RUNCTL_HOME: box.home } })],
    ["as its folder", () => ({ cwd: box.project })]
  ] as const) {
    it(`finds a process that has the box ${name}, and ends it`, async () => {
      const pid = stray(options())
      await until("the process is there", () => box.strays.includes(pid))
      const [left = ""] = await box.leftovers(0)
      assert.include(left, `${pid}: sleep 60`)
      await box.destroy()
      assert.isFalse(isAlive(pid))
    })
  }

  it("finds a machine that was not given back", async () => {
    const machine = join(box.home, "providers", "local", "machines", "0123456789abcdefghij")
    mkdirSync(machine, { recursive: true })
    assert.deepStrictEqual(await box.leftovers(0), [`the machine ${machine}`])
  })

  it("is gone when it is destroyed", async () => {
    await box.destroy()
    assert.isFalse(existsSync(box.folder))
  })
})
