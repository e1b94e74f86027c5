import { execFileSync, spawn } from "node:child_process"
import { appendFileSync, chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { HostKeyPolicy } from "@runctl/remote/Ssh"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "vitest"
import { FaultProxy } from "../../../../test/harness/FaultProxy.ts"
import { leftOut, Sshd, withoutMachines, withoutSshd } from "../../../../test/harness/Sshd.ts"
import { until } from "../../../../test/harness/until.ts"
import { keygen } from "./openssh.ts"
import { client, endpointOf, opened } from "./sessions.ts"

const started = async (...options: Parameters<typeof Sshd.start>): Promise<Sshd> => {
  const sshd = await Sshd.start(...options)
  onTestFinished(() => sshd.destroy())
  return sshd
}

const machine = async (...options: Parameters<typeof Sshd.machine>): Promise<Sshd> => {
  const sshd = await Sshd.machine(...options)
  onTestFinished(() => sshd.destroy())
  return sshd
}

const config = (home: string, text: string): void => {
  writeFileSync(join(home, ".ssh", "config"), text, { mode: 0o600 })
}

describe.skipIf(withoutSshd !== undefined)(`a session over SSH${leftOut(withoutSshd)}`, () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await Sshd.start()
  })
  afterAll(() => sshd.destroy())

  it("runs commands with words, input, both outputs and an exit code", async () => {
    const { run } = client()
    const answer = await run(
      Effect.flatMap(opened(endpointOf(sshd, { environment: { MARK: "it's" } })), ({ shell }) =>
        shell.exec({
          script: 'printf "%s|" "$@" "$MARK"; cat; echo err >&2; exit 7',
          args: ["a b", "$(c)"],
          stdin: "in"
        })
      )
    )
    assert.deepStrictEqual(answer, { exitCode: 7, stdout: "a b|$(c)|it's|in", stderr: "err\n" })
  })

  it("carries many commands at once over one connection, which goes when nobody needs it", async () => {
    const { run } = client()
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        const other = yield* opened(endpointOf(sshd))
        const answers = yield* Effect.forEach(
          Array.from({ length: 8 }, (_, index) => String(index)),
          (word) =>
            (Number(word) % 2 === 0 ? shell : other.shell).exec({ script: 'sleep 0.3; echo "$1"', args: [word] }),
          { concurrency: 8 }
        )
        assert.deepStrictEqual(
          answers.map(({ stdout }) => stdout),
          [..."01234567"].map((word) => `${word}\n`)
        )
        assert.strictEqual(sshd.connections, 1)
      })
    )
    await until("the connection is closed", () => sshd.connections === 0)
  })

  it("passes on binary output as it comes, and ends a command that nobody listens to any more", async () => {
    const { run } = client()
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        const first = yield* shell
          .stream({ script: "printf 'a\\0\\377'; sleep 4712" })
          .pipe(Stream.take(1), Stream.runCollect)
        assert.deepStrictEqual(
          first.map((part) => (part._tag === "Stdout" ? [...part.bytes] : part)),
          [[97, 0, 255]]
        )
      })
    )
    await until("the command has ended", () => execFileSync("sh", ["-c", "pgrep -f '^sleep 4712' || :"]).length === 0)
  })

  it("moves far more than fits into memory at once, at the reader's pace", async () => {
    const { run } = client()
    const total = 200 * 1024 * 1024
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        let bytes = 0
        let most = 0
        yield* shell.stream({ script: `head -c ${total} /dev/zero` }).pipe(
          Stream.runForEachArray((parts) => {
            for (const part of parts) if (part._tag === "Stdout") bytes += part.bytes.length
            most = Math.max(most, parts.length)
            return bytes < 8 * 1024 * 1024 ? Effect.sleep("1 millis") : Effect.void
          })
        )
        assert.strictEqual(bytes, total)
        assert.isBelow(most, 200)
      })
    )
  })

  it("writes a file whole or not at all, and reads it from a byte on", async () => {
    const { run, home } = client()
    const file = join(home, "below", "a 'file'")
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        yield* shell.put(file, Stream.make(Uint8Array.of(1, 2, 3, 0, 255)), { mode: 0o640 })
        assert.deepStrictEqual([...readFileSync(file)], [1, 2, 3, 0, 255])
        assert.deepStrictEqual([...(yield* Stream.mkUint8Array(shell.get(file, { fromByte: 3 })))], [0, 255])
        const cut = yield* Effect.forkChild(shell.put(file, Stream.concat(Stream.make(Uint8Array.of(9)), Stream.never)))
        yield* Effect.sleep("300 millis")
        yield* Fiber.interrupt(cut)
        yield* Effect.sleep("300 millis")
        const none = yield* Effect.flip(Stream.runDrain(shell.get(join(home, "none"))))
        assert.strictEqual(none.reason._tag, "Refused")
      })
    )
    assert.deepStrictEqual([...readFileSync(file)], [1, 2, 3, 0, 255])
    await until(
      "nothing half-written is left",
      () => execFileSync("ls", [join(home, "below")]).toString() === "a 'file'\n"
    )
  })

  it("has a terminal of the size that was asked for, and its changes", async () => {
    const { run } = client()
    let seen = ""
    const code = await run(
      Effect.flatMap(opened(endpointOf(sshd, { directory: "/usr/share" })), ({ terminal }) =>
        terminal({
          command: { script: "pwd; stty size; trap 'stty size; exit 5' WINCH; while :; do sleep 0.1; done" },
          term: "xterm",
          size: { columns: 91, rows: 17 },
          resizes: Stream.fromEffect(Effect.as(Effect.sleep("1 second"), { columns: 120, rows: 40 })),
          input: Stream.never,
          output: (bytes) =>
            Effect.sync(() => {
              seen += Buffer.from(bytes).toString()
            })
        })
      )
    )
    assert.strictEqual(code, 5)
    assert.strictEqual(seen, "/usr/share\r\n17 91\r\n40 120\r\n")
  })

  it("connects to a port that the machine reaches, half by half, and says when nothing listens", async () => {
    const echo = createServer({ allowHalfOpen: true }, (socket) => {
      const got: Array<Buffer> = []
      socket.on("data", (chunk: Buffer) => got.push(chunk))
      socket.on("end", () => socket.end(Buffer.concat(got).toString().toUpperCase()))
    })
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve))
    onTestFinished(() => void echo.close())
    const address = echo.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const { run } = client()
    await run(
      Effect.gen(function* () {
        const { dial } = yield* opened(endpointOf(sshd))
        const { received, send } = yield* dial("127.0.0.1", port)
        yield* send(Stream.make(Buffer.from("hello "), Buffer.from("there")))
        assert.strictEqual(Buffer.from(yield* Stream.mkUint8Array(received)).toString(), "HELLO THERE")
        const error = yield* Effect.flip(dial("127.0.0.1", 1))
        assert.strictEqual(error.reason._tag, "Refused")
        assert.match(error.message, /127\.0\.0\.1:1 is not reached from the machine/)
      })
    )
  })

  it("is opened anew after it was cut, and what ran is reported as cut", async () => {
    const { run } = client()
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        const running = yield* Effect.forkChild(Effect.flip(shell.exec({ script: "echo before; sleep 60" })))
        yield* Effect.sleep("500 millis")
        sshd.cut()
        const error = yield* Fiber.join(running)
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.match(error.message, /was cut/)
        assert.strictEqual((yield* shell.exec({ script: "echo again" })).stdout, "again\n")
      })
    )
  })

  it("finds out that the other side has frozen", async () => {
    const proxy = await FaultProxy.start(sshd.port)
    onTestFinished(() => proxy.close())
    const { home, run } = client()
    config(
      home,
      `Host frozen\n  HostName 127.0.0.1\n  Port ${proxy.port}\n  IdentityFile ${sshd.key}\n  ServerAliveInterval 1\n  ServerAliveCountMax 2\n`
    )
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened({ _tag: "Ssh", host: "frozen", login: "user" })
        const running = yield* Effect.forkChild(Effect.flip(shell.exec({ script: "sleep 60" })))
        yield* Effect.sleep("500 millis")
        proxy.faults = { isFrozen: true }
        const error = yield* Effect.timeout(Fiber.join(running), "15 seconds")
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.match(error.message, /does not answer any more/)
      })
    )
  })

  it("gives up on what accepts and never answers, within the time to connect", async () => {
    const proxy = await FaultProxy.start(sshd.port, { isFrozen: true })
    onTestFinished(() => proxy.close())
    const { home, refusal } = client()
    config(home, `Host *\n  ConnectTimeout 1\n`)
    const began = performance.now()
    const reason = await refusal(endpointOf(sshd, { port: proxy.port }))
    assert.strictEqual(reason._tag, "Unreachable")
    assert.match(reason.message, /did not finish the handshake within 1 s/)
    assert.isBelow(performance.now() - began, 5000)
  })

  it("waits for a machine that hangs up because it is busy with others", async () => {
    const proxy = await FaultProxy.start(sshd.port, { refuses: true })
    onTestFinished(() => proxy.close())
    setTimeout(() => {
      proxy.faults = {}
    }, 300)
    assert.strictEqual(await client().ask(endpointOf(sshd, { port: proxy.port }), "echo in"), "in\n")
    assert.isAbove(proxy.connections, 1)
  })
})

