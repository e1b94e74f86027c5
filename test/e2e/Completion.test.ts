import { assert, describe } from "vitest"
import { boxed } from "../harness/boxed.ts"
import { lacking } from "../harness/tools.ts"

/** Shells we complete for, and how each checks a script without running it. */
const shells = [
  { shell: "bash", check: ["-n"] },
  { shell: "zsh", check: ["-n"] },
  { shell: "fish", check: ["--no-execute"] }
] as const

describe.concurrent("completion", () => {
  for (const { check, shell } of shells) {
    boxed(
      `completes its commands in ${shell}`,
      async (box) => {
        const { code, stderr, stdout } = await box.run(["completion", shell])
        assert.strictEqual(code, 0, stderr)
        const script = box.file("completion", stdout)
        const checked = await box.startProgram(shell, [...check, script]).ended
        assert.strictEqual(checked.code, 0, checked.stderr)
        for (const word of ["train", "monitor", "terminate"]) assert.include(stdout, word)
      },
      { skip: lacking(shell) }
    )
  }

  boxed(
    "completes a command, a topic and a flag in bash",
    async (box) => {
      const { stdout } = await box.run(["completion", "bash"])
      const script = box.file("completion", stdout)
      const complete = async (...words: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
        const list = words.map((word) => `'${word}'`).join(" ")
        const body = `. '${script}'; COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; COMP_LINE="\${COMP_WORDS[*]}"; COMP_POINT=\${#COMP_LINE}
          fn=$(complete -p runctl | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $fn runctl '${words.at(-1) ?? ""}' '${words.at(-2) ?? ""}'; printf '%s\\n' "\${COMPREPLY[@]}"`
        const { code, stderr, stdout: said } = await box.startProgram("bash", ["-c", body]).ended
        assert.strictEqual(code, 0, stderr)
        return said.split("\n").map((word) => word.trim())
      }
      assert.include(await complete("runctl", "tra"), "train")
      assert.include(await complete("runctl", "runs", "lo"), "logs")
      assert.include(await complete("runctl", "train", "--prov"), "--provider")
    },
    { skip: lacking("bash") }
  )
})
