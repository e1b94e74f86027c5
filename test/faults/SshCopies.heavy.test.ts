import { assert, describe } from "vitest"
import { createHash, randomBytes } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { boxed } from "../harness/boxed.ts"
import { withHost } from "../harness/hosts.ts"
import { withoutMachines } from "../harness/withoutSshd.ts"
import { sleep } from "../harness/until.ts"

const skip = withoutMachines

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

describe("a copy over SSH", () => {
  boxed(
    "arrives whole, up and down, while its connection is cut every 1 to 5 s",
    (box) =>
      withHost(
        box,
        async ({ sshd, way }) => {
          const created = await box.run(["create", "--provider", "ssh", "--name", "box", "--yes"])
          assert.strictEqual(created.code, 0, created.stderr)
          const big = randomBytes(60_000_000)
          box.file("data/big.bin", big, 0o640)
          for (let index = 0; index < 400; index++) box.file(`data/${index % 9}/${index}.bin`, randomBytes(20_000))
          await way.set({ cutEvery: { min: 1000, max: 5000 }, bytesPerSecond: 8_000_000 })
          way.cut("reset")
          const before = way.counts.cut
          const up = await box.run(["upload", "box", "data", "there"])
          assert.strictEqual(up.code, 0, up.stderr)
          const down = await box.run(["download", "box", "there", "back"])
          assert.strictEqual(down.code, 0, down.stderr)
          assert.isAtLeast(way.counts.cut - before, 3, "the connection was cut")
          await way.set({})
          for (const name of ["big.bin", "3/3.bin", "8/8.bin"]) {
            const [sent, back] = [join(box.project, "data", name), join(box.project, "back", name)]
            assert.strictEqual(digestOf(readFileSync(back)), digestOf(readFileSync(sent)), name)
            assert.strictEqual(
              Math.floor(statSync(back).mtimeMs / 1000),
              Math.floor(statSync(sent).mtimeMs / 1000),
              name
            )
            assert.strictEqual(statSync(back).mode, statSync(sent).mode, name)
          }
          assert.strictEqual(readdirSync(join(box.project, "back"), { recursive: true }).length, 411 - 1)
          const again = await box.run(["upload", "box", "data", "there", "--json"])
          assert.deepInclude(JSON.parse(again.stdout), { bytes: 0, unchanged: 401 })
          assert.isNotEmpty(readdirSync(sshd.pathOf(sshd.home)))
          assert.strictEqual((await box.run(["terminate", "box", "--yes"])).code, 0)
        },
        {}
      ),
    { skip, timeout: 240_000 }
  )

  boxed(
    "goes on where it was after it was killed in the middle of a large file",
    (box) =>
      withHost(
        box,
        async ({ way }) => {
          assert.strictEqual((await box.run(["create", "--provider", "ssh", "--name", "box", "--yes"])).code, 0)
          const content = randomBytes(40_000_000)
          box.file("big.bin", content)
          await way.set({ bytesPerSecond: 8_000_000 })
          const upload = box.start(["upload", "box", "big.bin", "there.bin"])
          await sleep(3500)
          upload.signal("SIGKILL")
          await upload.ended
          const part = await box.run(["ssh", "box", "--", "sh", "-c", "wc -c <.there.bin.runctl-part"])
          assert.isAbove(Number(part.stdout), 4_000_000, part.stderr)
          const began = performance.now()
          const again = await box.run(["upload", "box", "big.bin", "there.bin"])
          assert.strictEqual(again.code, 0, again.stderr)
          assert.isBelow(performance.now() - began, 60_000)
          mkdirSync(join(box.project, "back"))
          const download = box.start(["download", "box", "there.bin", "back/"])
          await sleep(3500)
          download.signal("SIGKILL")
          await download.ended
          assert.isTrue(readdirSync(join(box.project, "back")).some((name) => name.endsWith(".part")))
          const down = await box.run(["download", "box", "there.bin", "back/"])
          assert.strictEqual(down.code, 0, down.stderr)
          assert.deepStrictEqual(readdirSync(join(box.project, "back")), ["there.bin"])
          assert.isTrue(readFileSync(join(box.project, "back", "there.bin")).equals(content))
          assert.strictEqual((await box.run(["terminate", "box", "--yes"])).code, 0)
        },
        {}
      ),
    { skip, timeout: 240_000 }
  )

  boxed(
    "leaves a good file as it is when the disk there is full",
    (box) =>
      withHost(
        box,
        async () => {
          assert.strictEqual((await box.run(["create", "--provider", "ssh", "--name", "box", "--yes"])).code, 0)
          writeFileSync(join(box.project, "file.bin"), "good")
          assert.strictEqual((await box.run(["upload", "box", "file.bin", "kept.bin"])).code, 0)
          // The larger one is received in another way where the machine has Python.
          for (const bytes of [30_000_000, 80_000_000]) {
            writeFileSync(join(box.project, "file.bin"), randomBytes(bytes))
            const full = await box.run(["upload", "box", "file.bin", "kept.bin"])
            assert.notStrictEqual(full.code, 0)
            assert.match(full.stderr, /No space left on device|bytes could be written/)
            assert.strictEqual((await box.run(["ssh", "box", "--", "cat", "kept.bin"])).stdout, "good")
          }
          assert.strictEqual((await box.run(["terminate", "box", "--yes"])).code, 0)
        },
        { diskBytes: 12_000_000 }
      ),
    { skip, timeout: 120_000 }
  )
})
