import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { keyOf, now, place, claiming, looked, released, names, leave } from "./sandbox.ts"

describe("what lies in the claims' directory", () => {
  it("is left out when it is no claim: links, pipes, giants, half files and words where numbers should be", async () => {
    const at = place()
    leave(at, "good")
    for (const [name, change] of [
      ["number", { expiry: "$(touch /tmp/runctl-pwned)" }],
      ["octal", { since: "08" }],
      ["sum", { expiry: "1+1" }],
      ["huge", { expiry: "99999999999999999999" }],
      ["who", { owner: "../../etc" }],
      ["host", { host: "a host;id" }],
      ["tab", { label: "a\tb" }]
    ] as const) {
      leave(at, name, change)
    }
    const file = (name: string): string => join(at.claims, `${keyOf(name)}.claim`)
    symlinkSync(file("good"), file("link"))
    spawnSync("mkfifo", [file("pipe")])
    writeFileSync(file("giant"), "x".repeat(1_000_000))
    writeFileSync(file("half"), "runctl claim 1\nowner stra")
    writeFileSync(join(at.claims, "$(touch pwned).claim"), "runctl claim 1\n")
    writeFileSync(join(at.claims, "a b\nc.claim"), "runctl claim 1\n")
    const { code, err, out } = await looked(at)
    assert.deepStrictEqual([code, err], [0, ""])
    assert.deepStrictEqual(
      out
        .split("\n")
        .filter((line) => line.startsWith("claim"))
        .map((line) => line.split("\t")[2]),
      [keyOf("good")]
    )
    assert.isFalse(existsSync("/tmp/runctl-pwned"))
  })

  it("names no folder that is removed unless it is a machine's own, however the claim came there", async () => {
    const at = place()
    const precious = join(at.root, "precious")
    mkdirSync(join(precious, "inside"), { recursive: true })
    const linked = `${at.base}/.runctl/machines/${keyOf("link")}`
    mkdirSync(join(at.base, ".runctl/machines"), { recursive: true })
    symlinkSync(precious, linked)
    leave(at, "out", { directory: precious, expiry: now() - 1 })
    leave(at, "dots", {
      directory: `${at.base}/.runctl/machines/${keyOf("dots")}/../../../../precious`,
      expiry: now() - 1
    })
    leave(at, "link", { expiry: now() - 1 })
    assert.strictEqual((await claiming(at, "new").done).word, "claim")
    assert.deepStrictEqual(names(precious), ["inside"])
    leave(at, "again", { directory: precious })
    assert.strictEqual((await released(at, "again")).code, 0)
    assert.deepStrictEqual(names(precious), ["inside"])
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)(
    `is left alone when it is another user's, who keeps others away all the same${isRoot ? "" : " (left out: only root can be somebody else)"}`,
    async () => {
      const at = place()
      const nobody = 65_534
      const { directory, key } = leave(at, "theirs", { since: now() - 18 })
      mkdirSync(directory, { recursive: true })
      chownSync(join(at.claims, `${key}.claim`), nobody, nobody)
      // A sign that somebody else has put there holds nothing.
      assert.strictEqual((await claiming(at, "zz").done).word, "claim")
      await released(at, "zz")
      chownSync(join(at.claims, `${key}.held`), nobody, nobody)
      writeFileSync(
        join(at.claims, `${key}.claim`),
        readFileSync(join(at.claims, `${key}.claim`), "utf8").replace(/^since .*$/m, `since ${now()}`)
      )
      assert.strictEqual((await claiming(at, "zz").done).word, "busy")
      const seen = (await looked(at)).out
        .split("\n")
        .find((line) => line.startsWith("claim"))
        ?.split("\t")
      assert.deepStrictEqual([seen?.[9], seen?.[10]], ["-", ""])
      assert.strictEqual((await released(at, "theirs")).word, "foreign")
      assert.isTrue(existsSync(directory))
      const file = join(at.claims, `${key}.claim`)
      writeFileSync(file, readFileSync(file, "utf8").replace(/^expiry .*$/m, `expiry ${now() - 1}`))
      assert.strictEqual((await claiming(at, "zz").done).word, "claim")
      assert.isTrue(existsSync(directory) && existsSync(file))
    }
  )
})
