import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import { processesWith } from "../../../test/harness/processes.ts"
import { until } from "../../../test/harness/until.ts"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { onHosts } from "../hosts.ts"

/** A machine of its own, on this computer or behind SSH, for as long as the body needs it. */
type Place = (box: Box, body: (id: string) => Promise<void>) => Promise<void>

const here: Place = async (box, body) => {
  const { code, stderr } = await box.run(["create", "--provider", "local", "--name", "one"])
  assert.strictEqual(code, 0, stderr)
  await body("one")
  assert.strictEqual((await box.run(["terminate", "one", "--yes"])).code, 0)
}

const behindSsh: Place = (box, body) => onHosts(box, ["one"], () => body("one"))

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

for (const [where, place, skip] of [
  ["on this computer", here, undefined],
  ["behind SSH", behindSsh, withoutSshd]
] as const) {
  const on = (title: string, body: (box: Box, id: string) => Promise<void>): void =>
    boxed(title, (box) => place(box, (id) => body(box, id)), { skip })

  describe.concurrent(`runctl ssh ID -- CMD, ${where}`, () => {
    on("passes the words, the exit code and both outputs on as they are", async (box, id) => {
      const words = ["a b", "$HOME", "'", '"', "*", "\\n", "", "ü\n!"]
      const all = await box.run(["ssh", id, "--", "printf", "<%s>", ...words])
      assert.strictEqual(all.code, 0, all.stderr)
      assert.strictEqual(all.stdout, words.map((word) => `<${word}>`).join(""))
      const failed = await box.run(["ssh", id, "--", "sh", "-c", "echo out; echo err >&2; exit 42"])
      assert.deepStrictEqual([failed.code, failed.stdout, failed.stderr], [42, "out\n", "err\n"])
      const missing = await box.run(["ssh", id, "--", "there-is-no-such-program"])
      assert.strictEqual(missing.code, 127)
      const killed = await box.run(["ssh", id, "--", "sh", "-c", "kill -TERM $$"])
      assert.strictEqual(killed.code, 143, killed.stderr)
    })

    on("passes standard input on, byte for byte, to its end", async (box, id) => {
      const many = Buffer.concat(Array.from({ length: 8000 }, () => everyByte))
      const command = box.start(["ssh", id, "--", "sh", "-c", "cat; exit 3"])
      command.write(many)
      command.closeInput()
      const { bytes, code } = await command.ended
      assert.strictEqual(code, 3)
      assert.isTrue(bytes.equals(many))
    })

    on("shows output as it comes, and ends with the command while its own input stays open", async (box, id) => {
      const command = box.start(["ssh", id, "--", "sh", "-c", "echo first; read x; echo $x"])
      await command.printed(/first\n/)
      command.type("second\n")
      assert.strictEqual((await command.ended).stdout, "first\nsecond\n")
    })

    on("ends the command there when it is interrupted here, with exit code 130", async (box, id) => {
      const marker = `31${id.length}${Math.floor(Math.random() * 1e6)}.5`
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const command = box.start(["ssh", id, "--", "sh", "-c", `sleep ${marker} & echo begun; sleep ${marker}; wait`])
        await command.printed(/begun\n/)
        command.signal(signal)
        assert.strictEqual((await command.ended).code, 130)
        await until("nothing is left of it", () => processesWith([`sleep ${marker}`]).length === 0, 10)
      }
    })

    on("reads a script from standard input when there is no command and no terminal", async (box, id) => {
      const command = box.start(["ssh", id])
      command.type("echo $((6 * 7)); exit 5")
      command.closeInput()
      const { code, stdout } = await command.ended
      assert.deepStrictEqual([code, stdout], [5, "42\n"])
    })

    on("answers one document with --json, and the command's exit code", async (box, id) => {
      const { code, stdout } = await box.run(["ssh", id, "--json", "--", "sh", "-c", "echo out; echo err >&2; exit 9"])
      const { exitCode, stderr, stdout: out } = JSON.parse(stdout)
      assert.deepStrictEqual([code, exitCode, out, stderr], [9, 9, "out\n", "err\n"])
      const wrong = await box.run(["ssh", `${id}-no`, "--json", "--", "true"])
      assert.strictEqual(wrong.code, 2)
      assert.strictEqual(JSON.parse(wrong.stdout).error.code, "RUNCTL_E_UNKNOWN_RESOURCE")
    })

    on("begins in the machine's directory", async (box, id) => {
      const { stdout } = await box.run(["ssh", id, "--", "sh", "-c", '[ "$PWD" = "$RUNCTL_MACHINE_DIR" ] && echo same'])
      assert.strictEqual(stdout, "same\n")
    })
  })
}

