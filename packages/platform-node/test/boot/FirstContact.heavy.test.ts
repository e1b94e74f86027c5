import type { Shell } from "@runctl/core/Shell"
import { RunId } from "@runctl/core/Run"
import { event, type RunSpec } from "@runctl/runtime/Event"
import * as FirstContact from "@runctl/runtime/FirstContact"
import { streams } from "@runctl/runtime/Projections"
import { type LoadedProvider, Providers } from "@runctl/runtime/Providers"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import type { ResourceRecord } from "@runctl/runtime/ResourceRecord"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { drive } from "@runctl/runtime/RunDriver"
import { note } from "@runctl/testkit/SshMachine"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { withoutBoots } from "./BootedMachine.ts"
import { broken, living, only, recordOf, scripted, shownBy, wish, type World } from "./world.ts"

const created = (wanted = wish()) => Effect.flatMap(Resources, ({ create }) => create(wanted))

/** Where a process ends for good: before or after it has done its n-th step that others can see. */
interface Crash {
  readonly at: number
  readonly side: "before" | "after"
}

/** Counts the steps that are seen outside, and dies at one of them. */
class Steps {
  readonly seen: Array<string> = []
  readonly crash: Crash | undefined

  constructor(crash: Crash | undefined) {
    this.crash = crash
  }

  around<A, E, R>(name: string, step: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const isHere = this.seen.push(name) - 1 === this.crash?.at
      const dead = Effect.die(new Error(`killed ${this.crash?.side} ${name}`))
      if (!isHere) return step
      return this.crash?.side === "before" ? dead : Effect.andThen(step, dead)
    })
  }
}

const watched = (loaded: LoadedProvider, steps: Steps): LoadedProvider => ({
  ...loaded,
  open: (endpoint) =>
    Effect.map(loaded.open(endpoint), (shell): Shell => ({
      ...shell,
      exec: (command) => steps.around(`exec ${command.args?.[1] ?? command.script.slice(0, 20)}`, shell.exec(command)),
      put: (path, content, options) => steps.around("put", shell.put(path, content, options))
    }))
})

const clocksOf = ({ mark }: ResourceRecord) => ({
  deadlineEpochSeconds: mark.deadlineEpochSeconds,
  graceSeconds: 1,
  holdSeconds: undefined
})

/** One process that meets the one machine, and perhaps does not survive it. */
const met = (world: World, key: string, steps: Steps) =>
  world.process(
    Effect.gen(function* () {
      const loaded = yield* (yield* Providers).get("fake")
      const record = yield* recordOf(key)
      const records = yield* Records
      const meeting = FirstContact.meet(watched(loaded, steps), record, clocksOf(record), () => Effect.void)
      return yield* Effect.exit(
        Effect.provideService(meeting, Records, {
          ...records,
          append: (stream, events, writing) =>
            steps.around(`append ${events[0]?.type}`, records.append(stream, events, writing))
        })
      )
    })
  )

const rented = (world: World) =>
  world.process(
    Effect.map(
      Effect.flatMap(Rents, ({ rent }) => rent(wish())),
      ({ mark }) => mark.key
    )
  )

/** Which of our keys the machine is accepted with, by whoever comes now. */
const accepted = (world: World, key: string) =>
  world.process(
    Effect.gen(function* () {
      const loaded = yield* (yield* Providers).get("fake")
      const record = yield* recordOf(key)
      const { publicKey: first } = yield* (yield* HostKeys).bootstrapKey(record.mark.key)
      if (record.resource === undefined) return yield* Effect.die("it has no id")
      const { endpoint } = yield* loaded.wayTo(record.resource)
      if (endpoint._tag !== "Ssh") return yield* Effect.die("it is not behind SSH")
      const opens = (hostKey: string) =>
        Effect.map(Effect.exit(Effect.scoped(loaded.open({ ...endpoint, hostKey }))), Exit.isSuccess)
      return { endpoint, record, byFirst: yield* opens(first), byOwn: yield* opens(record.hostKey ?? first) }
    })
  )

