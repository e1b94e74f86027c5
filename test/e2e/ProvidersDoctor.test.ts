import * as Emulator from "@runctl/testkit/Emulator"
import { assert, describe } from "vitest"
import type { Box } from "../harness/Box.ts"
import { boxed } from "../harness/boxed.ts"

interface Check {
  readonly name: string
  readonly status: string
  readonly message: string
  readonly advice: string | null
}

/** What `providers doctor --json` says of each provider, and how it ended. */
const examined = async (box: Box) => {
  const { code, stderr, stdout } = await box.run(["providers", "doctor", "--json"])
  const { healthy, providers } = JSON.parse(stdout)
  assert.strictEqual(healthy, code === 0, stderr)
  const of = (name: string): { readonly standing: string; readonly checks: ReadonlyArray<Check> } => {
    const found = providers.find(({ provider }: { readonly provider: string }) => provider === name)
    assert.isDefined(found, stdout)
    return found
  }
  const check = (provider: string, name: string): Check =>
    of(provider).checks.find((each) => each.name === name) ?? assert.fail(`${provider} has no ${name}: ${stdout}`)
  return { code, check, standing: (name: string) => of(name).standing }
}

describe("the examination of all providers", () => {
  boxed(
    "says of each without a credential where one is looked for and where to get one, and asks nothing",
    async (box) => {
      const { check, code, standing } = await examined(box)
      assert.strictEqual(code, 0)
      assert.strictEqual(standing("local"), "ready")
      for (const [provider, variable, url] of [
        ["digitalocean", "$DIGITALOCEAN_TOKEN", "https://cloud.digitalocean.com/account/api/tokens"],
        ["lyceum", "$LYCEUM_API_KEY", "https://dashboard.lyceum.technology/api-keys"]
      ] as const) {
        assert.strictEqual(standing(provider), "missing")
        const { advice, message, status } = check(provider, "credentials")
        assert.strictEqual(status, "warn")
        assert.include(message, variable)
        assert.include(advice ?? "", url)
      }
      const { stdout } = await box.run(["providers", "doctor"])
      assert.match(stdout, /^can be used +.*\blocal\b/m)
      assert.match(stdout, /^wants a credential +.*\bdigitalocean\b/m)
      assert.match(stdout, /^wants a credential +.*\blyceum\b/m)
    }
  )

  boxed("asks all of them at once, and one that is not let in keeps nobody from the others", async (box) => {
    await using digitalocean = await Emulator.digitalocean()
    await using lyceum = await Emulator.lyceum()
    Object.assign(box.env, digitalocean.environment, lyceum.environment)
    // Neither is answered before both were asked.
    const holds = [
      digitalocean.hold({ method: "GET", path: /\/sizes$/, point: "beforeEffect" }),
      lyceum.hold({ method: "GET", path: /\/pricing$/, point: "beforeEffect" })
    ]
    const released = (async () => {
      await Promise.all(holds.map(({ arrived }) => arrived))
      for (const hold of holds) hold.release()
    })()
    const well = await examined(box)
    await released
    assert.deepStrictEqual([well.code, well.standing("digitalocean"), well.standing("lyceum")], [0, "ready", "ready"])
    assert.match(well.check("lyceum", "credits").message, /are left/)

    Object.assign(box.env, { LYCEUM_API_KEY: "lk_no" })
    const { check, code, standing } = await examined(box)
    assert.strictEqual(code, 4)
    assert.deepStrictEqual([standing("digitalocean"), standing("lyceum")], ["ready", "broken"])
    assert.include(check("lyceum", "offers").advice ?? "", "Get one at https://dashboard.lyceum.technology/api-keys.")
  })
})
