import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { FaultProxy } from "@runctl/testkit/FaultProxy"
import { SshMachine } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { afterAll, assert, beforeAll, describe, it, onTestFinished } from "vitest"
import { leftOut, withoutSshd } from "../../../../test/harness/withoutSshd.ts"
import { until } from "../../../../test/harness/until.ts"
import { client, endpointOf, opened, configure } from "./sessions.ts"

describe.skipIf(withoutSshd !== undefined)(`a session over SSH${leftOut(withoutSshd)}`, () => {
  let sshd: SshMachine
  beforeAll(async () => {
    sshd = await SshMachine.start()
  })
  afterAll(() => sshd.close())

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
          ["0", "1", "2", "3", "4", "5", "6", "7"].map((word) => `${word}\n`)
        )
        assert.strictEqual(sshd.connections(), 1)
      })
    )
    await until("the connection is closed", () => sshd.connections() === 0)
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
            const size = parts.reduce((sum, part) => sum + (part._tag === "Stdout" ? part.bytes.length : 0), 0)
            bytes += size
            most = Math.max(most, size)
            return bytes < 8 * 1024 * 1024 ? Effect.sleep("1 millis") : Effect.void
          })
        )
        assert.strictEqual(bytes, total)
        // However small the pieces are that it comes in.
        assert.isBelow(most, 2 * 1024 * 1024)
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
        sshd.killConnections()
        const error = yield* Fiber.join(running)
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.match(error.message, /was cut/)
        assert.strictEqual((yield* shell.exec({ script: "echo again" })).stdout, "again\n")
      })
    )
  })

  it("finds out that the other side has frozen", async () => {
    const proxy = await FaultProxy.start({ to: sshd.port })
    onTestFinished(() => proxy.close())
    const { home, run } = client()
    configure(
      home,
      `Host frozen\n  HostName 127.0.0.1\n  Port ${proxy.port}\n  IdentityFile ${sshd.clientKey.file}\n  ServerAliveInterval 1\n  ServerAliveCountMax 2\n`
    )
    await run(
      Effect.gen(function* () {
        const { shell } = yield* opened({ _tag: "Ssh", host: "frozen", login: "user" })
        const running = yield* Effect.forkChild(Effect.flip(shell.exec({ script: "sleep 60" })))
        yield* Effect.sleep("500 millis")
        yield* Effect.promise(() => proxy.set({ mode: "freeze" }))
        const error = yield* Effect.timeout(Fiber.join(running), "15 seconds")
        assert.strictEqual(error.reason._tag, "Unreachable")
        assert.match(error.message, /does not answer any more/)
      })
    )
  })

  it("gives up on what accepts and never answers, within the time to connect", async () => {
    const proxy = await FaultProxy.start({ to: sshd.port, mode: "freeze" })
    onTestFinished(() => proxy.close())
    const { home, refusal } = client()
    configure(home, `Host *\n  ConnectTimeout 1\n`)
    const began = performance.now()
    const reason = await refusal(endpointOf(sshd, { port: proxy.port }))
    assert.strictEqual(reason._tag, "Unreachable")
    assert.match(reason.message, /did not finish the handshake within 1 s/)
    assert.isBelow(performance.now() - began, 5000)
  })

  it("waits for a machine that hangs up because it is busy with others", async () => {
    const proxy = await FaultProxy.start({ to: sshd.port, mode: "reset" })
    onTestFinished(() => proxy.close())
    const answer = client().ask(endpointOf(sshd, { port: proxy.port }), "echo in")
    await until("it has hung up on us", () => proxy.counts.connections > 0)
    await proxy.set({})
    assert.strictEqual(await answer, "in\n")
    assert.isAbove(proxy.counts.connections, 1)
  })
})
