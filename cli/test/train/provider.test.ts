import { assert, it } from "@effect/vitest"
import { isBad, readDocument } from "../../src/settings/document.ts"
import { isInvalid, merge, settingsOf } from "../../src/settings/merge.ts"
import { rentOf } from "../../src/train/placement.ts"
import { unnamedProvider } from "../../src/train/provider.ts"

const loaded = (text: string | undefined, env: Readonly<Record<string, string>> = {}) => {
  const read = text === undefined ? undefined : readDocument("config.yaml", text)
  if (read !== undefined && isBad(read)) throw new Error("a bad file")
  const entries = merge({ user: read, project: undefined, isTrusted: false }, env)
  const settings = settingsOf(entries)
  if (isInvalid(settings)) throw new Error("bad settings")
  return { entries, settings }
}

it("a script that asks for nothing is trained here; what asks for a machine is left to the prices", () => {
  const here = loaded(undefined)
  assert.strictEqual(unnamedProvider(here, {}), "local")
  assert.strictEqual(unnamedProvider(here, { spot: false, label: undefined }), "local")
  for (const flags of [{ gpu: "H100" }, { spot: true }, { memory: "64" }, { "max-price": "2" }, { region: "eu" }]) {
    assert.strictEqual(unnamedProvider(here, flags), "any", JSON.stringify(flags))
  }
  assert.strictEqual(unnamedProvider(here, {}, "s-1vcpu-1gb"), "any")
})

it("whoever configures a provider has that one", () => {
  for (const here of [loaded("provider: ssh\n"), loaded(undefined, { RUNCTL_PROVIDER: "ssh" })]) {
    assert.strictEqual(unnamedProvider(here, {}), "ssh")
    assert.strictEqual(unnamedProvider(here, { gpu: "H100" }), "ssh")
  }
  assert.strictEqual(unnamedProvider(loaded("provider: local\n"), { gpu: "H100" }), "local")
  assert.strictEqual(unnamedProvider(loaded("provider: any\n"), {}), "any")
})

it("the full price is an answer to --spot alone", () => {
  assert.isTrue(rentOf({ spot: true, "on-demand-fallback": true }, "any").orOnDemand)
  assert.isUndefined(rentOf({ spot: true }, "any").orOnDemand)
  assert.throws(() => rentOf({ "on-demand-fallback": true }, "any"), /needs --spot/)
})
