import { execFileSync, spawn } from "node:child_process"
import { appendFileSync, chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { SshMachine } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { assert, describe, it, onTestFinished } from "vitest"
import { leftOut, withoutSshd } from "../../../../test/harness/withoutSshd.ts"
import { until } from "../../../../test/harness/until.ts"
import { keygen } from "./openssh.ts"
import { client, endpointOf, opened, started, configure } from "./sessions.ts"

describe.skipIf(withoutSshd !== undefined)(`logging in${leftOut(withoutSshd)}`, () => {
  const authorize = (sshd: SshMachine, publicKey: string): void =>
    appendFileSync(join(sshd.folder, "authorized_keys"), readFileSync(publicKey))

  const keyFor = (sshd: SshMachine, type: string, passphrase = "", format?: string): string => {
    const file = join(sshd.folder, `key-${type}-${passphrase.length}-${format ?? ""}`)
    // A longer one takes seconds to be found.
    keygen("-t", type, ...(type === "rsa" ? ["-b", "2048"] : []), "-N", passphrase, "-f", file)
    if (format !== undefined) keygen("-p", "-P", passphrase, "-N", passphrase, "-m", format, "-f", file)
    authorize(sshd, `${file}.pub`)
    return file
  }

  for (const [type, format] of [["ed25519"], ["ecdsa"], ["rsa"], ["rsa", "PEM"], ["ecdsa", "PKCS8"]] as const) {
    it(`succeeds with a key of type ${type}${format === undefined ? "" : ` in ${format}`}`, async () => {
      const sshd = await started()
      const identityFile = keyFor(sshd, type, "", format)
      assert.strictEqual(await client().ask(endpointOf(sshd, { identityFile }), "echo in"), "in\n")
    })
  }

  it("asks for a passphrase once, and only when the machine takes the key", async () => {
    const sshd = await started()
    const asked: Array<string> = []
    const prompt = (file: string, isAgain: boolean) =>
      Effect.sync(() => {
        asked.push(`${file} ${isAgain}`)
        return Redacted.make(isAgain ? "open sesame" : "wrong")
      })
    const { home, run } = client({ prompt })
    const good = keyFor(sshd, "ed25519", "open sesame")
    const unknown = join(sshd.folder, "unknown")
    keygen("-t", "ed25519", "-N", "secret", "-f", unknown)
    configure(home, `Host *\n  IdentityFile ${unknown}\n  IdentityFile ${good}\n`)
    const endpoint = { _tag: "Ssh", host: "127.0.0.1", port: sshd.port, login: "user" } as const
    await run(
      Effect.gen(function* () {
        assert.strictEqual((yield* (yield* opened(endpoint)).shell.exec({ script: "echo 1" })).stdout, "1\n")
        sshd.killConnections()
        yield* Effect.sleep("200 millis")
        assert.strictEqual((yield* (yield* opened(endpoint)).shell.exec({ script: "echo 2" })).stdout, "2\n")
      })
    )
    assert.deepStrictEqual(asked, [`${good} false`, `${good} true`])
  })

  it("says how to go on when nobody can tell the passphrase", async () => {
    const sshd = await started()
    const identityFile = keyFor(sshd, "ed25519", "secret")
    const reason = await client().refusal(endpointOf(sshd, { identityFile }))
    assert.strictEqual(reason._tag, "Refused")
    assert.include(reason.message, `ssh-add ${identityFile}`)
  })

  it("succeeds with an encrypted key that the agent holds, without asking", async () => {
    const sshd = await started()
    const identityFile = keyFor(sshd, "ecdsa", "secret")
    const agent = join(sshd.folder, "agent")
    const daemon = spawn("ssh-agent", ["-D", "-a", agent], { stdio: "ignore" })
    onTestFinished(() => void daemon.kill())
    await until("the agent listens", () => existsSync(agent))
    const askpass = join(sshd.folder, "askpass")
    writeFileSync(askpass, "#!/bin/sh\necho secret\n", { mode: 0o755 })
    execFileSync("ssh-add", ["-q", identityFile], {
      env: { ...process.env, SSH_AUTH_SOCK: agent, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: "force" },
      stdio: "ignore"
    })
    assert.strictEqual(await client({ agent }).ask(endpointOf(sshd, { identityFile }), "echo in"), "in\n")
  })

  it("refuses a key that others can read, with the command to run", async () => {
    const sshd = await started()
    const identityFile = join(sshd.folder, "open")
    copyFileSync(sshd.clientKey.file, identityFile)
    chmodSync(identityFile, 0o644)
    const reason = await client().refusal(endpointOf(sshd, { identityFile }))
    assert.include(reason.message, `chmod 600 ${identityFile}`)
  })

  it("shows the rest of its keys to a machine that hangs up after a few", async () => {
    const sshd = await started({ config: ["MaxAuthTries 2"] })
    const { ask, home } = client()
    const others = Array.from({ length: 5 }, (_, index) => {
      const file = join(sshd.folder, `other${index}`)
      keygen("-t", "ed25519", "-N", "", "-f", file)
      return file
    })
    configure(home, `Host *\n${[...others, sshd.clientKey.file].map((file) => `  IdentityFile ${file}\n`).join("")}`)
    const endpoint = { _tag: "Ssh", host: "127.0.0.1", port: sshd.port, login: "user" } as const
    assert.strictEqual(await ask(endpoint, "echo in"), "in\n")
  })

  it("names the keys that were not taken, and what the machine takes instead of keys", async () => {
    const sshd = await started()
    const wrong = join(sshd.folder, "wrong")
    keygen("-t", "ed25519", "-N", "", "-f", wrong)
    const reason = await client().refusal(endpointOf(sshd, { identityFile: wrong }))
    assert.include(reason.message, `takes none of these keys: ${wrong}`)
    const keyless = await started({ config: ["PubkeyAuthentication no", "PasswordAuthentication yes"] })
    assert.match((await client().refusal(endpointOf(keyless))).message, /takes no keys, only password/)
  })

  it("says what a login answers that runs no commands", async () => {
    const sshd = await started({ config: ["ForceCommand echo 'This account is closed.'"] })
    const reason = await client().refusal(endpointOf(sshd))
    assert.strictEqual(reason._tag, "Refused")
    assert.match(reason.message, /runs no commands .*This account is closed\./)
  })

  it("makes one key for its owner, for rented machines, and shows nothing else to them", async () => {
    const sshd = await started({ config: ["LogLevel VERBOSE"] })
    const { ask, home, refusal } = client()
    const endpoint = {
      _tag: "Ssh",
      host: "127.0.0.1",
      port: sshd.port,
      user: sshd.user,
      hostKeyName: "runctl-k"
    } as const
    copyFileSync(sshd.clientKey.file, join(home, ".ssh", "id_ed25519"))
    chmodSync(join(home, ".ssh", "id_ed25519"), 0o600)
    assert.match((await refusal(endpoint)).message, /takes none of these keys: .*machines\/id_ed25519$/)
    authorize(sshd, join(home, "runctl", "machines", "id_ed25519.pub"))
    assert.strictEqual(await ask(endpoint, "echo in"), "in\n")
  })
})