describe.concurrent("runctl ssh --all -- CMD", () => {
  boxed(
    "runs on all at once, with whole lines, a result for each, and 7 when it failed on one",
    (box) =>
      onHosts(box, ["one", "two", "three"], async (hosts) => {
        const script = `printf 'a\\nb'; sleep 0.2; printf 'c\\n'; echo err >&2; [ "$PWD" = ${hosts[1]?.home ?? ""} ] && exit 4; exit 0`
        const { code, stderr, stdout } = await box.run(["ssh", "--all", "--", "sh", "-c", script])
        assert.strictEqual(code, 7, stderr)
        const names = ["one", "two", "three"]
        assert.sameMembers(
          stdout.trimEnd().split("\n"),
          names.flatMap((name) => [`${name}: a`, `${name}: bc`])
        )
        for (const name of names) assert.include(stderr, `${name}: err\n`)
        assert.match(stderr, /^two +exit code 4 /m)
        const some = await box.run([
          "ssh",
          "--all",
          "--label",
          "one",
          "--label",
          "three",
          "--json",
          "--",
          "sh",
          "-c",
          script
        ])
        assert.strictEqual(some.code, 0)
        assert.deepStrictEqual(
          JSON.parse(some.stdout).results.map(({ exitCode, name, stdout: out }: Record<string, unknown>) => [
            name,
            exitCode,
            out
          ]),
          [
            ["one", 0, "a\nbc\n"],
            ["three", 0, "a\nbc\n"]
          ]
        )
      }),
    { skip: withoutSshd }
  )

  boxed(
    "says which one was not reached, and ends with 6; the others are done",
    (box) =>
      onHosts(box, ["one", "two"], async ([one]) => {
        await one?.stop()
        const { code, stderr, stdout } = await box.run(["ssh", "--all", "--", "echo", "hello"])
        assert.strictEqual(code, 6)
        assert.strictEqual(stdout, "two: hello\n")
        assert.match(stderr, /^one +error .*RUNCTL_E_MACHINE_UNREACHABLE/m)
        assert.match(stderr, /^two +exit code 0 /m)
      }),
    { skip: withoutSshd }
  )

  boxed("ends everywhere when it is interrupted, and says what had not ended", async (box) => {
    for (const name of ["one", "two"]) {
      assert.strictEqual((await box.run(["create", "--provider", "local", "--name", name])).code, 0)
    }
    const command = box.start(["ssh", "--all", "--", "sh", "-c", "echo begun; exec sleep 4713.25"])
    await command.printed(/one: begun/)
    await command.printed(/two: begun/)
    command.signal("SIGINT")
    const { code, stderr } = await command.ended
    assert.strictEqual(code, 130)
    assert.match(stderr, /^one +interrupted /m)
    assert.match(stderr, /^two +interrupted /m)
    await until("nothing is left of it", () => processesWith(["4713.25"]).length === 0, 10)
    assert.strictEqual((await box.run(["terminate", "one", "two", "--yes"])).code, 0)
  })

  boxed("refuses to do nothing: without a machine, without a command, with a terminal", async (box) => {
    const none = await box.run(["ssh", "--all", "--", "true"])
    assert.strictEqual(none.code, 2)
    assert.match(none.stderr, /RUNCTL_E_NO_MACHINE/)
    assert.strictEqual((await box.run(["ssh", "--all"])).code, 2)
    assert.strictEqual((await box.run(["ssh", "--all", "--tty", "--", "true"])).code, 2)
    assert.strictEqual((await box.run(["ssh"])).code, 2)
    assert.strictEqual((await box.run(["ssh", "a", "b", "--", "true"])).code, 2)
  })
})

describe.concurrent("a host that shows another key", () => {
  boxed(
    "is refused by every command, and taken with --insecure-host-key for that one call, never silently",
    (box) =>
      onHosts(box, ["one"], async ([host]) => {
        box.file("file", "content")
        assert.strictEqual((await box.run(["ssh", "one", "--", "true"])).code, 0)
        await host?.changeHostKey()
        const commands = [
          ["ssh", "one", "--", "echo", "there"],
          ["ssh", "--all", "--", "echo", "there"],
          ["sync", "one"],
          ["upload", "one", "file", "file"],
          ["download", "one", "file", "back"]
        ]
        for (const words of commands) {
          const refused = await box.run(words)
          assert.strictEqual(refused.code, 6, words.join(" "))
          assert.notInclude(refused.stdout, "there")
          const [first = "", ...rest] = words
          const taken = await box.run([first, "--insecure-host-key", ...rest])
          assert.strictEqual(taken.code, 0, `${words.join(" ")}: ${taken.stderr}`)
          assert.match(taken.stderr, /^WARNING: --insecure-host-key/)
          assert.strictEqual((await box.run(words)).code, 6, "only for that one call")
        }
      }),
    { skip: withoutSshd, timeout: 90_000 }
  )
})

describe.concurrent("runctl status", () => {
  boxed(
    "says where a machine is reached, and why its key is trusted",
    (box) =>
      onHosts(
        box,
        ["pinned", "met"],
        async ([pinned]) => {
          const { stdout } = await box.run(["status", "pinned", "--json"])
          const { home: _, port, user } = pinned ?? assert.fail()
          assert.deepStrictEqual(JSON.parse(stdout).ssh, {
            host: "127.0.0.1",
            port,
            user,
            through: [],
            hostKey: "provider"
          })
          const text = (await box.run(["status", "met"])).stdout
          assert.match(text, /reached +\S+@127\.0\.0\.1 port \d+\n +its key is trusted since it was first met/)
        },
        ({ hostKey }, name) => (name === "pinned" ? { hostKey } : {})
      ),
    { skip: withoutSshd }
  )
})
