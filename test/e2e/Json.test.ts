import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"

/** Commands that must answer JSON and nothing else on standard output; `ID` stands for the run, `M` for its machine. */
const looking: ReadonlyArray<string> = [
  "list",
  "list --offline",
  "status",
  "status ID",
  "status M",
  "wait ID",
  "runs list",
  "runs show ID",
  "checkpoints list ID",
  "events",
  "cost",
  "providers list",
  "providers show local",
  "providers doctor",
  "config show",
  "config validate",
  "doctor"
]

const changing: ReadonlyArray<string> = ["extend M 48h", "stop M", "start M"]

describe.concurrent("--json", () => {
  boxed("answers JSON and nothing else, whatever the command", async (box) => {
    box.file("train.sh", "echo hello")
    const train = await box.run(["train", "train.sh", "--provider", "local", "--keep", "--json"])
    assert.strictEqual(train.code, 0, train.stderr)
    assert.isObject(JSON.parse(train.stdout))
    const { attempts, id } = box.lastRun
    const machine = attempts[0]?.resource ?? ""
    const wrong: Array<string> = []
    const ask = async (line: string): Promise<void> => {
      const args = line.split(" ").map((word) => (word === "ID" ? id : word === "M" ? machine : word))
      const { code, stderr, stdout } = await box.run([...args, "--json"])
      if (code !== 0) wrong.push(`${line}: ends with ${code}: ${stdout}${stderr}`)
      try {
        JSON.parse(stdout)
      } catch {
        wrong.push(`${line}: ${stdout}`)
      }
    }
    for (const line of changing) await ask(line)
    await Promise.all(looking.map(ask))
    await ask("terminate M")
    assert.deepStrictEqual(wrong, [])
  })

  boxed("answers a failed run as JSON, with the run's own exit code", async (box) => {
    box.file("train.sh", "exit 3")
    const { code, stdout } = await box.run(["train", "train.sh", "--provider", "local", "--json"])
    assert.strictEqual(code, 7)
    assert.include(JSON.stringify(JSON.parse(stdout)), '"exitCode":3')
    await box.closed()
  })

  boxed("follows as one JSON document per line", async (box) => {
    box.file("train.sh", 'echo \'{"metric":"loss","step":1,"value":0.5}\'; echo plain')
    assert.strictEqual((await box.run(["train", "train.sh", "--provider", "local"])).code, 0)
    const { code, stderr, stdout } = await box.run(["monitor", box.lastRun.id, "--follow", "--json"])
    assert.strictEqual(code, 0, stderr)
    const lines = stdout.trimEnd().split("\n")
    for (const line of lines) assert.isObject(JSON.parse(line), line)
    assert.isAbove(lines.length, 2)
    assert.include(stdout, '"loss"')
  })
})
