import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ShellCommand } from "@runctl/core/Shell"
import * as AfterNonce from "../src/internal/afterNonce.ts"
import { firstLine, type Surroundings, terminalCommand, wrapper } from "../src/internal/framing.ts"
import { afterAll, assert, describe, it } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "runctl-framing-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const has = (program: string): boolean => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0

/** A login shell that greets, as a badly written `.bashrc` does. */
const greeting = join(folder, "greeting")
writeFileSync(greeting, '#!/bin/sh\necho "Welcome to the cluster! ~not~"; echo warning >&2\nexec sh "$@"\n', {
  mode: 0o755
})
if (has("busybox")) symlinkSync("/bin/busybox", join(folder, "ash"))

/** What sshd runs: the login shell with `-c` and the command. */
const loginShells: ReadonlyArray<readonly [string, string, string?]> = [
  ["sh", "sh"],
  ["one that greets", greeting],
  ...["dash", "bash", "zsh", "fish", "tcsh", "csh", "mksh"].map((name) => [name, name, name] as const),
  ["busybox's", join(folder, "ash"), "busybox"]
]

const nowhere: Surroundings = { directory: undefined, environment: {} }

const nonce = "~nonce~"

const ran = (loginShell: string, command: ShellCommand, input = "", around: Surroundings = nowhere) => {
  const { stderr, stdout } = spawnSync(loginShell, ["-c", wrapper], {
    input: Buffer.concat([Buffer.from(firstLine(around, command, nonce)), Buffer.from(input)]),
    env: { PATH: process.env["PATH"], HOME: folder }
  })
  const found = AfterNonce.make(nonce).push(stdout)
  const said = AfterNonce.make(nonce).push(stderr)
  return {
    stdout: found._tag === "Began" ? Buffer.from(found.rest).toString() : found,
    stderr: said._tag === "Began" ? Buffer.from(said.rest).toString() : said
  }
}

const awkward = [
  "a b",
  "$(touch owned)",
  "`x`",
  "it's",
  'say "hi"',
  "back\\slash \\n \\0101 \\c",
  "two\nlines\r",
  "!bang",
  "%s",
  "",
  "ünï✓",
  "*"
]

for (const [name, loginShell, needs] of loginShells) {
  const isMissing = needs !== undefined && !has(needs)
  describe.skipIf(isMissing)(
    `a command by way of the login shell ${name}${isMissing ? " (left out: it is not installed)" : ""}`,
    () => {
      it("gets its words, its variables and its input as they are", () => {
        const { stderr, stdout } = ran(
          loginShell,
          {
            script: 'printf "<%s>" "$@"\nprintf "<%s>" "$WORD"\ncat\necho done >&2',
            args: awkward,
            environment: { WORD: awkward.join("|") }
          },
          "input ' \\ $x\nmore"
        )
        assert.strictEqual(
          stdout,
          [...awkward, awkward.join("|")].map((word) => `<${word}>`).join("") + "input ' \\ $x\nmore"
        )
        assert.strictEqual(stderr, "done\n")
      })

      it("leaves all input to a script that reads its own script from there", () => {
        assert.strictEqual(ran(loginShell, { script: "exec sh" }, "echo one\necho two\n").stdout, "one\ntwo\n")
      })

      it("begins in the machine's directory, and says when there is none", () => {
        const around = { directory: "/usr/share", environment: {} }
        assert.strictEqual(
          ran(loginShell, { script: "pwd; echo $RUNCTL_MACHINE_DIR", cwd: ".." }, "", around).stdout,
          "/usr\n/usr/share\n"
        )
        const none = ran(loginShell, { script: "echo no" }, "", {
          directory: "/no/such 'place",
          environment: {}
        }).stdout
        if (typeof none === "string" || none._tag !== "Refused") assert.fail(JSON.stringify(none))
        assert.match(Buffer.from(none.reason).toString(), /there is no folder \/no\/such 'place/)
      })

      it("gets its words in a terminal too, where its input is not ours", () => {
        const command = terminalCommand(nowhere, { script: 'printf "<%s>" "$@"; cat', args: awkward })
        if (command === undefined) assert.fail("no command")
        const { stdout } = spawnSync(loginShell, ["-c", command], {
          input: "typed",
          env: { PATH: process.env["PATH"], HOME: folder }
        })
        assert.include(stdout.toString(), awkward.map((word) => `<${word}>`).join("") + "typed")
      })
    }
  )
}

describe("what a login shell says before a command", () => {
  it("is cut off, however the bytes come", () => {
    const whole = Buffer.from(`banner ~non ~nonce ${nonce}\nown ${nonce}\n`)
    for (let size = 1; size < whole.length; size++) {
      const looking = AfterNonce.make(nonce)
      let own = ""
      let isBegun = false
      for (let at = 0; at < whole.length; at += size) {
        const piece = whole.subarray(at, at + size)
        const found = isBegun ? { _tag: "Began" as const, rest: piece, pid: 1 } : looking.push(piece)
        if (found._tag !== "Began") continue
        isBegun = true
        own += Buffer.from(found.rest).toString()
      }
      assert.strictEqual(own, `own ${nonce}\n`)
    }
  })

  it("is not kept without end", () => {
    const looking = AfterNonce.make(nonce)
    for (let round = 0; round < 40; round++) looking.push(Buffer.alloc(65_536, "x"))
    assert.isBelow(looking.said().length, 300_000)
    assert.strictEqual(looking.push(Buffer.from(`${nonce}\nrest`))._tag, "Began")
  })
})
