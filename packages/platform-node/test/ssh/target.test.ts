import { execFileSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { SshEndpoint } from "@runctl/core/Endpoint"
import { assert, describe, it } from "vitest"
import { parseJump, type Surroundings, targetOf } from "../../src/ssh/target.ts"
import { configFor } from "../../src/ssh/userConfig.ts"
import { temporary, withoutOpenSsh } from "./openssh.ts"

const surroundings = (home: string, files: ReadonlyArray<string>): Surroundings => ({
  home,
  user: "me",
  uid: 1000,
  hostname: "here.example",
  agent: "/agent",
  ownKnownHosts: "/own/known_hosts",
  ownerKey: "/own/id_ed25519",
  configFor: (host, user) => configFor(host, user, { home, folder: join(home, ".ssh"), files })
})

const withConfig = (text: string, more: Readonly<Record<string, string>> = {}) => {
  const home = temporary()
  const folder = join(home, ".ssh")
  mkdirSync(join(folder, "conf.d"), { recursive: true })
  const file = join(folder, "config")
  // `~` and relative names are the user's real ones for OpenSSH: say the whole path.
  const whole = (content: string): string => content.replaceAll("~", home)
  writeFileSync(file, whole(text), { mode: 0o600 })
  for (const [name, content] of Object.entries(more)) writeFileSync(join(folder, name), whole(content), { mode: 0o600 })
  const around = surroundings(home, [file])
  const to = (host: string, endpoint: Partial<SshEndpoint> = {}) =>
    targetOf({ _tag: "Ssh", login: "user", host, ...endpoint }, around)
  return { home, file, to }
}

/** What OpenSSH would do. */
const opinion = (file: string, host: string): ReadonlyMap<string, ReadonlyArray<string>> => {
  const said = execFileSync("ssh", ["-G", "-F", file, host], { encoding: "utf8" })
  const all = new Map<string, Array<string>>()
  for (const line of said.split("\n")) {
    const [name = "", ...value] = line.split(" ")
    all.set(name, [...(all.get(name) ?? []), value.join(" ")])
  }
  return all
}

const config = `
Host gpu
  HostName 10.1.2.3
  User trainer
  Port 2200
  IdentityFile ~/.ssh/gpu_key
  IdentitiesOnly yes
  ServerAliveInterval 7
  ServerAliveCountMax 9
  UserKnownHostsFile ~/.ssh/kh1 ~/.ssh/kh2

Host *.lab !gate.lab
  ProxyJump gate.lab
  IdentityFile "~/.ssh/lab %r"

Host gate.lab
  Port=2022

Host dev-? dev-1?
  HostName %h.dev.example
  User=dev

Match host gpu,10.1.2.3 user trainer
  IdentityFile ~/.ssh/matched

Host alias
  HostName real.example
  HostKeyAlias known-as
  ProxyCommand nc -X connect %h %p
  StrictHostKeyChecking yes
  ConnectTimeout 1m

Host *
  User everybody
  IdentityFile ~/.ssh/id_%u_fallback
`

describe.skipIf(withoutOpenSsh !== "")(`where a host of the user's configuration leads${withoutOpenSsh}`, () => {
  for (const host of [
    "gpu",
    "10.1.2.3",
    "a.lab",
    "gate.lab",
    "dev-1",
    "dev-12",
    "dev-123",
    "alias",
    "unknown.example"
  ]) {
    it(`is where OpenSSH goes for ${host}`, () => {
      const { file, to } = withConfig(config.replaceAll("%u", "u").replaceAll("%r", "r"))
      const ours = to(host)
      const theirs = opinion(file, host)
      const one = (name: string): string | undefined => theirs.get(name)?.[0]
      assert.strictEqual(ours.host, one("hostname"))
      assert.strictEqual(String(ours.port), one("port"))
      assert.strictEqual(ours.user, one("user"))
      assert.deepStrictEqual(
        ours.identityFiles.map(({ path }) => path),
        theirs.get("identityfile")?.map((path) => path.replaceAll('"', ""))
      )
      assert.strictEqual(ours.identitiesOnly, one("identitiesonly") === "yes")
      assert.strictEqual(ours.jump.length > 0, one("proxyjump") !== undefined)
      if (one("serveraliveinterval") !== "0")
        assert.strictEqual(String(ours.keepAliveSeconds), one("serveraliveinterval"))
      const files = (one("userknownhostsfile") ?? "").split(" ")
      if (!files.some((name) => name.startsWith("~") || name.includes("/root/") || name.includes("known_hosts"))) {
        assert.deepStrictEqual(ours.knownHostsFiles.slice(0, files.length), files)
      }
    })
  }

  it("follows Include, also inside a section, and goes on with the section behind it", () => {
    const { file, to } = withConfig(
      "Include ~/.ssh/conf.d/*.conf\nHost b\n  Include ~/.ssh/inner\n  Port 7\nHost *\n  User last\n",
      { "conf.d/one.conf": "Host a\n  HostName one.example\n", inner: "HostName inner.example\n" }
    )
    for (const host of ["a", "b", "c"]) {
      const theirs = opinion(file, host)
      const ours = to(host)
      assert.deepStrictEqual(
        [ours.host, String(ours.port), ours.user],
        [theirs.get("hostname")?.[0], theirs.get("port")?.[0], theirs.get("user")?.[0]],
        host
      )
    }
  })
})

describe("where an endpoint leads", () => {
  it("is what the endpoint says before what the configuration says", () => {
    const { home, to } = withConfig(config)
    const target = to("gpu", { port: 1, user: "root", identityFile: "~/mine" })
    assert.deepStrictEqual([target.port, target.user], [1, "root"])
    assert.strictEqual(target.identityFiles[0]?.path, join(home, "mine"))
  })

  it("goes through several hosts, each as its own configuration says", () => {
    const { to } = withConfig(
      "Host far\n  ProxyJump first,boss@second:99\nHost first\n  HostName f.example\n  User fu\nHost second\n  HostName s.example\n  User su\n"
    )
    assert.deepStrictEqual(
      to("far").jump.map(({ host, port, user, jump }) => [user, host, port, jump.length]),
      [
        ["fu", "f.example", 22, 0],
        ["boss", "s.example", 99, 0]
      ]
    )
  })

  it("goes through what the first host to jump through needs itself", () => {
    const { to } = withConfig("Host far\n  ProxyJump near\nHost near\n  ProxyJump gate\n")
    assert.deepStrictEqual(
      to("far").jump.map(({ host }) => host),
      ["gate", "near"]
    )
  })

  it("is refused when the jumps lead in a circle", () => {
    const { to } = withConfig("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
    assert.throws(() => to("a"), /circle/)
  })

  it("has no jump where the configuration says none", () => {
    const { to } = withConfig("Host a\n  ProxyJump none\nHost *\n  ProxyJump gate\n")
    assert.deepStrictEqual(to("a").jump, [])
  })

  it("uses nothing of the user's for a rented machine", () => {
    const { to } = withConfig("Host *\n  User evil\n  ProxyCommand evil\n  IdentityFile ~/.ssh/private\n")
    const target = to("10.0.0.1", { login: "owner", user: "root", hostKeyName: "runctl-key" })
    assert.deepStrictEqual(
      [target.user, target.proxyCommand, target.agent, target.identityFiles.map(({ path }) => path)],
      ["root", undefined, undefined, ["/own/id_ed25519"]]
    )
    assert.deepStrictEqual(target.knownHostsFiles, ["/own/known_hosts"])
  })

  it("reads hosts to jump through, and refuses what is none", () => {
    assert.deepStrictEqual(parseJump("ssh://u@[fe80::1]:2"), { host: "fe80::1", port: 2, user: "u" })
    assert.deepStrictEqual(parseJump("fe80::1"), { host: "fe80::1" })
    assert.deepStrictEqual(parseJump("a@b@c:3"), { host: "c", port: 3, user: "a@b" })
    for (const bad of ["", "-oProxyCommand=x", "h:99999", "u@"]) assert.throws(() => parseJump(bad), /jump/)
  })
})
