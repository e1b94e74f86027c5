import { assert, describe, it } from "@effect/vitest"
import { renewal } from "@runctl/core/MachineClocks"
import { spawn, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { until } from "../../../test/harness/until.ts"
import { look } from "../src/internal/claimScripts.ts"
import { isAlive } from "./rented.ts"
import { owner, keyOf, now, place, run, claiming, looked, names, leave, expiryOf } from "./sandbox.ts"

const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].map((shell) => ({
  shell,
  missing:
    spawnSync(shell[0] ?? "sh", ["-c", "true"]).error !== undefined && shell[0] !== "busybox"
      ? ` (left out: there is no ${shell[0]})`
      : spawnSync(shell[0] ?? "sh", [...shell.slice(1), "-c", "true"]).status === 0
        ? ""
        : ` (left out: there is no ${shell[0]})`
}))

describe("a claim on a host", () => {
  for (const { missing, shell } of shells) {
    it.skipIf(missing !== "")(
      `is held by exactly one of twenty who want it at once, under ${shell[0]}${missing}`,
      async () => {
        const at = place()
        const wanting = Array.from({ length: 20 }, (_, index) => claiming(at, `k${(index * 7) % 20}x`, { shell }))
        const results = await Promise.all(wanting.map(({ done }) => done))
        const words = results.map(({ word }) => word)
        assert.deepStrictEqual(
          words.toSorted(),
          [...Array.from({ length: 19 }, () => "busy"), "claim"],
          results.map(({ err }) => err).join("")
        )
        assert.strictEqual(names(at.claims).length, 2)
        const winner = results.find(({ word }) => word === "claim")
        assert.isTrue(existsSync(winner?.out.split("\t")[10] ?? "/nowhere"))
      }
    )
  }

  it("is held by one at most when those who want it are killed at any moment, and by the next one soon", async () => {
    for (let round = 0; round < 4; round++) {
      const at = place()
      const wanting = Array.from({ length: 8 }, (_, index) => claiming(at, `k${round}${index}`))
      for (const { child } of wanting) {
        await new Promise((resolve) => setTimeout(resolve, 15 + 25 * round))
        child.kill("SIGKILL")
      }
      await Promise.all(wanting.map(({ done }) => done))
      // Stale at once: as if the twenty seconds had passed in which a claim may be wanted.
      for (const name of names(at.claims).filter((each) => each.endsWith(".claim"))) {
        const file = join(at.claims, name)
        writeFileSync(file, readFileSync(file, "utf8").replace(/^since .*$/m, `since ${now() - 60}`))
      }
      const held = names(at.claims).filter((name) => name.endsWith(".held"))
      assert.isAtMost(held.length, 1)
      const next = await claiming(at, "next").done
      assert.strictEqual(next.word, held.length === 1 ? "busy" : "claim", next.err)
    }
  })

  it("is waited for while somebody with a smaller key may still get it, and taken once they are gone", async () => {
    const at = place()
    leave(at, "aa", { since: now() - 17 }, false)
    const { out, word } = await claiming(at, "bb").done
    assert.strictEqual(word, "claim", out)
  })

  it("is given up by one who was frozen while another got it", async () => {
    const at = place()
    const bin = join(at.root, "bin")
    mkdirSync(bin)
    const real = spawnSync("sh", ["-c", "command -v mkdir"], { encoding: "utf8" }).stdout.trim()
    const script = `case $* in *.held) : >${at.root}/frozen; while [ ! -e ${at.root}/thawed ]; do sleep 0.05; done ;; esac\nexec ${real} "$@"\n`
    writeFileSync(join(bin, "mkdir"), `#!/bin/sh\n${script}`, { mode: 0o755 })
    const frozen = claiming(at, "aa", { path: bin })
    await until("it is about to hold the host", () => existsSync(join(at.root, "frozen")), 10)
    // Another user's runctl thought little of a claim that was wanted for so long.
    leave(at, "bb")
    writeFileSync(join(at.root, "thawed"), "")
    const late = await frozen.done
    assert.strictEqual(late.word, "busy", late.err)
    assert.deepStrictEqual(names(at.claims), [`${keyOf("bb")}.claim`, `${keyOf("bb")}.held`])
  })

  it("is the same for the same key, however often and at once it is asked for", async () => {
    const at = place()
    const results = await Promise.all(Array.from({ length: 6 }, () => claiming(at, "same").done))
    assert.deepStrictEqual(
      results.map(({ word }) => word),
      Array.from({ length: 6 }, () => "claim"),
      results.map(({ err }) => err).join("")
    )
    const directory = `${at.base}/.runctl/machines/${keyOf("same")}`
    for (const name of ["mine", renewal]) writeFileSync(join(directory, name), "kept")
    assert.strictEqual((await claiming(at, "same").done).word, "claim")
    for (const name of ["mine", renewal]) assert.strictEqual(readFileSync(join(directory, name), "utf8"), "kept")
  })

  it("says who holds the host, in words that nothing is made of", async () => {
    const at = place()
    const label = "$(touch /tmp/runctl-pwned) `id` \"'; rm -rf * \\"
    const [, , , , user] = (await claiming(at, "aa", { label }).done).out.split("\t")
    const busy = await claiming(at, "bb").done
    const fields = busy.out.trimEnd().split("\t")
    assert.deepStrictEqual([fields[0], fields[2], fields[4], fields[11]], ["busy", keyOf("aa"), user, label])
    assert.isFalse(existsSync("/tmp/runctl-pwned"))
    assert.include((await looked(at)).out, label)
  })

  it("counts for nothing once it has expired; what its user had there is ended and removed", async () => {
    const at = place()
    const { directory, key } = leave(at, "old", { expiry: now() - 1 })
    mkdirSync(join(directory, "locked"), { recursive: true })
    chmodSync(join(directory, "locked"), 0o500)
    const job = spawn("sh", ["-c", "trap '' TERM; sleep 300 & wait; wait"], {
      env: { ...process.env, RUNCTL_MACHINE: `${key},` },
      stdio: "ignore",
      detached: true
    })
    const { err, word } = await claiming(at, "new").done
    assert.strictEqual(word, "claim", err)
    assert.isFalse(isAlive(job.pid ?? 0))
    assert.isFalse(existsSync(directory))
    assert.deepStrictEqual(names(at.claims), [`${keyOf("new")}.claim`, `${keyOf("new")}.held`])
  })

  it("is renewed when its owner looks at it near its end, and only then", async () => {
    const at = place()
    const expiry = () => expiryOf(at, "aa")
    leave(at, "aa", { owner, expiry: now() + 60 })
    await run(look, [at.claims, "", "stranger", at.base])
    assert.isAtMost(expiry(), now() + 60)
    await looked(at)
    assert.isAtLeast(expiry(), now() + 3600)
    const renewed = expiry()
    await looked(at)
    assert.strictEqual(expiry(), renewed)
  })

  it("is not made when the machine's folder cannot be", async () => {
    const at = place()
    writeFileSync(join(at.base, ".runctl"), "no folder")
    const { code, word } = await claiming(at, "aa").done
    assert.deepStrictEqual([code, word], [1, ""])
    assert.deepStrictEqual(names(at.claims), [])
  })

  it("is not made in a directory that is a link, or that everybody may tidy up", async () => {
    const at = place()
    mkdirSync(join(at.root, "real"))
    chmodSync(join(at.root, "real"), 0o1777)
    symlinkSync(join(at.root, "real"), at.claims)
    assert.match((await claiming(at, "aa").done).err, /sticky bit/)
    rmSync(at.claims)
    mkdirSync(at.claims)
    chmodSync(at.claims, 0o777)
    assert.match((await claiming(at, "aa").done).err, /sticky bit/)
    assert.deepStrictEqual([...names(at.claims), ...names(join(at.root, "real"))], [])
  })
})
