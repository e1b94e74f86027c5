import { assert, describe, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { until } from "../../../test/harness/until.ts"
import { release as releaseScript } from "../src/internal/claimScripts.ts"
import { isAlive } from "./rented.ts"
import { keyOf, place, run, claiming, looked, released, names } from "./sandbox.ts"

describe("the release of a host", () => {
  it("ends what the machine runs and removes what was put there, then the claim; again it changes nothing", async () => {
    const at = place()
    await claiming(at, "aa").done
    const directory = `${at.base}/.runctl/machines/${keyOf("aa")}`
    mkdirSync(join(directory, "a/b"), { recursive: true })
    chmodSync(join(directory, "a/b"), 0o000)
    const job = spawn("sleep", ["300"], { env: { RUNCTL_MACHINE: `${keyOf("aa")},` }, stdio: "ignore", detached: true })
    const other = spawn("sleep", ["300"], {
      env: { RUNCTL_MACHINE: `${keyOf("ab")},` },
      stdio: "ignore",
      detached: true
    })
    onTestFinished(() => void other.kill())
    for (const out of ["released\n", ""]) {
      assert.deepInclude(await released(at, "aa"), { code: 0, out, err: "" })
    }
    assert.deepStrictEqual([isAlive(job.pid ?? 0), isAlive(other.pid ?? 0)], [false, true])
    assert.deepStrictEqual([names(at.claims), names(at.base)], [[], []])
  })

  it("takes the machine out of what its user has run when the host starts, and nothing else", async () => {
    const at = place()
    const bin = join(at.root, "bin")
    const table = join(at.root, "table")
    mkdirSync(bin)
    const crontab = `case $1 in -l) cat ${table} ;; -r) rm ${table} ;; -) cat >${table} ;; esac\n`
    writeFileSync(join(bin, "crontab"), `#!/bin/sh\n${crontab}`, { mode: 0o755 })
    const release = (key: string) => run(releaseScript, [at.claims, keyOf(key), at.base], { path: bin })
    const line = (key: string): string => `@reboot sh '${at.base}/.runctl/machines/${keyOf(key)}/run' # 100% ours\n`
    writeFileSync(table, `${line("aa")}MAILTO=me\n\n5 4 * * * date +\\%s\n${line("bb")}`)
    await release("aa")
    assert.strictEqual(readFileSync(table, "utf8"), `MAILTO=me\n\n5 4 * * * date +\\%s\n${line("bb")}`)
    writeFileSync(table, line("bb"))
    await release("bb")
    assert.isFalse(existsSync(table))
  })

  it("comes to its end when the machine itself runs it, with nothing but HOME", async () => {
    const at = place()
    await claiming(at, "aa").done
    const directory = `${at.base}/.runctl/machines/${keyOf("aa")}`
    const action = `set -- '${at.claims}' '${keyOf("aa")}' ''\n${releaseScript}`
    writeFileSync(join(at.root, "end.sh"), action)
    const script = `sleep 300 & echo $! >${at.root}/pid; sh ${at.root}/end.sh; echo $? >${at.root}/code`
    const sh = spawnSync("sh", ["-c", "command -v sh"], { encoding: "utf8" }).stdout.trim()
    const job = spawn(sh, ["-c", script], {
      cwd: directory,
      env: { HOME: at.root, RUNCTL_MACHINE: `${keyOf("aa")},` },
      stdio: "ignore",
      detached: true
    })
    await until(
      "it has ended",
      () => existsSync(join(at.root, "code")) && readFileSync(join(at.root, "code"), "utf8") !== "",
      20
    )
    assert.strictEqual(readFileSync(join(at.root, "code"), "utf8"), "0\n")
    assert.isFalse(isAlive(Number(readFileSync(join(at.root, "pid"), "utf8"))))
    assert.deepStrictEqual([names(at.claims), names(at.base)], [[], []])
    job.kill()
  })

  it("comes to its end when what runs it sleeps again and again meanwhile", async () => {
    const at = place()
    await claiming(at, "aa").done
    writeFileSync(join(at.root, "end.sh"), `set -- '${at.claims}' '${keyOf("aa")}' ''\n${releaseScript}`)
    const script = `sh ${at.root}/end.sh & end=$!; while kill -0 $end; do (sleep 1; true); done; wait $end; echo $? >${at.root}/code`
    const job = spawn("sh", ["-c", script], {
      env: { ...process.env, HOME: at.root, RUNCTL_MACHINE: `${keyOf("aa")},` },
      stdio: "ignore",
      detached: true
    })
    const code = await until(
      "it has ended",
      () => existsSync(join(at.root, "code")) && readFileSync(join(at.root, "code"), "utf8"),
      20
    )
    assert.strictEqual(code, "0\n")
    assert.deepStrictEqual(names(at.claims), [])
    job.kill()
  })

  it("fails and keeps the claim while something of the machine cannot be removed", async () => {
    const at = place()
    await claiming(at, "aa").done
    const bin = join(at.root, "bin")
    mkdirSync(bin)
    writeFileSync(join(bin, "rm"), '#!/bin/sh\ncase $* in -rf*) exit 1 ;; esac\nexec /bin/rm "$@"\n', { mode: 0o755 })
    const { code, err } = await run(releaseScript, [at.claims, keyOf("aa"), at.base], { path: bin })
    assert.strictEqual(code, 1)
    assert.match(err, /not everything in .* can be removed/)
    assert.include((await looked(at)).out, keyOf("aa"))
  })
})
