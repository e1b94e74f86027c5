import { assert, describe, it } from "@effect/vitest"
import { endAction } from "@runctl/plugin-vastai/EndAction"
import { keyFile } from "@runctl/plugin-vastai/Boot"
import * as Effect from "effect/Effect"
import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { billed, type Cloud, requestFor, sent, using } from "./rented.ts"

const temporary = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-end-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const ended = (cloud: Cloud, id: string, env: Readonly<Record<string, string>>, path = process.env["PATH"] ?? "") =>
  Effect.promise(
    () =>
      new Promise<number | null>((resolve) => {
        const child = spawn("/bin/sh", ["-c", endAction(cloud.url)], {
          env: { PATH: path, CONTAINER_ID: id, ...env },
          cwd: temporary(),
          stdio: "ignore"
        })
        child.once("exit", resolve)
      })
  )

const keyOf = ({ core }: Cloud, id: number): string => core.market.world.instances.get(id)?.key ?? ""

const native = (id: string): string => id.split("/")[2] ?? ""

const programs = ["curl", "python3", "wget"].filter(
  (name) => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0
)

/** Where a program is; of Python itself, and not of what chooses one. */
const whereIs = (name: string): string =>
  spawnSync(
    "sh",
    ["-c", name === "python3" ? "python3 -c 'import sys; print(sys.executable)'" : `command -v ${name}`],
    {
      encoding: "utf8"
    }
  ).stdout.trim()

/** A PATH with one of the programs that can ask, and what a shell needs beside it. */
const pathWith = (program: string): string => {
  const folder = temporary()
  for (const name of ["sh", "sync", "grep", "sed", "tr", "cat", "rm", program]) {
    const at = whereIs(name)
    // Python looks for its library beside itself.
    if (name === "python3") writeFileSync(join(folder, name), `#!/bin/sh\nexec '${at}' "$@"\n`, { mode: 0o700 })
    else symlinkSync(at, join(folder, name))
  }
  return folder
}

describe("a machine whose time is over", () => {
  it.live("destroys itself with its own key, whichever program it has for that", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        for (const program of programs) {
          const { id } = yield* provider.createResource(requestFor())
          const number = native(id)
          const key = keyOf(cloud, Number(number))
          assert.strictEqual(yield* ended(cloud, number, { CONTAINER_API_KEY: key }, pathWith(program)), 0, program)
          assert.deepStrictEqual(billed(cloud), [], program)
        }
        assert.isAbove(programs.length, 0)
      })
    )
  )

  it.live("knows itself from what its start has left, where the environment does not say", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const { id } = yield* provider.createResource(requestFor())
        const home = temporary()
        writeFileSync(join(home, keyFile), `${native(id)}\n${keyOf(cloud, Number(native(id)))}\n`)
        assert.strictEqual(yield* ended(cloud, "", { HOME: home }), 0)
        assert.deepStrictEqual(billed(cloud), [])
      })
    )
  )

  it.live("stops itself where it may not destroy itself, so that only its disk is charged", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const machine = yield* provider.createResource(requestFor())
        const number = native(machine.id)
        cloud.faults.forbidden({ method: "DELETE" })
        assert.strictEqual(yield* ended(cloud, number, { CONTAINER_API_KEY: keyOf(cloud, Number(number)) }), 0)
        assert.strictEqual((yield* provider.getResource(machine.id)).state._tag, "Stopped")
        assert.deepStrictEqual(sent(cloud, "PUT", /instances/).at(-1)?.body, { state: "stopped" })
      })
    )
  )

  it.live("may do nothing to others with its key, and says that it has failed", () =>
    using((provider, cloud) =>
      Effect.gen(function* () {
        const [one, other] = [
          yield* provider.createResource(requestFor()),
          yield* provider.createResource(requestFor())
        ]
        const key = keyOf(cloud, Number(native(one.id)))
        assert.notStrictEqual(yield* ended(cloud, native(other.id), { CONTAINER_API_KEY: key }), 0)
        assert.strictEqual(billed(cloud).length, 2)
      })
    )
  )

  it.each(["curl", "wget"])("shows its key to nobody who looks at the processes (%s)", (program) => {
    const folder = temporary()
    const seen = join(folder, "seen")
    const bin = join(folder, "bin")
    mkdirSync(bin)
    const fake = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${seen}'\nls -l .runctl-wgetrc >>'${seen}' 2>&1\necho '{"success": true}'\n`
    writeFileSync(join(bin, program), fake, { mode: 0o700 })
    for (const name of ["sync", "grep", "ls", "rm"]) symlinkSync(whereIs(name), join(bin, name))
    const { status } = spawnSync("/bin/sh", ["-c", endAction("https://console.vast.ai")], {
      env: { PATH: bin, CONTAINER_ID: "31000001", CONTAINER_API_KEY: "canary0key" },
      cwd: folder
    })
    assert.strictEqual(status, 0)
    const shown = readFileSync(seen, "utf8")
    assert.notInclude(shown, "canary0key")
    assert.include(shown, "https://console.vast.ai/api/v0/instances/31000001/")
    if (program === "wget") assert.include(shown, "-rw-------")
    assert.isFalse(existsSync(join(folder, ".runctl-wgetrc")))
  })
})
