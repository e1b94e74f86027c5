import { assert, describe } from "vitest"
import { spawnSync } from "node:child_process"
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { checksum } from "../../packages/runtime/src/internal/checksum.ts"
import { type Box, program } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { settle } from "../harness/journal.ts"
import { lacking } from "../harness/tools.ts"

const local = ["--provider", "local"] as const

/** A home in which a run has happened and nobody is left. */
const used = async (box: Box): Promise<void> => {
  box.file("train.sh", "echo hello")
  const { code, stderr } = await box.run(["train", "train.sh", ...local, "--name", "before"])
  assert.strictEqual(code, 0, stderr)
  assert.isTrue(await box.endSupervisors())
  settle(box.journal)
}

/** Every command ends readably: no bug (1), no stack, valid JSON. */
const readable = async (box: Box, args: ReadonlyArray<string>): Promise<void> => {
  const { code, stderr, stdout } = await box.run([...args, "--json"])
  assert.notStrictEqual(code, 1, `${args.join(" ")}: ${stdout}${stderr}`)
  assert.doesNotThrow(() => JSON.parse(stdout), `${args.join(" ")} answers JSON`)
  assert.notMatch(stderr, /\bat .*\.(js|ts):\d+/)
}

const quarantined = (box: Box): ReadonlyArray<string> => {
  try {
    return readdirSync(join(box.home, "quarantine"), { recursive: true, encoding: "utf8" })
  } catch {
    return []
  }
}

/** Damaged in some way: every command still answers, and the damaged file is kept. */
const survives = async (box: Box): Promise<void> => {
  for (const args of [["list", "--offline"], ["runs", "list"], ["events"], ["cost"]]) await readable(box, args)
  assert.isNotEmpty(quarantined(box), "the damaged file is kept")
  const refused = await box.run(["train", "train.sh", ...local])
  assert.strictEqual(refused.code, 3, refused.stderr)
  assert.match(refused.stderr, /the journal was damaged/i)
  assert.deepStrictEqual(box.machineFolders, [])
  await readable(box, ["list"])
}

describe.concurrent("a journal", () => {
  boxed("that was cut in half is put aside, and runctl goes on", async (box) => {
    await used(box)
    truncateSync(box.journal, Math.floor(statSync(box.journal).size / 2))
    await survives(box)
  })

  boxed("with nonsense in its middle is put aside, and runctl goes on", async (box) => {
    await used(box)
    const { size } = statSync(box.journal)
    const file = openSync(box.journal, "r+")
    for (let at = 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(512, 0xa5), 0, 512, at + 100)
    closeSync(file)
    await survives(box)
  })

  boxed("that is no database at all is put aside, and runctl goes on", async (box) => {
    await used(box)
    writeFileSync(box.journal, "this was a journal once\n".repeat(1000))
    await survives(box)
  })

  boxed("that was damaged takes new machines again once every provider was asked what is owned", async (box) => {
    await used(box)
    const { stdout } = await box.run(["create", ...local, "--json"])
    const { id } = JSON.parse(stdout).resource
    assert.isTrue(await box.endSupervisors())
    settle(box.journal)
    truncateSync(box.journal, 0)
    const listed = await box.run(["list", "--json"])
    assert.deepStrictEqual(
      JSON.parse(listed.stdout).resources.map((each: { readonly id: string }) => each.id),
      [id],
      "what the lost journal knew is taken over"
    )
    const ended = await box.run(["terminate", id, "--yes"])
    assert.strictEqual(ended.code, 0, ended.stderr)
    const train = await box.run(["train", "train.sh", ...local])
    assert.strictEqual(train.code, 0, train.stderr)
  })

  boxed("that has become empty is put aside, and runctl goes on", async (box) => {
    await used(box)
    truncateSync(box.journal, 0)
    await survives(box)
  })

  boxed("that a newer version has written is left alone", async (box) => {
    await used(box)
    // What a newer version will do: its number in both places, sum and all.
    const database = new DatabaseSync(box.journal)
    database.exec("PRAGMA user_version = 9999")
    database
      .prepare("UPDATE meta SET value = '9999', checksum = ? WHERE key = 'version'")
      .run(checksum('["version","9999"]'))
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    const before = readFileSync(box.journal)
    for (const args of [["list"], ["list", "--offline"], ["runs", "list"], ["train", "train.sh", ...local]]) {
      const { code, stderr } = await box.run(args)
      assert.strictEqual(code, 3, `${args.join(" ")}: ${stderr}`)
      assert.match(stderr, /newer runctl/)
      await readable(box, args)
    }
    assert.isTrue(before.equals(readFileSync(box.journal)), "not a byte was changed")
    assert.deepStrictEqual(quarantined(box), [])
  })

  boxed("that another process keeps locked is waited for, then named", async (box) => {
    await used(box)
    const database = new DatabaseSync(box.journal)
    database.exec("BEGIN EXCLUSIVE")
    try {
      const { code, stderr } = await box.run(["train", "train.sh", ...local])
      assert.notInclude([0, 1], code, stderr)
      assert.match(stderr, /locked/)
    } finally {
      database.close()
    }
    assert.strictEqual((await box.run(["train", "train.sh", ...local])).code, 0)
  })

  boxed(
    "that may only be read is read, and nothing is rented",
    async (box) => {
      await used(box)
      rmSync(`${box.journal}-wal`, { force: true })
      rmSync(`${box.journal}-shm`, { force: true })
      const user = ["--reuid=65534", "--regid=65534", "--clear-groups"]
      spawnSync("chown", ["-R", "65534:65534", box.folder])
      chmodSync(box.journal, 0o400)
      chmodSync(box.home, 0o500)
      const asNobody = (...args: ReadonlyArray<string>) =>
        box.startProgram("setpriv", [...user, process.execPath, program, ...args]).ended
      const list = await asNobody("runs", "list")
      assert.strictEqual(list.code, 0, list.stderr)
      assert.include(list.stdout, "before")
      const train = await asNobody("train", "train.sh", ...local)
      assert.notInclude([0, 1], train.code, train.stderr)
      assert.match(train.stderr, /written|write/)
      chmodSync(box.home, 0o700)
    },
    { skip: process.getuid?.() === 0 ? lacking("setpriv") : "only root can become another user" }
  )
})
