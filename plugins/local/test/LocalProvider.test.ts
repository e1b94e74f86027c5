import { assert, layer as withLayer } from "@effect/vitest"
import { fromName, fromTags, OwnerId } from "@runctl/core/Ownership"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { ResourceId } from "@runctl/core/Resource"
import { TrainingProvider } from "@runctl/core/TrainingProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { layer, newMark, rent, requestFor, us } from "./rented.ts"

const folderOf = (key: string) => Effect.map(PluginContext, ({ home }) => `${home}/machines/${key}`)

const reasonOf = <A, R>(effect: Effect.Effect<A, { readonly reason: { readonly _tag: string } }, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason._tag)

withLayer(layer, { excludeTestServices: true })("LocalProvider", (it) => {
  it.effect("lists nothing before anything was rented", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      assert.deepStrictEqual(yield* provider.listResources, [])
    })
  )

  it.effect("rents a folder that says whose it is", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const mark = newMark()
      const before = yield* DateTime.now
      const machine = yield* rent(mark, { label: 'a "label"\nwith two lines' })
      assert.strictEqual(machine.id, `local/here/${mark.key}`)
      assert.deepStrictEqual(machine.state, { _tag: "Running" })
      assert.deepStrictEqual(fromName(machine.name ?? ""), mark)
      assert.deepStrictEqual(fromTags(machine.tags), mark)
      assert.strictEqual(machine.costPerHour, 0)
      assert.strictEqual(machine.deadline?.epochMilliseconds, mark.deadlineEpochSeconds * 1000)
      assert.isAtLeast(machine.launchTime?.epochMilliseconds ?? 0, before.epochMilliseconds)
      assert.deepStrictEqual(yield* provider.getResource(machine.id), machine)
      assert.deepStrictEqual(yield* provider.listResources, [machine])
    })
  )

  it.effect("makes one machine of many creations at once, and leaves no draft of the others", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const mark = newMark()
      const machine = yield* rent(mark)
      yield* provider.terminate(machine.id)
      const all = yield* Effect.all(
        Array.from({ length: 12 }, () => provider.createResource(requestFor(mark))),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(all.map((each) => JSON.stringify(each))).size, 1)
      const { home } = yield* PluginContext
      assert.deepStrictEqual(yield* fs.readDirectory(`${home}/machines`), [mark.key])
    })
  )

  it.effect("removes with a machine what a creation that was cut short left behind", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const { home } = yield* PluginContext
      const [mark, other] = [newMark(), newMark()]
      const { id } = yield* rent(mark)
      yield* fs.makeDirectory(`${home}/machines/.new-${mark.key}-x/home`, { recursive: true })
      yield* fs.makeDirectory(`${home}/machines/.new-${other.key}-x/home`, { recursive: true })
      assert.deepStrictEqual(
        (yield* provider.listResources).map(({ key }) => key),
        [mark.key]
      )
      yield* provider.terminate(id)
      assert.deepStrictEqual(yield* fs.readDirectory(`${home}/machines`), [`.new-${other.key}-x`])
      yield* fs.remove(`${home}/machines`, { recursive: true })
    })
  )

  it.effect("gives a machine's files to nobody else", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const mark = newMark()
      yield* rent(mark)
      const folder = yield* folderOf(mark.key)
      const modes = yield* Effect.forEach([folder, `${folder}/home`, `${folder}/machine.json`], (path) =>
        Effect.map(fs.stat(path), ({ mode }) => (mode & 0o777).toString(8))
      )
      assert.deepStrictEqual(modes, ["700", "700", "600"])
    })
  )

  it.effect("lists machines of other owners as theirs", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const them = OwnerId.make("another1")
      const [ours, theirs] = [yield* rent(newMark()), yield* rent(newMark(them))]
      const owners = new Map((yield* provider.listResources).map(({ id, owner }) => [id, owner]))
      assert.strictEqual(owners.get(ours.id), us)
      assert.strictEqual(owners.get(theirs.id), them)
    })
  )

  for (const [damage, content] of [
    ["cut off", '{"mark":{"ow'],
    ["not JSON", "\0\0\0"],
    ["about another machine", undefined],
    ["missing", null]
  ] as const) {
    it.effect(`shows a machine whose machine.json is ${damage} as broken, and terminates it`, () =>
      Effect.gen(function* () {
        const provider = yield* TrainingProvider
        const fs = yield* FileSystem.FileSystem
        const mark = newMark()
        const { id } = yield* rent(mark)
        const whole = yield* rent(newMark())
        const file = `${yield* folderOf(mark.key)}/machine.json`
        const other = yield* fs.readFileString(`${yield* folderOf(whole.key)}/machine.json`)
        yield* content === null ? fs.remove(file) : fs.writeFileString(file, content ?? other)
        const listed = (yield* provider.listResources).find((each) => each.id === id)
        assert.strictEqual(listed?.state._tag, "Error")
        assert.strictEqual(listed?.key, mark.key)
        assert.deepStrictEqual(yield* provider.getResource(id), listed)
        assert.strictEqual(yield* reasonOf(provider.stopResource(id)), "Rejected")
        yield* provider.terminate(id)
        assert.deepStrictEqual(yield* provider.listResources, [whole])
      })
    )
  }

  it.effect("does not take an unreadable folder for an empty one", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const { home } = yield* PluginContext
      yield* fs.remove(`${home}/machines`, { recursive: true, force: true })
      yield* fs.makeDirectory(home, { recursive: true })
      yield* fs.writeFileString(`${home}/machines`, "a file")
      assert.strictEqual(yield* reasonOf(provider.listResources), "Unavailable")
      assert.strictEqual(yield* reasonOf(provider.createResource(requestFor(newMark()))), "Unavailable")
      yield* fs.remove(`${home}/machines`)
    })
  )

  it.effect("refuses what this computer is not", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const request = requestFor(newMark())
      const gpus = requestFor(newMark(), { offer: { ...request.offer, instanceType: "cpus" } })
      const error = yield* Effect.flip(provider.createResource(gpus))
      assert.strictEqual(error.reason._tag, "Rejected")
      assert.include(error.message, 'Did you mean "cpu"?')
      assert.strictEqual(yield* reasonOf(provider.estimateCost("cpus", 1)), "Rejected")
      assert.strictEqual(
        yield* reasonOf(provider.createResource({ ...request, market: "spot" })),
        "UnsupportedCapability"
      )
      assert.deepStrictEqual(yield* provider.listResources, [])
    })
  )

  it.effect("has no home to go to while stopped, and the same one afterwards", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const machine = yield* rent(newMark())
      const before = yield* provider.endpoint(machine)
      assert.deepStrictEqual(yield* provider.stopResource(machine.id), { ...machine, state: { _tag: "Stopped" } })
      assert.strictEqual(yield* reasonOf(provider.endpoint(machine)), "Conflict")
      assert.deepStrictEqual(yield* provider.startResource(machine.id), machine)
      assert.deepStrictEqual(yield* provider.endpoint(machine), before)
    })
  )

  it.effect("never leaves its own folder, whatever an id says", () =>
    Effect.gen(function* () {
      const provider = yield* TrainingProvider
      const fs = yield* FileSystem.FileSystem
      const machine = yield* rent(newMark())
      const { home } = yield* PluginContext
      for (const native of ["..", "../..", `../machines/${machine.key}`, "/etc", ".", `${machine.key}/home`]) {
        for (const place of ["local/here", "local/there", "other/here"]) {
          const id = ResourceId.make(`${place}/${native}`)
          yield* provider.terminate(id)
          assert.strictEqual(yield* reasonOf(provider.getResource(id)), "NotFound")
        }
      }
      for (const place of ["other/here", "local/there"]) {
        const id = ResourceId.make(`${place}/${machine.key}`)
        yield* provider.terminate(id)
        assert.strictEqual(yield* reasonOf(provider.getResource(id)), "NotFound")
      }
      assert.deepStrictEqual(yield* provider.listResources, [machine])
      assert.isTrue(yield* fs.exists(`${home}/machines/${machine.key}/home`))
    })
  )
})
