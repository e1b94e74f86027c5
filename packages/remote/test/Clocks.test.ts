import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it, layer } from "@effect/vitest"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import * as Clocks from "@runctl/remote/Clocks"
import * as MachineUse from "@runctl/remote/MachineUse"
import * as Effect from "effect/Effect"
import * as FS from "node:fs"
import * as Fixture from "./Fixture.ts"
import * as Machine from "./Machine.ts"
import { until, withArgument } from "./runner/Processes.ts"

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

/** A machine that can end itself, or not, and what uses it. */
const machine = (endActionScript: (acted: string) => string | undefined, change: Partial<AnyTrainingProvider> = {}) =>
  Effect.gen(function* () {
    const { home, out, wire } = yield* Fixture.make
    const acted = `${out}/acted`
    const provider = { ...Machine.provider(home), endActionScript: () => endActionScript(acted), ...change }
    const use = yield* MachineUse.make(provider).pipe(Effect.provide(Fixture.wired(wire)))
    yield* Effect.addFinalizer(() =>
      Effect.promise(async () => {
        FS.rmSync(`${home}/.runctl`, { recursive: true, force: true })
        await until("no keeper is left", () => withArgument(`${home}/.runctl/clocks-`).length === 0)
      })
    )
    return { acted, home, use, wire }
  })

const clocks = (seconds: number) => ({
  deadlineEpochSeconds: inSeconds(seconds),
  graceSeconds: 1,
  holdSeconds: undefined
})

layer(NodeServices.layer, { excludeTestServices: true })("the clocks of a machine in use", (it) => {
  it.effect("are installed when they are armed, and end the machine by its provider's script", () =>
    Effect.gen(function* () {
      const { acted, home, use } = yield* machine((acted) => `echo "it's $RUNCTL_MACHINE_DIR" >'${acted}'`)
      assert.isUndefined(yield* use.clockStatus(Machine.id))
      assert.isFalse(FS.existsSync(`${home}/.runctl`), "asking leaves nothing behind")
      const wanted = clocks(600)
      const armed = yield* use.arm(Machine.id, wanted)
      assert.deepInclude(armed, { deadline: wanted.deadlineEpochSeconds, grace: 1, hold: null, keeper: true })
      assert.approximately(armed?.left ?? 0, 600, 5)
      assert.deepInclude(yield* use.arm(Machine.id, { ...clocks(9), holdSeconds: 30 }), { hold: 30 })
      assert.approximately((yield* use.clockStatus(Machine.id))?.left ?? 0, 600, 5)
      assert.approximately((yield* use.extendClocks(Machine.id, inSeconds(900)))?.left ?? 0, 900, 5)
      yield* use.extendClocks(Machine.id, inSeconds(1))
      yield* Effect.promise(() => until("the end action runs", () => FS.existsSync(acted)))
      assert.strictEqual(FS.readFileSync(acted, "utf8"), `it's ${home}\n`)
      const late = yield* Effect.flip(use.extendClocks(Machine.id, inSeconds(900)))
      assert.include(late.message, "being ended")
    })
  )

  it.effect("of another version are asked too", () =>
    Effect.gen(function* () {
      const { home, use } = yield* machine(() => "true")
      yield* use.arm(Machine.id, clocks(600))
      const installed = FS.readdirSync(`${home}/.runctl`).find((name) => name.startsWith("clocks-")) ?? ""
      FS.renameSync(`${home}/.runctl/${installed}`, `${home}/.runctl/clocks-older.sh`)
      assert.deepInclude(yield* use.clockStatus(Machine.id), { armed: true, keeper: true })
      assert.isTrue(FS.existsSync(`${home}/.runctl/${installed}`))
    })
  )

  it.effect("are none where it cannot end itself, and cost it nothing", () =>
    Effect.gen(function* () {
      for (const change of [{}, { capabilities: { ...Machine.provider("/").capabilities, runMode: "job" as const } }]) {
        const { home, use, wire } = yield* machine(() => ("capabilities" in change ? "true" : undefined), change)
        assert.isUndefined(yield* use.arm(Machine.id, clocks(1)))
        assert.isUndefined(yield* use.clockStatus(Machine.id))
        assert.isUndefined(yield* use.extendClocks(Machine.id, inSeconds(9)))
        assert.lengthOf(wire.commands, 0)
        assert.deepStrictEqual(FS.readdirSync(home), [])
      }
    })
  )

  it.effect("that cannot be written are refused, and not taken for a machine out of reach", () =>
    Effect.gen(function* () {
      const { home, use } = yield* machine(() => "true")
      FS.mkdirSync(`${home}/.runctl`)
      FS.writeFileSync(`${home}/.runctl/clocks`, "in the way")
      const error = yield* Effect.flip(use.arm(Machine.id, clocks(600)))
      assert.strictEqual(error.reason._tag, "MachineRefused")
      assert.include(error.message, "cannot make")
    })
  )
})

describe("what a machine's clocks say", () => {
  it("is taken for what it is, and anything else for nothing", () => {
    assert.strictEqual(Clocks.parseStatus('{"armed":false}\n'), "disarmed")
    assert.isUndefined(Clocks.parseStatus('{"armed":true,"left":"soon"}'))
    assert.isUndefined(Clocks.parseStatus("a banner"))
    assert.isUndefined(Clocks.parseStatus(""))
  })
})
