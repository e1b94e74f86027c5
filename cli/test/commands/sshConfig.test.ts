import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { SshMachine } from "@runctl/testkit/SshMachine"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"
import type { Outcome } from "../../../test/harness/Command.ts"
import { lacking } from "../../../test/harness/tools.ts"
import { withoutSshd } from "../../../test/harness/withoutSshd.ts"
import { authorizedKeys, onHosts } from "../hosts.ts"

const configOf = (box: Box): string => join(box.folder, "user", ".ssh", "config")
const written = (box: Box): string => join(box.home, "ssh", "config")

/** A program of OpenSSH's own that reads nothing but the user's configuration; it finds that by the password file. */
const openSsh = (box: Box, program: string, ...args: ReadonlyArray<string>): Promise<Outcome> => {
  const command = box.startProgram(program, ["-F", configOf(box), "-o", "BatchMode=yes", ...args])
  command.closeInput()
  return command.ended
}

const noRsync = lacking("rsync")

describe.concurrent("runctl ssh-config", () => {
  boxed(
    "lets ssh, scp and rsync reach machines by their names",
    (box) =>
      onHosts(box, ["one", "two"], async ([one, two]) => {
        mkdirSync(join(box.folder, "user", ".ssh"), { mode: 0o700 })
        writeFileSync(configOf(box), "Host *\n  ProxyCommand false\n  User nobody\n", { mode: 0o600 })
        assert.strictEqual((await box.run(["ssh", "one", "--", "true"])).code, 0)
        const { code, stderr, stdout } = await box.run(["ssh-config", "--install"])
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(stdout, "runctl-one\nrunctl-two\n")
        for (const [name, host] of [
          ["one", one],
          ["two", two]
        ] as const) {
          const ran = await openSsh(box, "ssh", `runctl-${name}`, `echo here >${host?.home ?? ""}/said; exit 7`)
          assert.strictEqual(ran.code, 7, ran.stderr)
          assert.strictEqual(readFileSync(join(host?.home ?? "", "said"), "utf8"), "here\n")
        }
        box.file("data.bin", Buffer.alloc(100_000, 7))
        const copied = await openSsh(box, "scp", "data.bin", `runctl-two:${two?.home ?? ""}/copy`)
        assert.strictEqual(copied.code, 0, copied.stderr)
        assert.strictEqual(statSync(join(two?.home ?? "", "copy")).size, 100_000)
        if (noRsync !== undefined) return
        const remote = `ssh -F ${configOf(box)} -o BatchMode=yes`
        const synced = box.startProgram("rsync", ["-a", "-e", remote, "./", `runctl-one:${one?.home ?? ""}/tree/`])
        assert.strictEqual((await synced.ended).code, 0, synced.stderr)
        assert.strictEqual(statSync(join(one?.home ?? "", "tree", "data.bin")).size, 100_000)
      }),
    { skip: withoutSshd }
  )

  boxed(
    "lets OpenSSH accept no other key than runctl does",
    (box) =>
      onHosts(
        box,
        ["pinned", "met", "new"],
        async ([pinned, met]) => {
          assert.strictEqual((await box.run(["ssh", "pinned", "met", "--all", "--", "true"])).code, 0)
          assert.strictEqual((await box.run(["ssh-config", "--install"])).code, 0)
          assert.strictEqual((await openSsh(box, "ssh", "runctl-pinned", "true")).code, 0)
          assert.strictEqual((await openSsh(box, "ssh", "runctl-met", "true")).code, 0)
          const unknown = await openSsh(box, "ssh", "runctl-new", "true")
          assert.strictEqual(unknown.code, 255, "a key that nobody has seen is not taken")
          await pinned?.changeHostKey()
          await met?.changeHostKey()
          for (const name of ["pinned", "met"]) {
            const refused = await openSsh(box, "ssh", `runctl-${name}`, "true")
            assert.strictEqual(refused.code, 255)
            assert.match(refused.stderr, /verification failed/i)
            assert.strictEqual((await box.run(["ssh", name, "--", "true"])).code, 6)
          }
        },
        ({ hostKey }, name) => (name === "pinned" ? { hostKey } : { hostKeyName: `lab-${name}` })
      ),
    { skip: withoutSshd }
  )

  boxed(
    "writes for the user alone, installs its line once, and only looks with --print and --dry-run",
    (box) =>
      onHosts(box, ["one"], async () => {
        for (const flag of ["--print", "--dry-run"]) {
          const looked = await box.run(["ssh-config", flag])
          assert.strictEqual(looked.code, 0, looked.stderr)
          assert.include(looked.stdout, "runctl-one")
          assert.isFalse(existsSync(written(box)))
        }
        assert.isFalse(existsSync(configOf(box)))
        const plain = await box.run(["ssh-config"])
        assert.include(plain.stderr, `Include ${written(box)}`)
        assert.isFalse(existsSync(configOf(box)))
        for (const turn of [1, 2]) {
          const { stdout } = await box.run(["ssh-config", "--install", "--json"])
          const { hosts, installed } = JSON.parse(stdout)
          assert.deepStrictEqual([installed, hosts[0].host], [true, "runctl-one"], `turn ${turn}`)
        }
        assert.strictEqual(readFileSync(configOf(box), "utf8"), `Include ${written(box)}\n`)
        for (const file of [configOf(box), written(box), join(box.home, "ssh", "known_hosts")]) {
          assert.strictEqual(statSync(file).mode & 0o077, 0, file)
        }
        assert.notInclude(readFileSync(written(box), "utf8"), "PRIVATE KEY")
      }),
    { skip: withoutSshd }
  )

  boxed(
    "leads OpenSSH through the same hosts, with the user's own key for those",
    async (box) => {
      const key = join(box.folder, "user-key")
      spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key])
      copyFileSync(`${key}.pub`, authorizedKeys(box))
      mkdirSync(join(box.folder, "user", ".ssh"), { mode: 0o700 })
      const gate = await SshMachine.start({ config: [`AuthorizedKeysFile ${authorizedKeys(box)}`] })
      const own = ["Host gate", "  HostName 127.0.0.1", `  Port ${gate.port}`, `  User ${gate.user}`]
      writeFileSync(configOf(box), [...own, `  IdentityFile ${key}`, ""].join("\n"), { mode: 0o600 })
      const body = async (): Promise<void> => {
        const direct = await box.run(["ssh", "inner", "--", "echo", "inside"])
        assert.deepStrictEqual([direct.code, direct.stdout], [0, "inside\n"], direct.stderr)
        assert.strictEqual((await box.run(["ssh-config", "--install"])).code, 0)
        const { code, stderr, stdout } = await openSsh(box, "ssh", "runctl-inner", "echo inside too")
        assert.deepStrictEqual([code, stdout], [0, "inside too\n"], stderr)
        await gate.stop()
        const down = await box.run(["ssh", "inner", "--", "true"])
        assert.strictEqual(down.code, 6)
        assert.match(down.stderr, /RUNCTL_E_MACHINE_UNREACHABLE/)
        assert.strictEqual((await openSsh(box, "ssh", "runctl-inner", "true")).code, 255)
      }
      try {
        await onHosts(box, ["inner"], body, ({ hostKey }) => ({ hostKey, jump: ["gate"] }))
      } finally {
        await gate.close()
      }
    },
    { skip: withoutSshd }
  )

  boxed("has nothing to say of machines that are this computer", async (box) => {
    assert.strictEqual((await box.run(["create", "--provider", "local"])).code, 0)
    const { hosts, leftOut } = JSON.parse((await box.run(["ssh-config", "--json"])).stdout)
    assert.deepStrictEqual([hosts, leftOut], [[], []])
    const id = box.machines[0]?.resource?.id ?? ""
    assert.strictEqual((await box.run(["terminate", id, "--yes"])).code, 0)
  })
})