describe.skipIf(withoutSshd !== undefined)(`the key of a host${leftOut(withoutSshd)}`, () => {
  it("is trusted on first use, and refused with advice once it has changed", async () => {
    const sshd = await started()
    const { ask, home, refusal, run } = client()
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
    const file = join(home, "runctl", "machines", "known_hosts")
    assert.include(readFileSync(file, "utf8"), sshd.hostKey)
    await sshd.stop()
    sshd.makeHostKey()
    await sshd.begin()
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

  it("is remembered under the machine's own name, so that the next one at its address is not taken for it", async () => {
    const sshd = await started()
    const { ask, home } = client()
    await ask(endpointOf(sshd, { hostKeyName: "runctl-one" }), "true")
    await sshd.stop()
    sshd.makeHostKey()
    await sshd.begin()
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
        sshd.key,
        "-p",
        String(sshd.port),
        "127.0.0.1",
        "true"
      ],
      { stdio: "ignore" }
    )
    config(home, `Host *\n  StrictHostKeyChecking yes\n`)
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
    assert.isFalse(existsSync(join(home, "runctl", "machines", "known_hosts")))
    const other = await started()
    assert.match((await refusal(endpointOf(other))).message, /StrictHostKeyChecking takes no new ones/)
    appendFileSync(file, `@revoked * ${sshd.hostKey}\n`)
    assert.match((await refusal(endpointOf(sshd))).message, /revoked in .*known_hosts:\d/)
  })

  it("is asked for in the kind that is known, when the host has several", async () => {
    const sshd = await started()
    const { ask, home } = client()
    const ecdsa = join(sshd.folder, "ecdsa")
    keygen("-t", "ecdsa", "-N", "", "-f", ecdsa)
    await sshd.stop()
    const both = await started({ config: [`HostKey ${ecdsa}`] })
    const known = readFileSync(`${ecdsa}.pub`, "utf8").split(" ").slice(0, 2).join(" ")
    writeFileSync(join(home, ".ssh", "known_hosts"), `[127.0.0.1]:${both.port} ${known}\n`)
    assert.strictEqual(await ask(endpointOf(both), "echo in"), "in\n")
  })
})

