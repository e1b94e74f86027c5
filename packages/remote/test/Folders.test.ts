/** Modes and times of folders, up and down. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, layer } from "@effect/vitest"
import * as Transfer from "@runctl/remote/Transfer"
import * as Upload from "@runctl/remote/Upload"
import * as Effect from "effect/Effect"
import * as FS from "node:fs"
import * as Machine from "./Machine.ts"

const modes = {
  open: 0o755,
  "open/private": 0o700,
  "open/shared": 0o775,
  "open/empty": 0o750,
  "read-only": 0o555
} as const
const moment = 1_700_000_000

const content = {
  "open/a": "a",
  "open/private/b": "b",
  "open/shared/large.bin": "l".repeat(9_000_000),
  "read-only/c": "c"
}

/** As it is made here, each folder behind those in it. */
const make = (folder: string): void => {
  Machine.write(folder, content)
  FS.mkdirSync(`${folder}/open/empty`)
  for (const [name, mode] of Object.entries(modes).toReversed()) {
    FS.chmodSync(`${folder}/${name}`, mode)
    FS.utimesSync(`${folder}/${name}`, moment, moment + name.length)
  }
}

const found = (folder: string): ReadonlyArray<readonly [string, string, number]> =>
  Object.keys(modes).map((name) => {
    const { mode, mtimeMs } = FS.statSync(`${folder}/${name}`)
    return [name, (mode & 0o777).toString(8), mtimeMs / 1000]
  })

/** A folder stays its owner's to write. */
const expected = Object.entries(modes).map(
  ([name, mode]) => [name, (mode | 0o700).toString(8), moment + name.length] as const
)

/** A folder with every program of this computer but tar. */
const withoutTar = (folder: string): string => {
  for (const place of ["/bin", "/usr/bin"]) {
    for (const name of FS.readdirSync(place)) {
      if (!name.endsWith("tar") && !FS.existsSync(`${folder}/${name}`))
        FS.symlinkSync(`${place}/${name}`, `${folder}/${name}`)
    }
  }
  return folder
}

layer(NodeServices.layer, { excludeTestServices: true })("folders", (it) => {
  it.effect("keep their modes and times on the way up and down, also empty ones, and are not sent again", () =>
    Effect.gen(function* () {
      const [machine, local, back] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
      make(local)
      yield* Upload.upload(machine.shell, local, "there")
      assert.deepStrictEqual(found(`${machine.home}/there`), expected)
      yield* Transfer.download(machine.shell, "there", back)
      assert.deepStrictEqual(found(back), expected)
      assert.deepStrictEqual(Machine.read(back), { ...content, "open/empty/": "" })
      machine.commands.length = 0
      const again = yield* Upload.upload(machine.shell, local, "there")
      assert.deepStrictEqual([again.files, again.unchanged], [[], 4])
      assert.strictEqual(machine.commands.length, 1)
    })
  )

  it.effect("get a mode that changed, and so do files that did not change otherwise", () =>
    Effect.gen(function* () {
      const [machine, local, back] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
      make(local)
      yield* Upload.upload(machine.shell, local, "there")
      yield* Transfer.download(machine.shell, "there", back)
      FS.chmodSync(`${local}/open/private`, 0o711)
      yield* Upload.upload(machine.shell, local, "there")
      assert.strictEqual(FS.statSync(`${machine.home}/there/open/private`).mode & 0o777, 0o711)
      FS.chmodSync(`${machine.home}/there/open/a`, 0o600)
      const { files } = yield* Transfer.download(machine.shell, "there", back)
      assert.deepStrictEqual(files, [])
      assert.strictEqual(FS.statSync(`${back}/open/private`).mode & 0o777, 0o711)
      assert.strictEqual(FS.statSync(`${back}/open/a`).mode & 0o777, 0o600)
    })
  )

  it.effect("leave alone what a link leads to, though its content is the same", () =>
    Effect.gen(function* () {
      const [machine, back, elsewhere] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
      make(`${machine.home}/there`)
      FS.writeFileSync(`${elsewhere}/a`, content["open/a"], { mode: 0o600 })
      FS.mkdirSync(`${back}/open`)
      FS.symlinkSync(`${elsewhere}/a`, `${back}/open/a`)
      yield* Transfer.download(machine.shell, "there", back, { checksum: true })
      assert.strictEqual(FS.statSync(`${elsewhere}/a`).mode & 0o777, 0o600)
    })
  )

  it.effect("keep them on a machine without tar", () =>
    Effect.gen(function* () {
      const [programs, local] = [yield* Machine.temporary, yield* Machine.temporary]
      const machine = yield* Machine.make({ PATH: withoutTar(programs) })
      make(local)
      yield* Upload.upload(machine.shell, local, "there")
      assert.deepStrictEqual(found(`${machine.home}/there`), expected)
    })
  )

  it.effect("that are left out are not made, and none is changed through a link", () =>
    Effect.gen(function* () {
      const [machine, back, elsewhere] = [yield* Machine.make(), yield* Machine.temporary, yield* Machine.temporary]
      make(`${machine.home}/there`)
      yield* Transfer.download(machine.shell, "there", `${back}/some`, { exclude: ["open/"] })
      assert.deepStrictEqual(FS.readdirSync(`${back}/some`), ["read-only"])
      FS.mkdirSync(`${back}/linked`)
      FS.chmodSync(elsewhere, 0o711)
      FS.symlinkSync(elsewhere, `${back}/linked/open`)
      const error = yield* Effect.flip(Transfer.download(machine.shell, "there", `${back}/linked`))
      assert.strictEqual(error.reason._tag, "PathEscapes")
      assert.strictEqual(FS.statSync(elsewhere).mode & 0o777, 0o711)
      assert.deepStrictEqual(FS.readdirSync(elsewhere), [])
    })
  )
})
