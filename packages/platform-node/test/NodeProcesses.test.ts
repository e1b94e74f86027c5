import { assert, describe, it } from "@effect/vitest"
import * as NodeProcesses from "@runctl/platform-node/NodeProcesses"
import { type ProcessIdentity, Processes, sight } from "@runctl/runtime/Processes"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { lockersIn, startTimeIn, startTimeOf } from "../src/internal/linuxProcesses.ts"
import * as posix from "../src/internal/posixProcesses.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-test-processes-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** A process that sleeps until the scope ends. */
const sleeper = Effect.acquireRelease(
  Effect.sync(() => spawn("sleep", ["60"], { stdio: "ignore" })),
  (child) => Effect.sync(() => child.kill("SIGKILL"))
)

const until = <A, E, R>(effect: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.repeat(effect, { until: holds, schedule: Schedule.spaced("10 millis"), times: 500 })

const withProcesses = <A, E, R>(work: (processes: Processes["Service"]) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(Processes, work).pipe(Effect.provide(NodeProcesses.layer))

describe("this process", () => {
  it.live("is itself, alive, and uses memory", () =>
    withProcesses((processes) =>
      Effect.gen(function* () {
        const self = yield* processes.self
        assert.strictEqual(self.pid, process.pid)
        assert.notStrictEqual(self.startTime, "")
        assert.notStrictEqual(self.bootId, "")
        assert.deepStrictEqual(yield* processes.self, self)
        assert.isTrue(yield* processes.isAlive(self))
        assert.isAbove(yield* processes.rss, 10_000_000)
      })
    )
  )

  it.live("is not who had its number before, or before the computer was started", () =>
    withProcesses((processes) =>
      Effect.gen(function* () {
        const self = yield* processes.self
        assert.isFalse(yield* processes.isAlive({ ...self, startTime: "0" }))
        assert.isFalse(yield* processes.isAlive({ ...self, bootId: "an earlier start" }))
        assert.isTrue(yield* processes.isAlive({ ...self, bootId: "x", host: "somewhere else" }))
      })
    )
  )
})

describe("another process", () => {
  it.live("is alive until it is killed, waited for or not", () =>
    withProcesses((processes) =>
      Effect.gen(function* () {
        const { pid = 0, ...child } = yield* sleeper
        const startTime = yield* until(startTimeOf(pid), (found) => found !== undefined)
        const identity = { ...(yield* processes.self), pid, startTime: startTime ?? "" }
        assert.isTrue(yield* processes.isAlive(identity))
        process.kill(pid, "SIGSTOP")
        assert.isTrue(yield* processes.isAlive(identity))
        process.kill(pid, "SIGKILL")
        yield* until(processes.isAlive(identity), (alive) => !alive)
        assert.isDefined(child)
      })
    )
  )

  it.live("is told by ps where there is no /proc", () =>
    Effect.gen(function* () {
      const { pid = 0 } = yield* sleeper
      const first = yield* posix.startTimeOf(pid)
      assert.match(first ?? "", /^[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}$/)
      assert.strictEqual(yield* posix.startTimeOf(pid), first)
      process.kill(pid, "SIGKILL")
      yield* until(posix.startTimeOf(pid), (found) => found === undefined)
    })
  )
})

describe("what can be known of a process", () => {
  const self: ProcessIdentity = { pid: 1, startTime: "5", bootId: "a", host: "h", namespace: "n" }

  it("is nothing across computers and containers", () => {
    assert.strictEqual(sight({ ...self, host: "other", bootId: "b" }, self, undefined), "unknown")
    assert.strictEqual(sight({ ...self, namespace: "m" }, self, undefined), "unknown")
    assert.strictEqual(sight({ ...self, bootId: "" }, self, undefined), "unknown")
  })

  it("is that it is dead when its number is free, is another's, or its computer was started since", () => {
    assert.strictEqual(sight(self, self, undefined), "dead")
    assert.strictEqual(sight(self, self, "6"), "dead")
    assert.strictEqual(sight({ ...self, bootId: "b" }, self, "5"), "dead")
    assert.strictEqual(sight(self, self, "5"), "alive")
    // The same kernel under another name: a laptop that changed networks.
    assert.strictEqual(sight({ ...self, host: "other" }, self, "5"), "alive")
  })
})

describe("a program left running", () => {
  it.live("has a session of its own, prints to a log of its user's alone, and sees its environment", () =>
    withProcesses((processes) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const logFile = join(folder, "log")
        process.env["RUNCTL_TEST_INHERITED"] = "inherited"
        process.env["RUNCTL_TEST_REMOVED"] = "removed"
        const pid = yield* processes.spawnDetached({
          command: "sh",
          args: [
            "-c",
            'echo "$RUNCTL_TEST_INHERITED,$RUNCTL_TEST_REMOVED,$ADDED,$(pwd)"; echo error >&2; exec sleep 60'
          ],
          environment: { ADDED: "added", RUNCTL_TEST_REMOVED: undefined },
          cwd: folder,
          logFile
        })
        yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(pid, "SIGKILL")))
        const log = yield* until(
          Effect.sync(() => readFileSync(logFile, "utf8")),
          (text) => text.includes("error")
        )
        assert.strictEqual(log, `inherited,,added,${folder}\nerror\n`)
        assert.strictEqual(statSync(logFile).mode & 0o777, 0o600)
        if (process.platform === "linux") {
          const [, , , session] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? []
          assert.strictEqual(Number(session), pid)
        }
      })
    )
  )

  it.live("outlives who started it, which ends at once", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const module = new URL("../src/NodeProcesses.ts", import.meta.url).href
      const program = `
        const { layer } = await import(${JSON.stringify(module)})
        const { Processes } = await import("@runctl/runtime/Processes")
        const Effect = await import("effect/Effect")
        const spawn = Effect.flatMap(Processes, (each) => each.spawnDetached({
          command: "sleep", args: ["60"], logFile: ${JSON.stringify(join(folder, "log"))} }))
        console.log(await Effect.runPromise(Effect.provide(spawn, layer)))`
      const starter = spawn(process.execPath, ["--conditions=source", "--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
        cwd: import.meta.dirname
      })
      const said: Array<string> = []
      starter.stdout.on("data", (chunk: Buffer) => said.push(chunk.toString()))
      yield* Effect.callback<void>((resume) => {
        starter.once("close", () => resume(Effect.void))
      })
      const pid = Number(said.join(""))
      assert.isDefined(yield* startTimeOf(pid))
      process.kill(pid, "SIGKILL")
    })
  )

  it.live("that does not exist or has nowhere to print is an error", () =>
    withProcesses((processes) =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const missing = { command: "/no/such/program", args: [], logFile: join(folder, "log") }
        assert.include((yield* Effect.flip(processes.spawnDetached(missing))).message, "ENOENT")
        const nowhere = { command: "true", args: [], logFile: join(folder, "no", "log") }
        assert.include((yield* Effect.flip(processes.spawnDetached(nowhere))).message, "ENOENT")
      })
    )
  )
})

describe("the tables of Linux", () => {
  it("are read past names with blanks and parentheses", () => {
    const stat = (state: string): string =>
      `42 (a (b) c) ${state} ${Array.from({ length: 18 }, (_, at) => at).join(" ")} 777 0`
    assert.strictEqual(startTimeIn(stat("S")), "777")
    assert.isUndefined(startTimeIn(stat("Z")))
  })

  it("tell who holds a write lock", () => {
    const locks = [
      "1: POSIX  ADVISORY  WRITE 100 fe:00:5000 120 120",
      "2: POSIX  ADVISORY  READ  200 fe:00:5000 128 128",
      "3: POSIX  ADVISORY  WRITE 300 fe:00:6000 0 EOF",
      "4: OFDLCK ADVISORY  WRITE -1 fe:00:5000 0 EOF"
    ].join("\n")
    assert.deepStrictEqual(lockersIn(locks, new Set(["5000"])), [100])
  })
})