describe.skipIf(withoutSshd !== undefined)(`logging in${leftOut(withoutSshd)}`, () => {
  const keyFor = (sshd: Sshd, type: string, passphrase = "", format?: string): string => {
    const file = join(sshd.folder, `key-${type}-${passphrase.length}-${format ?? ""}`)
    keygen("-t", type, "-N", passphrase, "-f", file)
    if (format !== undefined) keygen("-p", "-P", passphrase, "-N", passphrase, "-m", format, "-f", file)
    sshd.authorize(`${file}.pub`)
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
    config(home, `Host *\n  IdentityFile ${unknown}\n  IdentityFile ${good}\n`)
    const endpoint = { _tag: "Ssh", host: "127.0.0.1", port: sshd.port, login: "user" } as const
    await run(
      Effect.gen(function* () {
        assert.strictEqual((yield* (yield* opened(endpoint)).shell.exec({ script: "echo 1" })).stdout, "1\n")
        sshd.cut()
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
    copyFileSync(sshd.key, identityFile)
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
    config(home, `Host *\n${[...others, sshd.key].map((file) => `  IdentityFile ${file}\n`).join("")}`)
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
    copyFileSync(sshd.key, join(home, ".ssh", "id_ed25519"))
    chmodSync(join(home, ".ssh", "id_ed25519"), 0o600)
    assert.match((await refusal(endpoint)).message, /takes none of these keys: .*machines\/id_ed25519$/)
    sshd.authorize(join(home, "runctl", "machines", "id_ed25519.pub"))
    assert.strictEqual(await ask(endpoint, "echo in"), "in\n")
  })
})

describe.skipIf(withoutSshd !== undefined)(`the way to a host${leftOut(withoutSshd)}`, () => {
  it("goes through several hosts to jump through, each verified itself", async () => {
    const [gate, hall, room] = [await started(), await started(), await started()]
    const { ask, home, refusal } = client()
    const block = (name: string, sshd: Sshd, more = ""): string =>
      `Host ${name}\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.key}\n${more}`
    config(home, block("gate", gate) + block("hall", hall) + block("room", room, "  ProxyJump gate,hall\n"))
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
    config(home, `Host 127.0.0.1\n  IdentityFile ${gate.key}\n`)
    const reason = await refusal(endpointOf(room, { jump: [`127.0.0.1:${gate.port}`] }))
    assert.strictEqual(reason._tag, "Refused")
    assert.match(reason.message, /does not lead on/)
  })

  it("goes through the program that the configuration names, and passes on what that says", async () => {
    const sshd = await started()
    const { ask, home, refusal } = client()
    const hop = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s);s.pipe(process.stdout)"`
    config(
      home,
      `Host good\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  IdentityFile ${sshd.key}\n  ProxyCommand ${hop}\nHost bad\n  ProxyCommand sh -c "echo no way >&2; exit 1"\n`
    )
    assert.strictEqual(await ask({ _tag: "Ssh", host: "good", login: "user" }, "echo in"), "in\n")
    assert.match((await refusal({ _tag: "Ssh", host: "bad", login: "user" })).message, /no way/)
  })

  it("opens more connections only to a machine that allows too few sessions on one", async () => {
    const sshd = await started({ config: ["MaxSessions 1"] })
    await client().run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        const followed = yield* Effect.forkChild(Stream.runDrain(shell.stream({ script: "sleep 3" })))
        yield* Effect.sleep("500 millis")
        assert.strictEqual(sshd.connections, 1)
        const answers = yield* Effect.forEach(
          [1, 2, 3, 4],
          (each) => shell.exec({ script: `sleep 0.2; echo ${each}` }),
          {
            concurrency: 4
          }
        )
        assert.strictEqual(answers.map(({ stdout }) => stdout).join(""), "1\n2\n3\n4\n")
        assert.isAtMost(sshd.connections, 5)
        yield* Fiber.join(followed)
      })
    )
  })
})

