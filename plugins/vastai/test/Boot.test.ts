import { assert, describe, it } from "@effect/vitest"
import { carry, keyFile, mostScript } from "@runctl/plugin-vastai/Boot"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { publicKey } from "./rented.ts"

const home = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-container-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** As long as what a machine is really told, with everything in it that shells and JSON have to say about. */
const content = `#!/bin/sh\nprintf '%s|' "it's" '$(false)' \`echo ö火\` >>ran\nenv >environment\n${"# padding\n".repeat(1800)}`

const start = (folder: string, script: string, env: Readonly<Record<string, string>>) =>
  spawnSync("sh", ["-c", script], {
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      CONTAINER_ID: "31000001",
      CONTAINER_API_KEY: "own0123456789key",
      ...env
    }
  })

describe("what a container does at its start", () => {
  const carried = carry({ authorizedKey: publicKey, bootstrap: { format: "script", content } })

  it("fits into the script that the API takes, the rest into variables that are no longer", () => {
    assert.isAtMost(carried.onstart.length, mostScript)
    assert.isAbove(Object.keys(carried.env).length, 3)
    for (const value of Object.values(carried.env)) assert.isAtMost(value.length, 4000)
  })

  it("is put together again byte for byte, and run at every start", () => {
    const folder = home()
    for (let times = 0; times < 2; times++) {
      const { status, stderr } = start(folder, carried.onstart, carried.env)
      assert.deepStrictEqual([status, stderr], [0, ""])
    }
    assert.strictEqual(readFileSync(join(folder, "ran"), "utf8"), "it's|$(false)|ö火|".repeat(2))
    // What was carried is not in the environment of what lives on.
    assert.notInclude(readFileSync(join(folder, "environment"), "utf8"), "RUNCTL_BOOT")
    assert.isFalse(existsSync(join(folder, ".runctl-boot")))
  })

  it("is not run when any of it is missing, and that is said", () => {
    const folder = home()
    const { RUNCTL_BOOT_1: _, ...rest } = carried.env
    const { stderr } = start(folder, carried.onstart, rest)
    assert.isFalse(existsSync(join(folder, "ran")))
    assert.match(stderr, /characters of what it is to do came with it/)
  })

  it("lets the owner in once, and keeps its own key for what ends it", () => {
    const folder = home()
    start(folder, carried.onstart, carried.env)
    start(folder, carried.onstart, carried.env)
    assert.strictEqual(readFileSync(join(folder, ".ssh/authorized_keys"), "utf8"), `${publicKey}\n`)
    assert.strictEqual(statSync(join(folder, ".ssh/authorized_keys")).mode & 0o777, 0o600)
    assert.strictEqual(readFileSync(join(folder, keyFile), "utf8"), "31000001\nown0123456789key\n")
    assert.strictEqual(statSync(join(folder, keyFile)).mode & 0o777, 0o600)
    assert.isTrue(existsSync(join(folder, ".no_auto_tmux")))
  })

  it("is nothing but the key where nothing else is wanted", () => {
    const { env, onstart } = carry({ authorizedKey: publicKey, bootstrap: { format: "none", content: "" } })
    assert.deepStrictEqual(env, {})
    assert.notInclude(onstart, "base64")
  })
})
