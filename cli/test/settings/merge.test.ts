import { assert, it } from "@effect/vitest"
import { isBad, readDocument, type SettingsFile } from "../../src/settings/document.ts"
import { isInvalid, merge, originText, settingsOf } from "../../src/settings/merge.ts"
import { keys, nameOf, variableOf } from "../../src/settings/schema.ts"

const file = (name: string, text: string): SettingsFile => {
  const read = readDocument(name, text)
  if (isBad(read)) throw new Error(JSON.stringify(read))
  return read
}

const user = file("config.yaml", "provider: user\nhold: 1h\ngrace: 10s\n")
const project = file("runctl.yaml", "provider: project\nhold: 3h\nnotify: https://evil.example\nplugins: [./evil]\n")

/** Each value that counts, with where it comes from. */
const counting = (isTrusted: boolean, env: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    merge({ user, project, isTrusted }, env)
      .filter(({ trusted }) => trusted)
      .map(({ origin, path, value }) => [nameOf(path), [value, originText(origin)]])
  )

it("what stands nearer counts more, and every value tells where it comes from", () => {
  const values = counting(true, { RUNCTL_PROVIDER: "shell" })
  assert.deepStrictEqual(values["max-hours"], [24, "default"])
  assert.deepStrictEqual(values["grace"], ["10s", "config.yaml:3"])
  assert.deepStrictEqual(values["hold"], ["3h", "runctl.yaml:2"])
  assert.deepStrictEqual(values["provider"], ["shell", "RUNCTL_PROVIDER"])
})

it("what runs code or receives a token counts from a project only when it is trusted", () => {
  assert.notProperty(counting(false), "notify")
  assert.notProperty(counting(false), "plugins")
  assert.deepStrictEqual(counting(true)["notify"], ["https://evil.example", "runctl.yaml:3"])
  const entries = merge({ user, project, isTrusted: false }, {})
  assert.deepStrictEqual(
    entries.filter(({ trusted }) => !trusted).map(({ path }) => nameOf(path)),
    ["notify", "plugins"],
    "it is still shown"
  )
  const settings = settingsOf(entries)
  assert.isFalse(isInvalid(settings))
  assert.notProperty(settings, "notify")
})

it("a provider's endpoint has a variable of its own", () => {
  const settings = settingsOf(
    merge({ user: undefined, project: undefined, isTrusted: false }, { RUNCTL_BIG_CLOUD_ENDPOINT: "http://x" })
  )
  assert.deepInclude(settings, { providers: { "big-cloud": { endpoint: "http://x" } } })
})

it("a variable of the wrong kind is complained about", () => {
  const settings = settingsOf(
    merge({ user: undefined, project: undefined, isTrusted: false }, { RUNCTL_BUDGET_DAY: "lots" })
  )
  if (!isInvalid(settings)) return assert.fail("it was accepted")
  assert.match(settings[0]?.message ?? "", /budget\.day: .*"lots"/)
})

it("hostile names stay names", () => {
  const hostile = file("f", "providers:\n  __proto__:\n    polluted: true\n  constructor:\n    x: 1\n")
  const settings = settingsOf(merge({ user: hostile, project: undefined, isTrusted: false }, {}))
  if (isInvalid(settings)) return assert.fail(JSON.stringify(settings))
  assert.strictEqual(Object.getPrototypeOf(settings.providers), Object.prototype)
  assert.deepStrictEqual(settings.providers?.["constructor"], { x: 1 })
  assert.notProperty({}, "polluted")
})

it("every key has a variable of its own", () => {
  const names = keys.map(({ path }) => variableOf(path))
  assert.strictEqual(new Set(names).size, names.length)
  assert.include(names, "RUNCTL_MAX_HOURS")
  assert.include(names, "RUNCTL_BUDGET_DAY")
  for (const reserved of ["RUNCTL_HOME", "RUNCTL_OWNER"]) assert.notInclude(names, reserved)
})

it("a project that is not trusted may tighten what guards money, and not loosen it", () => {
  const careful = file("config.yaml", "max-hours: 4\nbudget:\n  day: 10\n  run: 5\n")
  const cloned = file("runctl.yaml", "max-hours: 2\nbudget:\n  day: 1000\n  run: 1\n  project: 7\n")
  const countingWhen = (isTrusted: boolean) =>
    settingsOf(merge({ user: careful, project: cloned, isTrusted }, {}).filter(({ trusted }) => trusted))
  assert.deepInclude(countingWhen(false), { "max-hours": 2, budget: { day: 10, run: 1, project: 7 } })
  assert.deepInclude(countingWhen(true), { "max-hours": 2, budget: { day: 1000, run: 1, project: 7 } })
})
