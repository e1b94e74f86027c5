import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "vitest"
import { chosen, lives, requireLive } from "./live.ts"

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const script = join(root, "tools", "live.ts")

const run = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [script, ...args], { cwd: root, env: { PATH: "/nowhere", ...env }, encoding: "utf8" })

const token = "dop_v1_canary0123456789abcdef"

describe("live laws", () => {
  it("are not run unless the variable names a provider that has some, and a token is there", () => {
    for (const [env, why] of [
      [{}, /cost money: they are run only with RUNCTL_LIVE set to one of aws, digitalocean, /],
      [{ RUNCTL_LIVE: " " }, /cost money/],
      [{ DIGITALOCEAN_TOKEN: token }, /cost money/],
      [{ RUNCTL_LIVE: "1", DIGITALOCEAN_TOKEN: token }, /no live laws for RUNCTL_LIVE="1"/],
      [{ RUNCTL_LIVE: "digitalocean" }, /need a token in DIGITALOCEAN_TOKEN or DIGITALOCEAN_ACCESS_TOKEN/],
      [{ RUNCTL_LIVE: "digitalocean", DIGITALOCEAN_TOKEN: "" }, /need a token/]
    ] as const) {
      assert.isString(chosen(env))
      assert.throws(() => requireLive("digitalocean", env), why)
      const { status, stderr, stdout } = run(env)
      assert.strictEqual(status, 2, stderr)
      assert.match(stderr, why)
      assert.notInclude(stdout + stderr, token)
    }
  })

  it("of one provider are not run when another is asked for", () => {
    const env = { RUNCTL_LIVE: "digitalocean", DIGITALOCEAN_TOKEN: token }
    assert.throws(() => requireLive("verda", env), /asks for digitalocean, not for verda/)
    assert.strictEqual(requireLive("digitalocean", env).provider, "digitalocean")
  })

  it("say what they cost and how long they last before anything is asked, and each has its file", () => {
    for (const live of lives) assert.isTrue(existsSync(join(root, live.file)), live.file)
    const { status, stderr, stdout } = run({ RUNCTL_LIVE: "digitalocean", DIGITALOCEAN_TOKEN: token }, "--dry-run")
    assert.strictEqual(status, 0, stderr)
    assert.match(stdout, /about \$1/)
    assert.match(stdout, /laws\.live\.test\.ts/)
    assert.notInclude(stdout + stderr, token)
  })
})