describe.skipIf(withoutMachines !== undefined)(`a machine of another kind${leftOut(withoutMachines)}`, () => {
  const shells = ["/bin/dash", "/usr/bin/fish", "/bin/tcsh", "/bin/zsh"]
  for (const shell of shells) {
    const isMissing = !existsSync(shell)
    it.skipIf(isMissing)(
      `runs commands with ${shell} as login shell${isMissing ? " (left out: it is not installed)" : ""}`,
      async () => {
        const sshd = await machine({ shell })
        const { ask } = client()
        assert.strictEqual(
          await ask(endpointOf(sshd), `for i in 1 2; do printf '%s ' "$i" "it's"; done; echo "$0"`),
          "1 it's 2 it's sh\n"
        )
      }
    )
  }

  it("runs commands without a word of what its login shell prints", async () => {
    const sshd = await machine({ without: ["python3", "bash"], shell: "/bin/sh", config: ["Banner /etc/hostname"] })
    writeFileSync(join(sshd.home, ".profile"), "echo profile\n")
    const greeting = await machine()
    writeFileSync(join(greeting.home, ".bashrc"), "echo 'Welcome!'; echo careful >&2\n")
    const { ask, run } = client()
    assert.strictEqual(await ask(endpointOf(sshd), "echo in"), "in\n")
    const answer = await run(
      Effect.flatMap(opened(endpointOf(greeting)), ({ shell }) => shell.exec({ script: "echo in" }))
    )
    assert.deepStrictEqual(answer, { exitCode: 0, stdout: "in\n", stderr: "" })
  })

  it("is reached again after it was switched off and on", async () => {
    const sshd = await machine()
    await client().run(
      Effect.gen(function* () {
        const { shell } = yield* opened(endpointOf(sshd))
        yield* shell.exec({ script: "echo kept >file" })
        yield* Effect.promise(() => sshd.stop())
        const error = yield* Effect.flip(shell.exec({ script: "true" }))
        assert.strictEqual(error.reason._tag, "Unreachable")
        yield* Effect.promise(() => sshd.begin())
        assert.strictEqual((yield* shell.exec({ script: "cat file" })).stdout, "kept\n")
      })
    )
  })
})
