import { assert, describe, it } from "@effect/vitest"
import { command, mostScript, toldOf } from "@runctl/plugin-runpod/Boot"
import { scriptFor } from "@runctl/plugin-runpod/EndAction"
import { spawnSync } from "node:child_process"

const withoutShellcheck = spawnSync("shellcheck", ["--version"]).status !== 0
const scripts = { "what a container does": command, "how a pod ends itself": scriptFor("https://api.runpod.io") }

describe.each(Object.entries(scripts))("%s", (_, script) => {
  it("is a program for any sh", () => {
    const { status, stderr } = spawnSync("sh", ["-n"], { input: script })
    assert.strictEqual(status, 0, String(stderr))
  })

  it.skipIf(withoutShellcheck)("has nothing that shellcheck warns of (needs shellcheck)", () => {
    const { stdout } = spawnSync("shellcheck", ["-s", "sh", "-S", "warning", "-"], { input: script })
    assert.strictEqual(String(stdout), "")
  })
})

describe("a request with what a pod does at boot", () => {
  it("stays below what RunPod takes, as long as that may be", () => {
    const bootstrap = { format: "script", content: "x".repeat(mostScript) } as const
    const told = toldOf(bootstrap, { authorizedKey: "k".repeat(800), hasVolume: true })
    assert.isBelow(JSON.stringify(told).length, 102_400 - 2_000)
  })
})

describe("the end action of a pod", () => {
  it("fails, and says why, where there is no key or nobody answers", () => {
    const run = (text: string) => spawnSync("sh", [], { input: text, env: { PATH: process.env["PATH"] ?? "" } })
    const script = scriptFor("http://127.0.0.1:9")
    assert.strictEqual(run(script).status, 1)
    assert.include(String(run(script).stderr), "does not know its own id")
    const known = script.replace(/^of\(\) .*$/m, "of() { echo canary; }")
    const { status, stderr, stdout } = run(known)
    assert.notStrictEqual(status, 0)
    assert.include(String(stderr), "REST answered 000")
    assert.notInclude(`${String(stderr)}${String(stdout)}`, "canary")
  })
})
