import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it, layer } from "@effect/vitest"
import type { Shell, ShellOutput } from "@runctl/core/Shell"
import * as LocalShell from "@runctl/remote/LocalShell"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as ChildProcess from "node:child_process"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (parts: Iterable<Uint8Array>): string => Buffer.concat([...parts]).toString("utf8")

const machine = Effect.gen(function* () {
  const home = yield* FileSystem.FileSystem.use((fs) => fs.makeTempDirectoryScoped({ prefix: "runctl-shell-" }))
  const shell = yield* LocalShell.open({ _tag: "Local", home, environment: { RUNCTL_MACHINE: "m1" } })
  return { home, shell }
})

/** A zombie has ended, whether or not somebody has collected it. */
const isAlive = (pid: number): boolean => {
  const { stdout } = ChildProcess.spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" })
  return stdout.trim() !== "" && !stdout.startsWith("Z")
}

const gone = (pid: number) =>
  Effect.sync(() => !isAlive(pid)).pipe(
    Effect.repeat({ until: (dead) => dead, schedule: Schedule.spaced("10 millis"), times: 1000 }),
    Effect.catch(() => Effect.succeed(false))
  )

layer(NodeServices.layer, { excludeTestServices: true })("LocalShell", (it) => {
  it.effect("runs a script in the machine's home with its arguments, stdin and environment", () =>
    Effect.gen(function* () {
      const { home, shell } = yield* machine
      const result = yield* shell.exec({
        script: 'pwd; printf "%s|" "$HOME" "$RUNCTL_MACHINE" "$EXTRA" "$@"; cat; echo bad >&2; exit 3',
        args: ["a b", "-n", "it's\nfine"],
        stdin: "from stdin",
        environment: { EXTRA: "e" }
      })
      assert.deepStrictEqual(result, {
        exitCode: 3,
        stdout: `${home}\n${home}|m1|e|a b|-n|it's\nfine|from stdin`,
        stderr: "bad\n"
      })
    })
  )

  it.effect("passes on what commands need and nothing of the supervisor's or a vendor's", () =>
    Effect.gen(function* () {
      const { shell } = yield* Effect.provideService(
        machine,
        ConfigProvider.ConfigProvider,
        ConfigProvider.fromEnv({
          env: {
            PATH: "/usr/bin:/bin",
            LC_ALL: "C.UTF-8",
            CUDA_VISIBLE_DEVICES: "1",
            https_proxy: "http://proxy:1",
            RUNCTL_HOME: "/secret-home",
            AWS_SECRET_ACCESS_KEY: "canary",
            DIGITALOCEAN_TOKEN: "canary",
            NPM_TOKEN: "canary"
          }
        })
      )
      const { stdout } = yield* shell.exec({ script: "env" })
      const names = stdout.split("\n").map((line) => line.split("=")[0])
      assert.includeMembers(names, ["PATH", "LC_ALL", "CUDA_VISIBLE_DEVICES", "https_proxy", "HOME", "RUNCTL_MACHINE"])
      assert.notInclude(stdout, "canary")
      assert.notInclude(stdout, "secret-home")
    })
  )

  it.effect("keeps the first 4 MiB of an output and reads the rest so that the command can end", () =>
    Effect.gen(function* () {
      const { shell } = yield* machine
      const result = yield* shell.exec({ script: "head -c 6000000 /dev/zero | tr '\\0' x; exit 5" })
      assert.strictEqual(result.exitCode, 5)
      assert.strictEqual(result.stdout.length, 4 * 1024 * 1024)
    })
  )

  it.effect("does not wait for a process that was left behind with the output open", () =>
    Effect.gen(function* () {
      const { shell } = yield* machine
      const result = yield* Effect.timeout(shell.exec({ script: "sleep 60 & echo $!" }), "10 seconds")
      assert.strictEqual(result.exitCode, 0)
      assert.isTrue(yield* gone(Number(result.stdout)))
    })
  )

  it.effect("streams outputs as they come and ends with the exit code", () =>
    Effect.gen(function* () {
      const { shell } = yield* machine
      const output = yield* Stream.runCollect(
        shell.stream({ script: "cat; echo err >&2; exit 7", stdin: Stream.make(bytes("one "), bytes("two")) })
      )
      const of = (tag: ShellOutput["_tag"]) =>
        output.flatMap((part) => ("bytes" in part && part._tag === tag ? [part.bytes] : []))
      assert.strictEqual(text(of("Stdout")), "one two")
      assert.strictEqual(text(of("Stderr")), "err\n")
      assert.deepStrictEqual(output.at(-1), { _tag: "Exit", exitCode: 7 })
    })
  )

  it.effect("holds a command back while nobody reads its output", () =>
    Effect.gen(function* () {
      const { home, shell } = yield* machine
      const reader = yield* Effect.forkChild(
        Stream.runForEach(
          shell.stream({
            script: 'i=0; while [ $i -lt 4000 ]; do head -c 10000 /dev/zero; i=$((i+1)); echo $i > "$HOME/n"; done'
          }),
          () => Effect.never
        )
      )
      yield* Effect.sleep("1500 millis")
      const written = yield* FileSystem.FileSystem.use((fs) => fs.readFileString(`${home}/n`))
      assert.isBelow(Number(written), 400)
      yield* Fiber.interrupt(reader)
    })
  )

  it.effect("interruption ends the command and everything it started", () =>
    Effect.gen(function* () {
      const { shell, home } = yield* machine
      const fs = yield* FileSystem.FileSystem
      const fiber = yield* Effect.forkChild(
        shell.exec({ script: 'sh -c \'trap "" TERM; sleep 60 & echo $! > "$HOME/pid"; wait\'; echo never' })
      )
      const pid = yield* fs.readFileString(`${home}/pid`).pipe(
        Effect.filterOrFail((written) => written.endsWith("\n")),
        Effect.retry({ times: 200, schedule: Schedule.spaced("10 millis") })
      )
      assert.isTrue(isAlive(Number(pid)))
      yield* Fiber.interrupt(fiber)
      assert.isTrue(yield* gone(Number(pid)))
    })
  )

  it.effect("writes a file whole, with its mode and directories, or not at all", () =>
    Effect.gen(function* () {
      const { shell, home } = yield* machine
      const fs = yield* FileSystem.FileSystem
      yield* shell.put("a/b/run me", Stream.make(bytes("#!/bin/sh\n"), bytes("echo hi\n")), { mode: 0o755 })
      assert.strictEqual((yield* shell.exec({ script: "./run\\ me", cwd: "a/b" })).stdout, "hi\n")
      yield* shell.put("secret", Stream.make(bytes("s")))
      assert.strictEqual((yield* fs.stat(`${home}/secret`)).mode & 0o777, 0o600)
      const cut = Stream.concat(Stream.make(bytes("half")), Stream.fromEffect(Effect.interrupt))
      yield* Effect.exit(shell.put("secret", cut))
      assert.strictEqual(yield* fs.readFileString(`${home}/secret`), "s")
      assert.deepStrictEqual((yield* fs.readDirectory(home)).toSorted(), ["a", "secret"])
    })
  )

  it.effect("reads a file from an offset", () =>
    Effect.gen(function* () {
      const { shell } = yield* machine
      yield* shell.put("log", Stream.make(bytes("0123456789")))
      assert.strictEqual(text(yield* Stream.runCollect(shell.get("log", { fromByte: 4 }))), "456789")
      assert.strictEqual(text(yield* Stream.runCollect(shell.get("log", { fromByte: 10 }))), "")
    })
  )

  it.effect("says that a file, a folder or a home is missing", () =>
    Effect.gen(function* () {
      const { shell, home } = yield* machine
      const errors = [
        yield* Effect.flip(Stream.runDrain(shell.get("none"))),
        yield* Effect.flip(shell.exec({ script: "true", cwd: "none" })),
        yield* Effect.flip(LocalShell.open({ _tag: "Local", home: `${home}/none`, environment: {} }))
      ]
      assert.deepStrictEqual(
        errors.map((error) => [error.operation, error.reason._tag]),
        [
          ["get", "Refused"],
          ["exec", "Refused"],
          ["open", "Refused"]
        ]
      )
    })
  )
})

it.effect("a shell that another process ends is unreachable, not finished", () =>
  Effect.gen(function* () {
    const { shell }: { shell: Shell } = yield* machine
    const error = yield* Effect.flip(shell.exec({ script: "kill -9 $$" }))
    assert.strictEqual(error.reason._tag, "Unreachable")
  }).pipe(Effect.provide(NodeServices.layer))
)
