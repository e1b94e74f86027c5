import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { lacking } from "../../test/harness/tools.ts"
import { bashScript } from "../src/completion/bash.ts"
import { printing, tableOf } from "../src/completion/cases.ts"
import { fishScript } from "../src/completion/fish.ts"
import { type Described, wordsOf } from "../src/completion/words.ts"
import { zshScript } from "../src/completion/zsh.ts"

const nasty = `it's a "test" of $(touch sprung) and \`touch sprung\` \\ %s: [x]`

const described: ReadonlyArray<Described> = [
  {
    id: "train",
    summary: nasty,
    args: { script: { name: "script" } },
    flags: {
      provider: { type: "option", summary: nasty },
      market: { type: "option", char: "m", options: ["spot", "on-demand"] },
      yes: { type: "boolean", char: "y" },
      secret: { type: "boolean", hidden: true }
    }
  },
  { id: "runs:list", summary: "list", args: {}, flags: { json: { type: "boolean" } } },
  { id: "runs:logs", summary: "logs", args: { id: { name: "id" } }, flags: {} },
  { id: "internal", hidden: true, args: {}, flags: {} }
]

const all = wordsOf(described, new Map([["runs", "look at runs"]]))

/** A folder with a `runctl` that answers what completion asks, and with a script. */
const prepared = (script: string, name: string): { readonly folder: string; readonly file: string } => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-completion-"))
  writeFileSync(join(folder, "runctl"), `#!/bin/sh\nprintf '%s\\n' "$3-one" '$(touch sprung)' "$3-two"\n`, {
    mode: 0o755
  })
  const file = join(folder, name)
  writeFileSync(file, script)
  return { folder, file }
}

const run = (shell: string, args: ReadonlyArray<string>, folder: string): string => {
  const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder, LANG: "C.UTF-8" }
  const { status, stderr, stdout } = spawnSync(shell, args, { cwd: folder, env, encoding: "utf8", timeout: 20_000 })
  assert.strictEqual(status, 0, stderr)
  assert.strictEqual(stderr, "")
  return stdout
}

const bash = (...words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { file, folder } = prepared(bashScript(all), "script")
  try {
    const line = `. ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
      _runctl; (( \${#COMPREPLY[@]} )) && printf '%s\\n' "\${COMPREPLY[@]}"; [[ ! -e sprung ]]`
    return run("bash", ["--norc", "-c", line], folder)
      .split("\n")
      .filter((word) => word !== "")
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

it("topics are there with their words, and what is hidden is not", () => {
  assert.deepStrictEqual(
    all.map(({ id }) => id),
    ["", "runs", "runs list", "runs logs", "train"]
  )
  for (const script of [bashScript(all), zshScript(all), fishScript(all)]) {
    assert.notInclude(script, "internal")
    assert.notInclude(script, "secret")
  }
})

it("whatever a word holds, a shell prints it as it is and runs nothing of it", () => {
  const { folder } = prepared("", "none")
  try {
    const table = tableOf("words", [[nasty, printing([nasty, "'", "-n"])]])
    const said = run("sh", ["-c", `${table}\nwords "$1"; test ! -e sprung`, "sh", nasty], folder)
    assert.strictEqual(said, `${nasty}\n'\n-n\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const bashMissing = lacking("bash")
describe.skipIf(bashMissing !== undefined)(
  `in bash${bashMissing === undefined ? "" : ` (skipped: ${bashMissing})`}`,
  () => {
    it("commands, topics and flags are completed", () => {
      assert.deepStrictEqual(bash("runctl", "tr"), ["train"])
      assert.deepStrictEqual(bash("runctl", "runs", "l"), ["list", "logs"])
      assert.deepStrictEqual(bash("runctl", "train", "--p"), ["--provider"])
      assert.deepStrictEqual(bash("runctl", "nonsense", ""), [])
    })

    it("values of flags are completed, behind a space, an equals sign and a short name", () => {
      assert.deepStrictEqual(bash("runctl", "train", "--market", "s"), ["spot"])
      assert.deepStrictEqual(bash("runctl", "train", "--market", "=", "o"), ["on-demand"])
      assert.deepStrictEqual(bash("runctl", "train", "--market", "="), ["spot", "on-demand"])
      assert.deepStrictEqual(bash("runctl", "train", "-m", ""), ["spot", "on-demand"])
      assert.deepStrictEqual(bash("runctl", "train", "--yes", "--m"), ["--market"])
    })

    it("names are asked for while they are typed, and nothing in them is run", () => {
      assert.deepStrictEqual(bash("runctl", "train", "--provider", "providers-"), ["providers-one", "providers-two"])
      assert.deepStrictEqual(bash("runctl", "runs", "logs", ""), ["runs-one", "$(touch sprung)", "runs-two"])
      assert.deepStrictEqual(bash("runctl", "runs", "logs", "runs-one", ""), [])
    })

    it("what stands behind -- is the job's own", () => {
      assert.deepStrictEqual(bash("runctl", "train", "x.py", "--", "--p"), [])
    })
  }
)

const fishMissing = lacking("fish")
describe.skipIf(fishMissing !== undefined)(
  `in fish${fishMissing === undefined ? "" : ` (skipped: ${fishMissing})`}`,
  () => {
    it("commands, topics, flags and values are completed", () => {
      const { file, folder } = prepared(fishScript(all), "script.fish")
      try {
        const complete = (line: string): ReadonlyArray<string> =>
          run("fish", ["--no-config", "-c", `source ${file}; complete -C '${line}'`], folder)
            .split("\n")
            .flatMap((each) => (each === "" ? [] : [each.split("\t")[0] ?? ""]))
        assert.deepStrictEqual(complete("runctl tr"), ["train"])
        assert.sameMembers([...complete("runctl runs l")], ["list", "logs"])
        assert.sameMembers([...complete("runctl train --market ")], ["spot", "on-demand"])
        assert.include(complete("runctl runs logs runs-"), "runs-one")
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
)

const zshMissing = lacking("zsh")
describe.skipIf(zshMissing !== undefined)(
  `in zsh${zshMissing === undefined ? "" : ` (skipped: ${zshMissing})`}`,
  () => {
    it("the script parses, and its tables answer", () => {
      const { file, folder } = prepared(zshScript(all), "_runctl")
      try {
        run("zsh", ["-f", "-n", file], folder)
        const line = `compdef() {}; . ${file}; _runctl_below runs; _runctl_value 'train -m'`
        assert.strictEqual(run("zsh", ["-f", "-c", line], folder), "list:list\nlogs:logs\nspot\non-demand\n")
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    })
  }
)
