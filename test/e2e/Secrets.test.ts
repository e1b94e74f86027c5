import { assert, describe } from "vitest"
import { createHash } from "node:crypto"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"
import { argumentsOf, processesWith, signal } from "../harness/processes.ts"
import { until } from "../harness/until.ts"

const canary = `canary-${createHash("sha256").update(String(process.pid)).digest("hex")}`

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

/** Says that it knows the secret without telling it, and waits. */
const script = `
import { createHash } from "node:crypto"
import { existsSync } from "node:fs"
console.log("knows", createHash("sha256").update(process.env.TOKEN ?? "").digest("hex"))
const wait = () => existsSync(process.env.GO) || setTimeout(wait, 30)
wait()
`

/** Files below a folder whose name or content holds the secret. */
const filesWith = (folder: string, secret: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      try {
        return file.includes(secret) || readFileSync(file, "latin1").includes(secret)
      } catch {
        return false
      }
    })

const commandLinesWith = (secret: string): ReadonlyArray<string> =>
  processesWith([secret])
    .map(argumentsOf)
    .filter((line) => line.includes(secret))

const trainWith = async (box: Box, flags: ReadonlyArray<string>, env: Readonly<Record<string, string>>) => {
  box.file("train.mjs", script)
  const go = join(box.folder, "go")
  const train = box.start(["train", "train.mjs", "--provider", "local", ...flags, "--env", `GO=${go}`], env)
  await train.printed(new RegExp(`knows ${sha256(canary)}\n`))
  assert.deepStrictEqual(filesWith(box.home, canary), [], "files while the script runs")
  assert.deepStrictEqual(commandLinesWith(canary), [], "arguments while the script runs")
  writeFileSync(go, "")
  const { code, stderr, stdout } = await train.ended
  assert.strictEqual(code, 0, stderr)
  const id = box.lastRun.id
  const told = await Promise.all(
    [
      ["events", "--json"],
      ["runs", "show", id, "--json"],
      ["runs", "logs", id],
      ["status", id, "--json"]
    ].map((args) => box.run(args))
  )
  for (const said of [stdout, stderr, ...told.flatMap((each) => [each.stdout, each.stderr])]) {
    assert.notInclude(said, canary)
  }
  assert.include(JSON.stringify(box.events), '"TOKEN"', "its name is no secret")
  assert.deepStrictEqual(filesWith(box.home, canary), [], "files after the run")
}

describe.concurrent("the value of a secret", () => {
  boxed("given by --env NAME reaches the script, and no file, event, log or argument", (box) =>
    trainWith(box, ["--env", "TOKEN"], { TOKEN: canary })
  )

  boxed("given by --env-file reaches the script, and no file, event, log or argument", (box) => {
    writeFileSync(join(box.folder, "secrets.env"), `TOKEN=${canary}\n`)
    return trainWith(box, ["--env-file", "../secrets.env"], {})
  })

  boxed("that is not set is refused before anything is rented", async (box) => {
    box.file("train.sh", "true")
    const { code, stderr } = await box.run(["train", "train.sh", "--provider", "local", "--env", "TOKEN"])
    assert.strictEqual(code, 2)
    assert.match(stderr, /TOKEN/)
    assert.deepStrictEqual(box.runs, [])
  })

  boxed("in an --env-file inside the project are not brought to the machine with the code", async (box) => {
    box.file("secrets.env", "CANARY=in-the-project\n")
    box.file("train.sh", 'ls -a; test "$CANARY" = in-the-project && test ! -e secrets.env')
    const { code, stderr, stdout } = await box.run([
      "train",
      "train.sh",
      "--provider",
      "local",
      "--env-file",
      "secrets.env"
    ])
    assert.strictEqual(code, 0, stderr)
    assert.notInclude(stdout, "secrets.env")
  })

  boxed("keep the keys and records of machines out of the code that goes along", async (box) => {
    box.file("train.sh", "find . -type f >found\n")
    const state = join(box.project, "state")
    const { code, stderr } = await box.run(["train", "train.sh", "--provider", "local", "--out", "out"], {
      RUNCTL_HOME: state
    })
    assert.strictEqual(code, 0, stderr)
    const found = readFileSync(join(box.project, "out", "found"), "utf8")
      .trim()
      .split("\n")
    assert.include(readdirSync(state), "journal.db")
    assert.deepStrictEqual(
      found.filter((name) => name.startsWith("./state")),
      []
    )
    // Its supervisor is none of the box's own.
    const supervisors = () => processesWith([`RUNCTL_HOME=${state}`])
    for (const pid of supervisors()) signal(pid, "SIGTERM")
    await until("its supervisor ends", () => supervisors().length === 0)
  })
})
