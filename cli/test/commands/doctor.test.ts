import { chmodSync, existsSync, writeFileSync } from "node:fs"
import { assert, describe } from "vitest"
import type { Box } from "../../../test/harness/Box.ts"
import { boxed } from "../../../test/harness/boxed.ts"

interface Seen {
  readonly code: number | null
  readonly of: (name: string) => { readonly status: string; readonly message: string; readonly advice: string | null }
}

const look = async (box: Box): Promise<Seen> => {
  const { code, stderr, stdout } = await box.run(["doctor", "--json"])
  const { checks, healthy } = JSON.parse(stdout)
  assert.strictEqual(healthy, code === 0, stderr)
  return {
    code,
    of: (name) => {
      const found = checks.find((each: { readonly name: string }) => each.name === name)
      assert.isDefined(found, `${name} in ${stdout}`)
      return found
    }
  }
}

describe.concurrent("doctor", () => {
  boxed("finds a new computer healthy, and leaves nothing behind", async (box) => {
    const { code, of } = await look(box)
    assert.strictEqual(code, 0)
    for (const name of ["node", "home", "disk", "journal", "supervisor", "configuration", "plugins"]) {
      assert.strictEqual(of(name).status, "ok", name)
    }
    assert.isFalse(existsSync(box.home))
  })

  boxed("counts what is remembered, and warns when others can read it", async (box) => {
    box.file("train.sh", "true")
    assert.strictEqual((await box.run(["train", "train.sh", "--provider", "local"])).code, 0)
    assert.match((await look(box)).of("journal").message, /1 run, 1 machine/)
    chmodSync(box.journal, 0o644)
    const { code, of } = await look(box)
    assert.strictEqual(code, 0)
    assert.strictEqual(of("home").status, "warn")
    assert.match(of("home").advice ?? "", /chmod/)
  })

  boxed("fails with 3 for a configuration that is wrong, and still looks at everything else", async (box) => {
    box.file("runctl.yaml", "grase: 1m\n")
    const { code, of } = await look(box)
    assert.strictEqual(code, 3)
    assert.match(of("configuration").message, /runctl\.yaml:1: .*"grace"/)
    assert.strictEqual(of("journal").status, "ok")
  })

  boxed("fails with 3 for a home that is no folder", async (box) => {
    writeFileSync(box.home, "not a folder")
    const { code, of } = await look(box)
    assert.strictEqual(code, 3)
    assert.match(of("home").message, /not a folder/)
  })

  boxed("warns of a project that asks for trust, and of a plugin that is not there", async (box) => {
    box.file("runctl.yaml", "plugins: [./nowhere]\n")
    const { code, of } = await look(box)
    assert.strictEqual(code, 0)
    assert.match(of("trust").advice ?? "", /runctl trust/)
    assert.strictEqual(of("plugins").status, "warn")
  })
})

describe.concurrent("providers", () => {
  boxed("are listed, shown and tried out", async (box) => {
    const list = JSON.parse((await box.run(["providers", "list", "--json"])).stdout)
    const listed = list.providers.find(({ name }: { name: string }) => name === "local")
    assert.include(listed, { name: "local", usable: true, credentials: "none", origin: "bundled" })
    const show = await box.run(["providers", "show", "local", "--json"], { RUNCTL_LOCAL_ENDPOINT: "http://x" })
    assert.include(JSON.parse(show.stdout).provider, { endpoint: "http://x", endpointFrom: "RUNCTL_LOCAL_ENDPOINT" })
    const doctor = await box.run(["providers", "doctor", "local", "--json"])
    assert.strictEqual(doctor.code, 0, doctor.stderr)
    const [local] = JSON.parse(doctor.stdout).providers
    const names = local.checks.map(({ name }: { name: string }) => name)
    assert.includeMembers(names, [
      "loads",
      "offers",
      "machine's own clock",
      "provider's limit",
      "supervisor",
      "sweeper"
    ])
    assert.strictEqual((await box.run(["providers", "doctor", "locl"])).code, 2)
    assert.isFalse(existsSync(box.home))
  })

  boxed("of a project that is not trusted are listed, and their code is never run", async (box) => {
    const trap = `${box.project}/sprung`
    box.file("evil/index.js", `import { writeFileSync } from "node:fs"\nwriteFileSync(${JSON.stringify(trap)}, "")\n`)
    const { capabilities } = JSON.parse((await box.run(["providers", "show", "local", "--json"])).stdout).provider
    const runctl = { api: 1, kind: "provider", provider: "./index.js", name: "evil", title: "Evil", capabilities }
    const credentials = { environment: [], files: [] }
    box.file("evil/package.json", JSON.stringify({ name: "evil", type: "module", runctl: { ...runctl, credentials } }))
    box.file("runctl.yaml", "plugins: [./evil]\n")
    const list = JSON.parse((await box.run(["providers", "list", "--json"])).stdout)
    const evil = list.providers.find(({ name }: { name: string }) => name === "evil")
    assert.isFalse(evil.usable)
    assert.match(evil.why, /runctl trust/)
    const named = await box.run(["providers", "doctor", "evil"])
    assert.strictEqual(named.code, 3, named.stderr)
    assert.strictEqual((await box.run(["providers", "doctor"])).code, 0)
    assert.isFalse(existsSync(trap))
  })
})
