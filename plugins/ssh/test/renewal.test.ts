import { assert, describe, it } from "@effect/vitest"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { claim, look } from "../src/internal/claimScripts.ts"
import { isAlive } from "./rented.ts"
import {
  claimArgs,
  claiming,
  expiryOf,
  keyOf,
  leave,
  looked,
  names,
  now,
  owner,
  place,
  renewed,
  run
} from "./sandbox.ts"

/** As a system without /proc runs it. */
const withoutProc = (script: string): string => script.replaceAll("/proc/", "/nonexistent/proc/")

/** What the keeper of a machine's clocks says of itself. */
const identityOf = (pid: number, hasProc: boolean): string => {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
  const start = hasProc
    ? readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19]
    : spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { env: { ...process.env, LC_ALL: "C" }, encoding: "utf8" })
        .stdout.trim()
        .split(/ +/)
        .join("_")
  return `${pid} ${start} ${boot} clocks-0.sh`
}

/** A process of the machine that lives until it is ended. */
const processOf = (key: string): ChildProcess => {
  const child = spawn("sleep", ["300"], { env: { ...process.env, RUNCTL_MACHINE: `${key},` }, stdio: "ignore" })
  onTestFinished(() => void child.kill())
  return child
}

/** Makes a process the keeper of a machine's clocks. */
const keeps = (directory: string, identity: string): void => {
  mkdirSync(join(directory, ".runctl/clocks"), { recursive: true })
  symlinkSync(identity, join(directory, ".runctl/clocks/keeper"))
}

describe("a claim whose machine has clocks", () => {
  for (const hasProc of [true, false]) {
    const where = hasProc ? "" : ", also where there is no /proc"
    it(`is not taken for expired while those run, by whomever${where}`, async () => {
      const at = place()
      const { directory, key } = leave(at, "old", { expiry: now() - 100_000 })
      const keeper = processOf(key)
      keeps(directory, identityOf(keeper.pid ?? 0, hasProc))
      const as = hasProc ? (script: string) => script : withoutProc
      const busy = await run(as(claim), claimArgs(at, "new"))
      assert.deepStrictEqual([busy.word, busy.out.split("\t")[2]], ["busy", key], busy.err)
      assert.isAbove(Number(busy.out.split("\t")[7]), now())
      assert.isTrue(isAlive(keeper.pid ?? 0))
      assert.isTrue(existsSync(directory))
      const seen = await run(as(look), [at.claims, "", owner, at.base])
      assert.isAbove(Number(seen.out.split("claim\t")[1]?.split("\t")[6]), now())
    })
  }

  it.skipIf(process.getuid?.() !== 0)("of another user counts until it expires, whatever runs for them", async () => {
    for (const [expiry, word] of [
      [now() + 100, "busy"],
      [now() - 1, "claim"]
    ] as const) {
      const at = place()
      const { directory, key } = leave(at, "theirs", { expiry })
      const keeper = processOf(key)
      keeps(directory, identityOf(keeper.pid ?? 0, true))
      for (const each of [`${at.claims}/${key}.claim`, `${at.claims}/${key}.held`, directory])
        chownSync(each, 65534, 65534)
      const { err, word: answer } = await claiming(at, "new").done
      assert.strictEqual(answer, word, err)
      assert.deepStrictEqual([isAlive(keeper.pid ?? 0), existsSync(directory)], [true, true])
    }
  })

  it("expires when its keeper is gone, or another process has the keeper's number", async () => {
    for (const [pid, boot] of [
      [-1, undefined],
      [0, undefined],
      [0, "another-boot"]
    ] as const) {
      const at = place()
      const { directory, key } = leave(at, "old", { expiry: now() - 1 })
      const other = processOf(key)
      const [number = "", start = "", thisBoot = "", script = ""] = identityOf(other.pid ?? 0, true).split(" ")
      const identity =
        pid === -1 ? ["2147483647", start, thisBoot] : [number, boot === undefined ? "1" : start, boot ?? thisBoot]
      keeps(directory, [...identity, script].join(" "))
      const { err, word } = await claiming(at, "new").done
      assert.strictEqual(word, "claim", err)
      assert.isFalse(existsSync(directory))
    }
  })

  it("lasts a while longer than they keep the machine, as they say it last, and is written only when that changes", async () => {
    const at = place()
    leave(at, "aa", { expiry: now() + 1000 })
    for (const left of [1_000_000, 100, 20_000_000_000]) {
      assert.strictEqual((await renewed(at, "aa", left)).code, 0)
      assert.approximately(expiryOf(at, "aa"), Math.min(now() + left + 3600, 9_999_999_999), 5)
      assert.include((await looked(at)).out, keyOf("aa"))
    }
    await renewed(at, "aa", 5000)
    const before = expiryOf(at, "aa")
    await renewed(at, "aa", 5200)
    assert.strictEqual(expiryOf(at, "aa"), before)
    assert.deepStrictEqual(names(at.claims), [`${keyOf("aa")}.claim`, `${keyOf("aa")}.held`])
  })

  it("comes back by them after the wall clock has jumped, and does not once it was released", async () => {
    const at = place()
    leave(at, "aa", { expiry: now() - 50 })
    await renewed(at, "aa", 0)
    assert.isAbove(expiryOf(at, "aa"), now() + 3000)
    const other = place()
    mkdirSync(other.claims)
    assert.strictEqual((await renewed(other, "aa", 100)).code, 0)
    assert.deepStrictEqual(names(other.claims), [])
  })

  it("is left to them by its owner who looks", async () => {
    const at = place()
    const expiry = now() + 60
    const { directory, key } = leave(at, "aa", { owner, expiry })
    keeps(directory, identityOf(processOf(key).pid ?? 0, true))
    await looked(at)
    assert.strictEqual(expiryOf(at, "aa"), expiry)
  })
})
