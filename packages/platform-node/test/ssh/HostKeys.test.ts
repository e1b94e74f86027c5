import { execFileSync } from "node:child_process"
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { HostKeyPolicy } from "@runctl/remote/Ssh"
import * as Effect from "effect/Effect"
import { assert, describe, it } from "vitest"
import { leftOut, withoutSshd } from "../../../../test/harness/withoutSshd.ts"
import { client, endpointOf, opened, started, configure } from "./sessions.ts"

describe.skipIf(withoutSshd !== undefined)(`the key of a host${leftOut(withoutSshd)}`, () => {
  it("is trusted on first use, and refused with advice once it has changed", async () => {
    const sshd = await started()
    const { ask, home, refusal, run } = client()
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
    const file = join(home, "runctl", "machines", "known_hosts")
    assert.include(readFileSync(file, "utf8"), sshd.hostKey)
    await sshd.changeHostKey()
    const reason = await refusal(endpointOf(sshd))
    assert.strictEqual(reason._tag, "Refused")
    assert.include(reason.message, `${file}:1 knows another one`)
    assert.include(reason.message, `ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f ${file}`)
    const insecure = Effect.flatMap(opened(endpointOf(sshd)), ({ shell }) => shell.exec({ script: "echo in" }))
    assert.strictEqual((await run(Effect.provideService(insecure, HostKeyPolicy, "insecure"))).stdout, "in\n")
    assert.notInclude(readFileSync(file, "utf8"), sshd.hostKey)
    execFileSync("ssh-keygen", ["-R", `[127.0.0.1]:${sshd.port}`, "-f", file], { stdio: "ignore" })
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
  })

  it("is the one its provider told, and no other", async () => {
    const [sshd, other] = [await started(), await started()]
    const { ask, refusal } = client()
    assert.strictEqual(
      await ask(endpointOf(sshd, { hostKey: sshd.hostKey, hostKeyName: "runctl-a" }), "echo in"),
      "in\n"
    )
    const reason = await refusal(endpointOf(sshd, { hostKey: other.hostKey, hostKeyName: "runctl-a" }))
    assert.match(reason.message, /not the one its provider told/)
  })

  it("may be the next one too while the machine replaces it, and no third", async () => {
    const [sshd, other] = [await started(), await started()]
    const { ask, refusal } = client()
    for (const [hostKey, nextHostKey] of [
      [sshd.hostKey, other.hostKey],
      [other.hostKey, sshd.hostKey]
    ] as const) {
      const endpoint = endpointOf(sshd, { hostKey, nextHostKey, login: "owner" })
      // The login is another matter.
      assert.match((await refusal(endpoint)).message, /does not let us in/)
      assert.notMatch((await refusal(endpoint)).message, /not the one its provider told/)
    }
    assert.strictEqual(await ask(endpointOf(sshd, { hostKey: sshd.hostKey }), "echo in"), "in\n")
    const third = endpointOf(sshd, { hostKey: other.hostKey, nextHostKey: other.hostKey, login: "owner" })
    assert.match((await refusal(third)).message, /not the one its provider told/)
  })

  it("is remembered under the machine's own name, so that the next one at its address is not taken for it", async () => {
    const sshd = await started()
    const { ask, home } = client()
    await ask(endpointOf(sshd, { hostKeyName: "runctl-one" }), "true")
    await sshd.changeHostKey()
    assert.strictEqual(await ask(endpointOf(sshd, { hostKeyName: "runctl-two" }), "echo in"), "in\n")
    const known = readFileSync(join(home, "runctl", "machines", "known_hosts"), "utf8")
    assert.deepStrictEqual(
      known.split("\n").map((line) => line.split(" ")[0]),
      ["runctl-one", "runctl-two", ""]
    )
  })

  it("is looked up in the user's own hashed file, which OpenSSH itself has written", async () => {
    const sshd = await started()
    const { ask, home, refusal } = client()
    const file = join(home, ".ssh", "known_hosts")
    const options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=accept-new", "-o", "HashKnownHosts=yes"]
    execFileSync(
      "ssh",
      [
        "-F",
        "none",
        ...options,
        "-o",
        `UserKnownHostsFile=${file}`,
        "-i",
        sshd.clientKey.file,
        "-p",
        String(sshd.port),
        "127.0.0.1",
        "true"
      ],
      { stdio: "ignore" }
    )
    configure(home, `Host *\n  StrictHostKeyChecking yes\n`)
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
    assert.isFalse(existsSync(join(home, "runctl", "machines", "known_hosts")))
    const other = await started()
    assert.match((await refusal(endpointOf(other))).message, /StrictHostKeyChecking takes no new ones/)
    appendFileSync(file, `@revoked * ${sshd.hostKey}\n`)
    assert.match((await refusal(endpointOf(sshd))).message, /revoked in .*known_hosts:\d/)
  })

  it("is asked for in the kind that is known, when the host has several", async () => {
    const sshd = await started({ hostKeys: ["ed25519", "ecdsa"] })
    const { ask, home } = client()
    const [, known = ""] = sshd.knownHosts.split("\n")
    assert.include(known, "ecdsa")
    writeFileSync(join(home, ".ssh", "known_hosts"), `${known}\n`)
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
  })
})
