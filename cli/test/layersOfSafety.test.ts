import { assert, it } from "@effect/vitest"
import type { Capabilities } from "@runctl/core/Capabilities"
import { roomCheck } from "../src/doctor/computer.ts"
import { lookedFor, summaryOf } from "../src/providers/credentials.ts"
import { layersOfSafety } from "../src/providers/layersOfSafety.ts"
import { search } from "../src/providers/sources.ts"
import { defaultSettings } from "../src/settings/merge.ts"

const capabilities = (endAction: Capabilities["endAction"]): Capabilities => ({
  spot: "none",
  stop: "none",
  idempotency: "none",
  userData: "none",
  endAction,
  runMode: "machine",
  groupCreate: false
})

const statusOf = (endAction: Capabilities["endAction"], isFree: boolean): Readonly<Record<string, string>> =>
  Object.fromEntries(
    layersOfSafety({
      capabilities: capabilities(endAction),
      supervisor: "running",
      isFree,
      sweptAt: undefined,
      now: 0
    }).map(({ name, status }) => [name, status])
  )

it("a machine that cannot end its own billing is a warning, unless nothing is billed", () => {
  const own = "machine's own clock"
  assert.strictEqual(statusOf("terminates", false)[own], "ok")
  assert.strictEqual(statusOf("stopsPartBilling", true)[own], "warn")
  assert.strictEqual(statusOf("stopsJobOnly", false)[own], "warn")
  assert.strictEqual(statusOf("stopsJobOnly", true)[own], "ok")
})

it("layers that do not exist are said to be none, and worry where something costs", () => {
  const checks = layersOfSafety({
    capabilities: capabilities("terminates"),
    supervisor: "frozen",
    isFree: false,
    sweptAt: undefined,
    now: 0
  })
  for (const name of ["provider's limit", "sweeper"]) {
    const check = checks.find((each) => each.name === name)
    assert.strictEqual(check?.status, "warn")
    assert.match(check?.message ?? "", /^none/)
  }
  assert.strictEqual(checks.find(({ name }) => name === "supervisor")?.status, "warn")
})

it("the sweeper is real while sweeps are made, and how to have them made is said when they are not", () => {
  const minute = 60_000
  const now = 1_800_000_000_000
  const sweeper = (sweptAt: number | undefined, isFree = false) =>
    layersOfSafety({ capabilities: capabilities("stopsJobOnly"), supervisor: "none", isFree, sweptAt, now }).find(
      ({ name }) => name === "sweeper"
    )
  assert.include(sweeper(now - 4 * minute), { status: "ok", message: "`runctl sweep` asked it 4m ago" })
  assert.strictEqual(sweeper(now - 15 * minute)?.status, "ok")
  for (const at of [undefined, now - 16 * minute]) {
    assert.strictEqual(sweeper(at)?.status, "warn")
    assert.match(sweeper(at)?.advice ?? "", /cron or a systemd timer/)
    assert.strictEqual(sweeper(at, true)?.status, "ok")
  }
})

it("credentials are found by name, never by value", () => {
  const source = { environment: ["A_TOKEN", "B_TOKEN"], files: ["~/.a", "/etc/b"] }
  const exists = (path: string): boolean => path === "/home/u/.a"
  const places = lookedFor(source, { A_TOKEN: "", B_TOKEN: "very secret", HOME: "/home/u" }, exists)
  assert.deepStrictEqual(
    places.map(({ found, name }) => [name, found]),
    [
      ["A_TOKEN", false],
      ["B_TOKEN", true],
      ["~/.a", true],
      ["/etc/b", false]
    ]
  )
  assert.notInclude(JSON.stringify(places), "secret")
  assert.strictEqual(summaryOf(places), "found")
  assert.strictEqual(summaryOf([]), "none")
  assert.strictEqual(summaryOf(lookedFor(source, {}, () => false)), "missing")
})

it("a provider that was found says whether its credentials are there, at the moment it is asked", () => {
  const env: Record<string, string> = { HOME: "/nowhere", XDG_DATA_HOME: "/nowhere" }
  const { sources } = search(
    { settings: defaultSettings, entries: [], project: undefined, locate: () => undefined },
    env
  )
  for (const { hasCredentials, manifest } of sources) {
    const { environment, files } = manifest.credentials
    assert.strictEqual(hasCredentials?.(), environment.length + files.length === 0, manifest.name)
    for (const name of environment) env[name] = "there"
    if (environment.length > 0) assert.isTrue(hasCredentials?.(), manifest.name)
  }
  assert.isNotEmpty(sources)
})

it("a full disk fails, a nearly full one warns", () => {
  assert.strictEqual(roomCheck(50e9, "/h").status, "ok")
  assert.strictEqual(roomCheck(500e6, "/h").status, "warn")
  assert.strictEqual(roomCheck(50e6, "/h").status, "fail")
})
