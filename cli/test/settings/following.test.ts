import { assert, it, onTestFinished } from "vitest"
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fixed, following } from "../../src/settings/following.ts"
import { load } from "../../src/settings/load.ts"
import { userFile } from "../../src/settings/places.ts"
import { trust } from "../../src/settings/trust.ts"

const place = () => {
  const folder = mkdtempSync(join(tmpdir(), "runctl-following-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const home = join(folder, "state")
  const cwd = join(folder, "project")
  const surroundings = { env: { HOME: folder, RUNCTL_HOME: home }, cwd }
  const user = userFile(surroundings.env)
  for (const each of [dirname(user), cwd]) mkdirSync(each, { recursive: true })
  return { surroundings, user, home, project: join(cwd, "runctl.yaml") }
}

it("a configuration that is followed is what its files say when it is asked for", () => {
  const { surroundings, user } = place()
  const first = load(surroundings)
  const { now } = following(surroundings, first)
  assert.strictEqual(now().settings.provider, "local")
  writeFileSync(user, "provider: ssh\n")
  assert.strictEqual(now().settings.provider, "ssh")
  assert.strictEqual(now(), now(), "what has not changed is not read again")
  rmSync(user)
  assert.strictEqual(now().settings.provider, "local")
  assert.strictEqual(fixed(first).now(), first)
})

it("a file that came while the process began is not missed", () => {
  const { surroundings, user } = place()
  const first = load(surroundings)
  writeFileSync(user, "provider: ssh\n")
  assert.strictEqual(following(surroundings, first).now().settings.provider, "ssh")
})

it("while a file is wrong that is said each time, and what was right last is still known", () => {
  const { surroundings, user } = place()
  writeFileSync(user, "provider: ssh\n")
  const { last, now } = following(surroundings, load(surroundings))
  now()
  writeFileSync(user, "providr: ssh\n")
  for (const _ of [1, 2]) assert.throws(now, /config\.yaml:1: .*providr/)
  assert.strictEqual(last().settings.provider, "ssh")
  writeFileSync(`${user}.new`, "provider: ours\n")
  renameSync(`${user}.new`, user)
  assert.strictEqual(now().settings.provider, "ours")
})

it("a project's file that is trusted, or changed afterwards, counts and no longer counts at once", () => {
  const { home, project, surroundings } = place()
  const { now } = following(surroundings, load(surroundings))
  writeFileSync(project, "providers: {ssh: {hosts: []}}\n")
  assert.isUndefined(now().settings.providers)
  trust(home, project, readFileSync(project, "utf8"))
  assert.deepStrictEqual(now().settings.providers, { ssh: { hosts: [] } })
  writeFileSync(project, "providers: {ssh: {hosts: [{name: evil}]}}\n")
  assert.isUndefined(now().settings.providers)
})
