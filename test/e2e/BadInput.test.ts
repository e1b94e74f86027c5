import { assert, describe } from "vitest"
import { chmodSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { program } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"

const isRoot = process.getuid?.() === 0

/** Commands that are wrong, what must be said about each, and how it must end. */
const mistakes: ReadonlyArray<{
  readonly args: ReadonlyArray<string>
  readonly code: number
  readonly says: ReadonlyArray<RegExp>
}> = [
  { args: ["trian", "train.sh"], code: 2, says: [/trian/, /\btrain\b/] },
  { args: ["train", "train.sh", "--provder", "local"], code: 2, says: [/--provder/, /--provider/] },
  { args: ["train", "train.sh", "--provider", "locl"], code: 2, says: [/locl/, /"local"/] },
  { args: ["train", "train.sh", "--provider", "local", "--max-hours", "soon"], code: 2, says: [/soon/, /max-hours/] },
  { args: ["train", "train.sh", "--provider", "local", "--max-hours", "-1"], code: 2, says: [/max-hours/] },
  { args: ["train", "train.sh", "--provider", "local", "--budget", "ten"], code: 2, says: [/ten/, /budget/] },
  { args: ["train", "train.sh", "--provider", "local", "--env", "=x"], code: 2, says: [/--env/] },
  { args: ["train", "train.sh", "--provider", "local", "--data", "ftp://host/file"], code: 2, says: [/ftp:/] },
  { args: ["train", "train.sh", "--provider", "local", "--data", "nowhere"], code: 2, says: [/nowhere/] },
  { args: ["train", "train.sh", "--provider", "local", "--resume", "nothing"], code: 2, says: [/nothing/] },
  { args: ["train", "train.sh", "--on", "local/here/none"], code: 2, says: [/local\/here\/none/] },
  { args: ["train"], code: 2, says: [/script/i] },
  { args: ["train", "trian.sh", "--provider", "local"], code: 2, says: [/trian\.sh/, /train\.sh/] },
  { args: ["train", "folder", "--provider", "local"], code: 2, says: [/folder/, /is a (folder|directory)/] },
  { args: ["train", "notes.xyz", "--provider", "local"], code: 2, says: [/notes\.xyz/] },
  { args: ["status", "run-nothing"], code: 2, says: [/run-nothing/] },
  { args: ["monitor", "run-nothing", "--follow"], code: 2, says: [/run-nothing/] },
  { args: ["wait", "run-nothing"], code: 2, says: [/run-nothing/] },
  { args: ["runs", "show", "run-nothing"], code: 2, says: [/run-nothing/] },
  { args: ["terminate", "local/this-computer/none"], code: 2, says: [/none/] },
  { args: ["extend", "run-nothing", "2h"], code: 2, says: [/run-nothing/] },
  { args: ["upload", "box", "train.sh", ""], code: 2, says: [/argument is empty/, /path there/] },
  { args: ["providers", "show", "locl"], code: 2, says: [/locl/, /"local"/] }
]

describe.concurrent("a mistake on the command line", () => {
  boxed("is named with what was meant, ends with its code, and changes nothing", async (box) => {
    box.file("train.sh", "echo ran")
    box.file("notes.xyz", "no program\n")
    mkdirSync(join(box.project, "folder"))
    const wrong: Array<string> = []
    for (const { args, code, says } of mistakes) {
      const line = args.join(" ")
      const [plain, json] = await Promise.all([box.run(args), box.run([...args, "--json"])])
      const told = plain.stdout + plain.stderr
      if (plain.code !== code) wrong.push(`${line}: ends with ${plain.code}, not ${code}: ${told}`)
      if (plain.stdout !== "") wrong.push(`${line}: an error is no result: ${plain.stdout}`)
      wrong.push(...says.filter((say) => !say.test(told)).map((say) => `${line}: does not say ${say}: ${told}`))
      if (!/RUNCTL_E_\w+/.test(told)) wrong.push(`${line}: has no code: ${told}`)
      if (json.code !== code) wrong.push(`${line} --json: ends with ${json.code}, not ${code}`)
      try {
        JSON.parse(json.stdout)
      } catch {
        wrong.push(`${line} --json: is no JSON: ${json.stdout}${json.stderr}`)
      }
      if (/\bat .*\.(js|ts):\d+/.test(told)) wrong.push(`${line}: shows a stack: ${told}`)
    }
    assert.deepStrictEqual(wrong, [])
    assert.deepStrictEqual(box.runs, [])
    assert.deepStrictEqual(box.machines, [])
  })

  boxed("names an --env-file that does not exist", async (box) => {
    box.file("train.sh", "echo ran")
    const args = ["train", "train.sh", "--env-file", "none.env", "--json"]
    // Node looks for an --env-file of its own in all arguments, up to the first `--`.
    const { code, stdout } = await box.startProgram(process.execPath, ["--", program, ...args]).ended
    assert.strictEqual(code, 2)
    assert.match(JSON.stringify(JSON.parse(stdout)), /none\.env/)
  })

  boxed(
    "names a script that may not be read",
    async (box) => {
      chmodSync(box.file("train.sh", "echo ran"), 0o000)
      const { code, stderr } = await box.run(["train", "train.sh", "--provider", "local"])
      assert.strictEqual(code, 2)
      assert.match(stderr, /train\.sh/)
    },
    { skip: isRoot ? "root may read everything" : undefined }
  )
})

/** Configurations that are wrong, and what must be said about each. */
const configurations: ReadonlyArray<{ readonly name: string; readonly text: string; readonly says: RegExp }> = [
  { name: "an unknown key", text: "provider: local\nmax-huors: 3\n", says: /runctl\.yaml:2.*max-huors.*max-hours/s },
  { name: "a wrong type", text: "provider: local\nmax-hours: [1]\n", says: /runctl\.yaml:2.*max-hours/s },
  { name: "a tab", text: "provider: local\nproviders:\n\tlocal: {}\n", says: /runctl\.yaml:3.*tab/is },
  {
    name: "a duplicate key",
    text: "provider: local\nprovider: other\n",
    says: /runctl\.yaml:2.*(before|twice|duplicate)/is
  },
  { name: "something that is no YAML", text: "provider: [local\n", says: /runctl\.yaml:[12]/ }
]

describe.concurrent("a mistake in runctl.yaml", () => {
  for (const { name, says, text } of configurations) {
    boxed(`(${name}) is shown with its line, and nothing runs`, async (box) => {
      box.file("runctl.yaml", text)
      box.file("train.sh", "echo ran")
      for (const args of [
        ["config", "validate"],
        ["train", "train.sh"]
      ]) {
        const { code, stderr, stdout } = await box.run(args)
        assert.strictEqual(code, 3, `${args.join(" ")}: ${stdout}${stderr}`)
        assert.match(stderr, says)
        assert.match(stderr, /RUNCTL_E_CONFIG/)
      }
      const json: unknown = JSON.parse((await box.run(["list", "--json"])).stdout)
      assert.isObject(json)
      assert.deepStrictEqual(box.runs, [])
    })
  }
})