/** A program that kills whoever changes the host key, before or after it does its own work, at the step that is named. */
const deadly = (name: string): string => `#!/bin/sh
read -r at side </usr/local/deadly
# The clocks use some of these too.
case "$at $*" in off*) exec /usr/bin/${name} "$@" ;; *' ' | */etc/ssh/*) ;; *) exec /usr/bin/${name} "$@" ;; esac
changers() {
  for each in /proc/[0-9]*; do
    case $(tr '\\000' ' ' <"$each/cmdline" 2>/dev/null) in *'verb=$1 shown=$2'*) echo "\${each##*/}" ;; esac
  done
}
[ -n "$(changers)" ] || exec /usr/bin/${name} "$@"
step=0
[ ! -e /run/steps ] || read -r step </run/steps
echo $((step + 1)) >/run/steps
[ "$step $side" != "$at before" ] || { kill -KILL $(changers); exit 1; }
/usr/bin/${name} "$@"
code=$?
[ "$step $side" != "$at after" ] || kill -KILL $(changers)
exit $code
`

/** A third of the steps, the next third tomorrow; all of them with `RUNCTL_ALL=1`. */
const isToday = (at: number): boolean =>
  process.env["RUNCTL_ALL"] === "1" || at % 3 === Math.floor(Date.now() / 86_400_000) % 3

const id = RunId.make("run-0123456789abcd")

/** A run of a project that rents a machine with a GPU. */
const specOf = (project: string): RunSpec => ({
  name: "test",
  job: { project, script: "train.sh", args: [], environment: {}, secretNames: [], outputDest: join(project, "out") },
  placement: { ...wish({ query: { gpu: "H100" } }).rent },
  deadlineAt: Date.now() + 3_600_000,
  graceSeconds: 1,
  holdSeconds: 60,
  budgets: [],
  keep: false,
  envFiles: []
})

