import { assert, layer as withLayer } from "@effect/vitest"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import type { Resource } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import * as ChildProcess from "node:child_process"
import * as Process from "node:process"
import { endProcessesBy, removeFolders, tableFromProc, tableFromPs } from "@runctl/core/EndProcesses"
import { isAlive, layer, newMark, rent } from "./rented.ts"

/** Starts a script on a machine, in a session of its own; every process it wants found writes its number to a file. */
const startOn = Effect.fnUntraced(function* (machine: Resource, script: string, names: ReadonlyArray<string>) {
  const provider = yield* TrainingProvider
  const fs = yield* FileSystem.FileSystem
  const endpoint = yield* provider.endpoint(machine)
  if (endpoint._tag !== "Local") return assert.fail("not a local endpoint")
  const { environment, home } = endpoint
  ChildProcess.spawn("sh", ["-c", script], {
    cwd: home,
    detached: true,
    stdio: "ignore",
    env: { PATH: Process.env["PATH"], ...environment }
  }).unref()
  return yield* Effect.forEach(names, (name) =>
    fs.readFileString(`${home}/${name}`).pipe(
      Effect.filterOrFail((text) => text.endsWith("\n")),
      Effect.retry({ times: 300, schedule: Schedule.spaced("10 millis") }),
      Effect.map(Number)
    )
  )
})

/** A plain one, one deaf to SIGTERM, a double fork, a stopped one, and a deaf one that forgot its environment. */
const stubborn = String.raw`
echo $$ > plain
sh -c 'trap "" TERM; echo $$ > deaf; while :; do sleep 1; done' &
(sh -c 'sh -c "echo \$\$ > orphan; exec sleep 300" &' &)
sh -c 'echo $$ > stopped; kill -STOP $$; sleep 300' &
env -i PATH="$PATH" sh -c 'trap "" TERM; echo $$ > nameless; while :; do sleep 1; done' &
wait
`
const names = ["plain", "deaf", "orphan", "stopped", "nameless"]

const alive = (pids: ReadonlyArray<number>) => pids.filter(isAlive)

withLayer(layer, { excludeTestServices: true })("a local machine's processes", (it) => {
  it.effect("end when it is terminated, and nobody else's do", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const [machine, neighbour] = [yield* rent(newMark()), yield* rent(newMark())]
      const pids = yield* startOn(machine, stubborn, names)
      const others = yield* startOn(neighbour, "echo $$ > other; exec sleep 300", ["other"])
      assert.deepStrictEqual(alive([...pids, ...others]), [...pids, ...others])
      yield* provider.terminate(machine.id)
      assert.deepStrictEqual(alive(pids), [])
      assert.deepStrictEqual(alive(others), others)
      const { home } = yield* PluginContext
      assert.deepStrictEqual(yield* fs.readDirectory(`${home}/machines`), [neighbour.key])
    })
  )

  it.effect("end when it is stopped, while its files stay", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const machine = yield* rent(newMark())
      const pids = yield* startOn(machine, stubborn, names)
      yield* provider.stopResource(machine.id)
      assert.deepStrictEqual(alive(pids), [])
      const { home } = yield* PluginContext
      assert.sameMembers(yield* fs.readDirectory(`${home}/machines/${machine.key}/home`), names)
    })
  )

  it.effect("end even when its folder is gone already", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const machine = yield* rent(newMark())
      const pids = yield* startOn(machine, "echo $$ > plain; exec sleep 300", ["plain"])
      const { home } = yield* PluginContext
      yield* fs.remove(`${home}/machines/${machine.key}`, { recursive: true })
      yield* provider.terminate(machine.id)
      assert.deepStrictEqual(alive(pids), [])
    })
  )

  it.effect("end politely first", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const machine = yield* rent(newMark())
      const script = 'trap "echo bye > said; exit" TERM; echo $$ > polite; while :; do sleep 0.1; done'
      yield* startOn(machine, script, ["polite"])
      yield* provider.stopResource(machine.id)
      const { home } = yield* PluginContext
      assert.strictEqual(yield* fs.readFileString(`${home}/machines/${machine.key}/home/said`), "bye\n")
    })
  )

  for (const [way, table] of [
    ["/proc", tableFromProc],
    ["ps", tableFromPs]
  ] as const) {
    const missing =
      ChildProcess.spawnSync(way === "ps" ? "ps" : "test", way === "ps" ? ["-A"] : ["-r", "/proc/self/stat"]).status !==
      0
    it.effect.skipIf(missing)(`are found through ${way}${missing ? " (skipped: this computer has none)" : ""}`, () =>
      Effect.gen(function* () {
        const machine = yield* rent(newMark())
        const pids = yield* startOn(machine, stubborn, names)
        const { status, stderr } = ChildProcess.spawnSync("sh", ["-c", endProcessesBy(table), "sh", machine.key, "5"])
        assert.deepStrictEqual([status, String(stderr)], [0, ""])
        assert.deepStrictEqual(alive(pids), [])
      })
    )
  }

  it.effect("hold nothing that cannot be removed: write-protected folders go as well", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* fs.makeTempDirectoryScoped({ prefix: "runctl-remove-" })
      yield* fs.makeDirectory(`${root}/machine/a/b`, { recursive: true })
      yield* fs.writeFileString(`${root}/machine/a/b/file`, "x")
      yield* fs.writeFileString(`${root}/outside`, "kept")
      yield* fs.symlink(root, `${root}/machine/a/link`)
      yield* fs.chmod(`${root}/machine/a/b/file`, 0o400)
      // Root may do anything: the script runs as somebody who may not.
      const isRoot = Process.getuid?.() === 0
      if (isRoot)
        yield* Effect.forEach(["", "/machine", "/machine/a", "/machine/a/b"], (at) => fs.chown(root + at, 65534, 65534))
      yield* fs.chmod(`${root}/machine/a/b`, 0o000)
      yield* fs.chmod(`${root}/machine/a`, 0o500)
      const script = (text: string) =>
        ChildProcess.spawnSync("sh", ["-c", text, "sh", `${root}/machine`], isRoot ? { uid: 65534, gid: 65534 } : {})
      assert.notStrictEqual(script('rm -rf "$1"').status, 0)
      assert.strictEqual(script(removeFolders).status, 0)
      assert.deepStrictEqual(yield* fs.readDirectory(root), ["outside"])
    })
  )
})
