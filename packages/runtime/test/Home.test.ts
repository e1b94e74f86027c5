import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { assert, describe, it } from "@effect/vitest"
import { Home, locate } from "@runctl/runtime/Home"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { startChild } from "./journalChildren.ts"
import { temporaryFolder } from "./journalPlatform.ts"

const files = Layer.mergeAll(NodeFileSystem.layer, NodePath.layer)

const environment = (env: Record<string, string>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env }))

const homeAt = (root: string, env: Record<string, string> = {}) =>
  Effect.flatMap(Home, (home) => Effect.map(home.owner, (owner) => ({ ...home, owner }))).pipe(
    Effect.provide(Home.layerAt(root).pipe(Layer.provide(files), Layer.provideMerge(environment(env))), { local: true })
  )

const refusal = (root: string, env?: Record<string, string>) => Effect.flip(homeAt(root, env))

const modeOf = (file: string): number => statSync(file).mode & 0o7777

describe("the folder", () => {
  const located = (env: Record<string, string>) => locate.pipe(Effect.provide(Layer.mergeAll(files, environment(env))))

  it.effect("is RUNCTL_HOME, else below XDG_STATE_HOME, else below the home directory", () =>
    Effect.gen(function* () {
      const all = { RUNCTL_HOME: "/srv/runctl", XDG_STATE_HOME: "/state", HOME: "/home/me" }
      assert.strictEqual(yield* located(all), "/srv/runctl")
      assert.strictEqual(yield* located({ ...all, RUNCTL_HOME: "" }), "/state/runctl")
      assert.strictEqual(yield* located({ HOME: "/home/me" }), "/home/me/.local/state/runctl")
      assert.strictEqual(
        yield* located({ HOME: "/home/me", XDG_STATE_HOME: "not/absolute" }),
        "/home/me/.local/state/runctl"
      )
      assert.strictEqual(yield* located({ RUNCTL_HOME: "here" }), resolve("here"))
      assert.include((yield* Effect.flip(located({}))).message, "RUNCTL_HOME")
    })
  )

  it.effect("is made for its user alone", () =>
    Effect.gen(function* () {
      const root = join(yield* temporaryFolder, "a", "b")
      const home = yield* homeAt(root)
      assert.strictEqual(modeOf(root), 0o700)
      assert.strictEqual(modeOf(join(root, "owner")), 0o600)
      assert.strictEqual(home.journal, join(root, "journal.db"))
    })
  )

  it.effect("that others can enter is closed when it is ours", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      chmodSync(root, 0o755)
      const { owner } = yield* homeAt(root)
      assert.strictEqual(modeOf(root), 0o700)
      chmodSync(root, 0o777)
      assert.strictEqual((yield* homeAt(root)).owner, owner)
      assert.strictEqual(modeOf(root), 0o700)
    })
  )

  it.effect("that others can enter and that holds other things is refused with what to run, and left as it is", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      writeFileSync(join(root, "letter.txt"), "")
      chmodSync(root, 0o755)
      assert.include((yield* refusal(root)).message, `chmod 700 ${root}`)
      assert.strictEqual(modeOf(root), 0o755)
      rmSync(join(root, "letter.txt"))
      chmodSync(root, 0o1777)
      assert.include((yield* refusal(root)).message, `chmod 700 ${root}`)
      assert.deepStrictEqual(readdirSync(root), [])
    })
  )

  it.effect("that is a file is refused", () =>
    Effect.gen(function* () {
      const root = join(yield* temporaryFolder, "file")
      writeFileSync(root, "")
      assert.include((yield* refusal(root)).message, "not a folder")
      assert.include((yield* refusal(join(root, "below"))).message, "cannot be used")
      assert.notStrictEqual(root, homedir())
    })
  )
})

describe("the owner", () => {
  it.effect("is made once and stays", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      const { owner } = yield* homeAt(root)
      assert.match(owner, /^[a-z0-9]{8}$/)
      assert.strictEqual((yield* homeAt(root)).owner, owner)
      assert.strictEqual(readFileSync(join(root, "owner"), "utf8"), `${owner}\n`)
      assert.deepStrictEqual(readdirSync(root), ["owner"])
    })
  )

  it.live("is the same for twenty processes that make it at once", () =>
    Effect.gen(function* () {
      const root = join(yield* temporaryFolder, "new")
      const at = Date.now() + 1500
      const twenty = Array.from({ length: 20 }, () => at)
      const children = yield* Effect.forEach(twenty, () => startChild("owner", root, at))
      yield* Effect.promise(() => Promise.all(children.map(({ ended }) => ended)))
      const owners = children.flatMap(({ said }) => said.map(({ owner }) => owner))
      assert.strictEqual(owners.length, 20)
      assert.strictEqual(new Set(owners).size, 1)
      assert.deepStrictEqual(readdirSync(root), ["owner"])
    })
  )

  it.effect("is RUNCTL_OWNER when that is set, and nothing else than an owner id", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      assert.strictEqual((yield* homeAt(root, { RUNCTL_OWNER: "team0001" })).owner, "team0001")
      assert.deepStrictEqual(readdirSync(root), [])
      for (const wrong of ["short", "Team0001", "team 001", "team00012", "../../et"]) {
        const { message, path } = yield* refusal(root, { RUNCTL_OWNER: wrong })
        assert.strictEqual(path, "RUNCTL_OWNER")
        assert.include(message, "8 characters")
      }
    })
  )

  it.effect("that is damaged is refused and kept: the machines carry it", () =>
    Effect.gen(function* () {
      const root = yield* temporaryFolder
      mkdirSync(root, { recursive: true })
      for (const damaged of ["", "abc", "ABCDEFGH\n", "abcdefghi"]) {
        writeFileSync(join(root, "owner"), damaged)
        assert.include((yield* refusal(root)).message, "does not hold an owner id")
        assert.strictEqual(readFileSync(join(root, "owner"), "utf8"), damaged)
      }
    })
  )
})
