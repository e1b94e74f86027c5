import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { SshMachine } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { assert, describe, it } from "vitest"
import { leftOut, withoutSshd } from "../../../../test/harness/withoutSshd.ts"
import { client, endpointOf, opened, started, configure } from "./sessions.ts"

describe.skipIf(withoutSshd !== undefined)(`the way to a host${leftOut(withoutSshd)}`, () => {
  it("goes through several hosts to jump through, each verified itself", async () => {
    const [gate, hall, room] = [await started(), await started(), await started()]
    const { ask, home, refusal } = client()
    const block = (name: string, sshd: SshMachine, more = ""): string =>
      `Host ${name}\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.clientKey.file}\n${more}`
    configure(home, block("gate", gate) + block("hall", hall) + block("room", room, "  ProxyJump gate,hall\n"))
    const endpoint = { _tag: "Ssh", host: "room", login: "user" } as const
    assert.strictEqual(await ask(endpoint, "echo in"), "in\n")
    const known = readFileSync(join(home, "runctl", "machines", "known_hosts"), "utf8")
    for (const sshd of [gate, hall, room]) assert.include(known, sshd.hostKey)
    await hall.stop()
    const reason = await refusal(endpoint)
    assert.strictEqual(reason._tag, "Unreachable")
    assert.include(reason.message, String(hall.port))
  })

  it("says which host does not lead on", async () => {
    const [gate, room] = [await started({ config: ["AllowTcpForwarding no"] }), await started()]
    const { home, refusal } = client()
    configure(home, `Host 127.0.0.1\n  IdentityFile ${gate.clientKey.file}\n`)
    const reason = await refusal(endpointOf(room, { jump: [`127.0.0.1:${gate.port}`] }))
    assert.strictEqual(reason._tag, "Refused")
    assert.match(reason.message, /does not lead on/)
  })

  it("goes through the program that the configuration names, and passes on what that says", async () => {
    const sshd = await started()
    const { ask, home, refusal } = client()
    const hop = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s);s.pipe(process.stdout)"`
    configure(
      home,
      `Host good\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.clientKey.file}\n  ProxyCommand ${hop}\nHost bad\n  ProxyCommand sh -c "echo no way >&2; exit 1"\nHost late\n  ProxyCommand sh -c "trap : TERM; exec >&-; sleep 0.2; echo too late >&2"\n`
    )
    assert.strictEqual(await ask({ _tag: "Ssh", host: "good", login: "user" }, "echo in"), "in\n")
    assert.match((await refusal({ _tag: "Ssh", host: "bad", login: "user" })).message, /no way/)
    assert.match((await refusal({ _tag: "Ssh", host: "late", login: "user" })).message, /too late/)
  })

  it("opens more connections only to a machine that allows too few sessions on one", async () => {
    const sshd = await started({ config: ["MaxSessions 1"] })
    await client().run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        const followed = yield* Effect.forkChild(Stream.runDrain(shell.stream({ script: "sleep 3" })))
        yield* Effect.sleep("500 millis")
        assert.strictEqual(sshd.connections(), 1)
        const answers = yield* Effect.forEach(
          [1, 2, 3, 4],
          (each) => shell.exec({ script: `sleep 0.2; echo ${each}` }),
          {
            concurrency: 4
          }
        )
        assert.strictEqual(answers.map(({ stdout }) => stdout).join(""), "1\n2\n3\n4\n")
        assert.isAtMost(sshd.connections(), 5)
        yield* Fiber.join(followed)
      })
    )
  })
})