describe.skipIf(withoutBoots !== undefined)(`the first contact${note(withoutBoots)}`, () => {
  it("that is cut off before or after any of its steps locks nobody out, and is made again", async () => {
    const plain = new Steps(undefined)
    const world = scripted()
    assert.isTrue(Exit.isSuccess(await met(world, await rented(world), plain)))
    for (const name of ["exec offer", "append InstanceHostKeyOffered", "exec install", "append InstanceBootstrapped"]) {
      assert.include(plain.seen, name)
    }
    for (const at of [...plain.seen.keys()].filter(isToday)) {
      for (const side of ["before", "after"] as const) {
        const what = `killed ${side} step ${at}, ${plain.seen[at]}`
        const each = scripted()
        const key = await rented(each)
        assert.isTrue(Exit.isFailure(await met(each, key, new Steps({ at, side }))), what)
        assert.isTrue(Exit.isSuccess(await met(each, key, new Steps(undefined))), what)
        const { byFirst, byOwn, endpoint, record } = await accepted(each, key)
        assert.strictEqual(only(each).run(shownBy).trim(), record.hostKey, what)
        assert.strictEqual(endpoint.hostKey, record.hostKey, what)
        assert.notProperty(endpoint, "nextHostKey", what)
        assert.deepStrictEqual({ byFirst, byOwn }, { byFirst: false, byOwn: true }, what)
        assert.isFalse(only(each).does("ls /etc/ssh/*.runctl*"), what)
        await only(each)[Symbol.asyncDispose]()
      }
    }
  }, 280_000)

  it("whose change of the key dies on the machine itself, at any of its steps, is made again", async () => {
    const tools = ["mv", "rm", "ssh-keygen", "chmod", "sync"]
    const programs = Object.fromEntries(tools.map((name) => [name, deadly(name)]))
    const change = async (at: number, side: Crash["side"]) => {
      const world = scripted(() => ({ programs, before: "echo off >/usr/local/deadly" }))
      const key = await rented(world)
      const machine = only(world)
      machine.run(`rm -f /run/steps; echo '${at} ${side}' >/usr/local/deadly`)
      const first = await met(world, key, new Steps(undefined))
      const steps = Number(machine.run("cat /run/steps"))
      machine.run("echo off >/usr/local/deadly")
      const second = await met(world, key, new Steps(undefined))
      const outcome = { ...(await accepted(world, key)), first, second, steps, shown: machine.run(shownBy).trim() }
      await machine[Symbol.asyncDispose]()
      return outcome
    }
    const { steps } = await change(-1, "before")
    assert.isAbove(steps, 10)
    for (const at of Array.from({ length: steps }, (_, index) => index).filter(isToday)) {
      for (const side of ["before", "after"] as const) {
        const what = `died ${side} step ${at}`
        const { byFirst, byOwn, first, record, second, shown } = await change(at, side)
        assert.isTrue(Exit.isFailure(first), what)
        assert.isTrue(Exit.isSuccess(second), what)
        assert.isDefined(record.hostKey, what)
        assert.strictEqual(shown, record.hostKey, what)
        assert.deepStrictEqual({ byFirst, byOwn }, { byFirst: false, byOwn: true }, what)
      }
    }
  }, 290_000)

  it("gives up after three machines that are bad, and none of them lives", async () => {
    const world = scripted(broken(9))
    const error = await world.process(Effect.flip(created(wish({ query: { gpu: "H100" } }))))
    assert.strictEqual(error._tag, "BadMachine")
    assert.strictEqual(world.machines.size, 3)
    assert.strictEqual(await living(world), 0)
  }, 60_000)

  it("is made by a run on a machine that nobody has met, which would else end itself under it", async () => {
    const world = scripted()
    const project = join(world.home, "project")
    mkdirSync(project)
    writeFileSync(join(project, "train.sh"), "echo trained\n")
    const { record, run, shown } = await world.process(
      Effect.gen(function* () {
        const records = yield* Records
        const { mark, resource } = yield* (yield* Rents).rent(wish())
        if (resource === undefined) return yield* Effect.die("it has no id")
        const spec: RunSpec = { ...specOf(project), placement: { _tag: "On", resource: resource.id } }
        yield* records.append(streams.run(id), [event("RunRequested", { spec })], { run: id })
        yield* drive(id)
        return {
          record: yield* recordOf(mark.key),
          run: yield* records.run(id),
          shown: only(world).run("cat /root/.runctl/clocks/contact").trim()
        }
      })
    )
    assert.strictEqual(run?.state, "Completed", JSON.stringify(run?.problem))
    assert.strictEqual(shown, "contact")
    assert.strictEqual(only(world).run(shownBy).trim(), record.hostKey)
    assert.strictEqual(await living(world), 1)
  }, 60_000)

  for (const [bad, state, machines] of [
    [2, "Completed", 3],
    [9, "Failed", 3]
  ] as const) {
    it(`of a run: ${bad === 2 ? "two bad machines are replaced, and it completes" : "three bad machines end it"}`, async () => {
      const world = scripted(broken(bad))
      const project = join(world.home, "project")
      mkdirSync(project)
      writeFileSync(join(project, "train.sh"), "echo trained on $(hostname)\n")
      const spec = specOf(project)
      const run = await world.process(
        Effect.gen(function* () {
          const records = yield* Records
          yield* records.append(streams.run(id), [event("RunRequested", { spec })], { run: id })
          yield* drive(id)
          return yield* records.run(id)
        })
      )
      assert.strictEqual(run?.state, state, JSON.stringify(run?.problem))
      assert.strictEqual(world.machines.size, machines)
      assert.strictEqual(await living(world), 0)
      if (state === "Failed") assert.strictEqual(run?.problem?.code, "RUNCTL_E_BAD_MACHINE")
      else assert.include(readFileSync(join(world.home, "runs", id, "3", "log"), "utf8"), "trained on")
    }, 90_000)
  }
})
