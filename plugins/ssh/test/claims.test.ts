import { assert, describe, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { until } from "../../../test/harness/until.ts"
import { claim, look, release as releaseScript } from "../src/internal/claimScripts.ts"
import { isAlive } from "./rented.ts"

const owner = "ourselve"
const keyOf = (name: string): string => name.padEnd(20, "0")
const now = (): number => Math.floor(Date.now() / 1000)

interface Place {
  readonly root: string
  readonly claims: string
  readonly base: string
}

const place = (): Place => {
  const root = mkdtempSync(join(tmpdir(), "runctl-claims-"))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, "base"))
  return { root, claims: join(root, "claims"), base: join(root, "base") }
}

type Result = { readonly code: number | null; readonly word: string; readonly out: string; readonly err: string }

interface Options {
  readonly shell?: ReadonlyArray<string>
  readonly label?: string
  readonly path?: string
  readonly left?: number
}

const claimArgs = ({ base, claims }: Place, key: string, { label = "", left = 3600 }: Options = {}) => [
  claims,
  keyOf(key),
  owner,
  String(left),
  "1900000000",
  "a-host",
  base,
  label
]

/** Starts a script as a process of its own. */
const started = (script: string, args: ReadonlyArray<string>, { path, shell = ["sh"] }: Options = {}) => {
  const [program = "sh", ...more] = shell
  const child = spawn(program, [...more, "-c", script, "sh", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...(path === undefined ? {} : { PATH: `${path}:${process.env["PATH"]}` }) }
  })
  let [out, err] = ["", ""]
  child.stdout.on("data", (bytes) => (out += bytes))
  child.stderr.on("data", (bytes) => (err += bytes))
  const done = new Promise<Result>((resolve) => {
    child.once("close", (code) => resolve({ code, out, err, word: out.split("\t")[0] ?? "" }))
  })
  return { child, done }
}

const run = (script: string, args: ReadonlyArray<string>, options?: Options) => started(script, args, options).done

const claiming = (at: Place, key: string, options?: Options) => started(claim, claimArgs(at, key, options), options)

const looked = ({ base, claims }: Place, key = "") => run(look, [claims, key, owner, base])

const released = ({ base, claims }: Place, key: string) => run(releaseScript, [claims, keyOf(key), base])

const names = (folder: string): ReadonlyArray<string> => (existsSync(folder) ? readdirSync(folder).toSorted() : [])

/** Puts a claim there as if somebody had left it. */
const leave = ({ base, claims }: Place, name: string, change: Record<string, string | number> = {}, held = true) => {
  const key = keyOf(name)
  if (!existsSync(claims)) mkdirSync(claims)
  chmodSync(claims, 0o1777)
  const says = {
    owner: "stranger",
    deadline: now() + 100,
    since: now(),
    expiry: now() + 1000,
    host: "a-host",
    directory: `${base}/.runctl/machines/${key}`,
    label: "",
    ...change
  }
  const lines = Object.entries(says).map(([word, value]) => `${word} ${value}\n`)
  writeFileSync(join(claims, `${key}.claim`), `runctl claim 1\n${lines.join("")}`, { mode: 0o644 })
  if (held) mkdirSync(join(claims, `${key}.held`))
  return { key, directory: says.directory }
}

const shells = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].map((shell) => ({
  shell,
  missing:
    spawnSync(shell[0] ?? "sh", ["-c", "true"]).error !== undefined && shell[0] !== "busybox"
      ? ` (left out: there is no ${shell[0]})`
      : spawnSync(shell[0] ?? "sh", [...shell.slice(1), "-c", "true"]).status === 0
        ? ""
        : ` (left out: there is no ${shell[0]})`
}))

describe("a claim on a host", () => {
  for (const { missing, shell } of shells) {
    it.skipIf(missing !== "")(
      `is held by exactly one of twenty who want it at once, under ${shell[0]}${missing}`,
      async () => {
        const at = place()
        const wanting = Array.from({ length: 20 }, (_, index) => claiming(at, `k${(index * 7) % 20}x`, { shell }))
        const results = await Promise.all(wanting.map(({ done }) => done))
        const words = results.map(({ word }) => word)
        assert.deepStrictEqual(
          words.toSorted(),
          [...Array.from({ length: 19 }, () => "busy"), "claim"],
          results.map(({ err }) => err).join("")
        )
        assert.strictEqual(names(at.claims).length, 2)
        const [winner] = results.filter(({ word }) => word === "claim")
        assert.isTrue(existsSync(winner?.out.split("\t")[10] ?? "/nowhere"))
      }
    )
  }

  it("is held by one at most when those who want it are killed at any moment, and by the next one soon", async () => {
    for (let round = 0; round < 4; round++) {
      const at = place()
      const wanting = Array.from({ length: 8 }, (_, index) => claiming(at, `k${round}${index}`))
      for (const { child } of wanting) {
        await new Promise((resolve) => setTimeout(resolve, 15 + 25 * round))
        child.kill("SIGKILL")
      }
      await Promise.all(wanting.map(({ done }) => done))
      // Stale at once: as if the twenty seconds had passed in which a claim may be wanted.
      for (const name of names(at.claims).filter((each) => each.endsWith(".claim"))) {
        const file = join(at.claims, name)
        writeFileSync(file, readFileSync(file, "utf8").replace(/^since .*$/m, `since ${now() - 60}`))
      }
      const held = names(at.claims).filter((name) => name.endsWith(".held"))
      assert.isAtMost(held.length, 1)
      const next = await claiming(at, "next").done
      assert.strictEqual(next.word, held.length === 1 ? "busy" : "claim", next.err)
    }
  })

  it("is waited for while somebody with a smaller key may still get it, and taken once they are gone", async () => {
    const at = place()
    leave(at, "aa", { since: now() - 17 }, false)
    const { out, word } = await claiming(at, "bb").done
    assert.strictEqual(word, "claim", out)
  })

  it("is given up by one who was frozen while another got it", async () => {
    const at = place()
    const bin = join(at.root, "bin")
    mkdirSync(bin)
    const real = spawnSync("sh", ["-c", "command -v mkdir"], { encoding: "utf8" }).stdout.trim()
    const script = `case $* in *.held) : >${at.root}/frozen; while [ ! -e ${at.root}/thawed ]; do sleep 0.05; done ;; esac\nexec ${real} "$@"\n`
    writeFileSync(join(bin, "mkdir"), `#!/bin/sh\n${script}`, { mode: 0o755 })
    const frozen = claiming(at, "aa", { path: bin })
    await until("it is about to hold the host", () => existsSync(join(at.root, "frozen")), 10)
    const file = join(at.claims, `${keyOf("aa")}.claim`)
    writeFileSync(file, readFileSync(file, "utf8").replace(/^since .*$/m, `since ${now() - 60}`))
    // Who cleans up after a stale claim of the same user must not make room for it either.
    assert.strictEqual((await claiming(at, "bb").done).word, "claim")
    writeFileSync(join(at.root, "thawed"), "")
    const late = await frozen.done
    assert.strictEqual(late.word, "busy", late.err)
    assert.deepStrictEqual(names(at.claims), [`${keyOf("bb")}.claim`, `${keyOf("bb")}.held`])
  })

  it("is the same for the same key, however often and at once it is asked for", async () => {
    const at = place()
    const results = await Promise.all(Array.from({ length: 6 }, () => claiming(at, "same").done))
    assert.deepStrictEqual(
      results.map(({ word }) => word),
      Array.from({ length: 6 }, () => "claim"),
      results.map(({ err }) => err).join("")
    )
    const directory = `${at.base}/.runctl/machines/${keyOf("same")}`
    writeFileSync(join(directory, "mine"), "kept")
    assert.strictEqual((await claiming(at, "same").done).word, "claim")
    assert.strictEqual(readFileSync(join(directory, "mine"), "utf8"), "kept")
  })

  it("says who holds the host, in words that nothing is made of", async () => {
    const at = place()
    const label = "$(touch /tmp/runctl-pwned) `id` \"'; rm -rf * \\"
    const [, , , , user] = (await claiming(at, "aa", { label }).done).out.split("\t")
    const busy = await claiming(at, "bb").done
    const fields = busy.out.trimEnd().split("\t")
    assert.deepStrictEqual([fields[0], fields[2], fields[4], fields[11]], ["busy", keyOf("aa"), user, label])
    assert.isFalse(existsSync("/tmp/runctl-pwned"))
    assert.include((await looked(at)).out, label)
  })

  it("counts for nothing once it has expired; what its user had there is ended and removed", async () => {
    const at = place()
    const { directory, key } = leave(at, "old", { expiry: now() - 1 })
    mkdirSync(join(directory, "locked"), { recursive: true })
    chmodSync(join(directory, "locked"), 0o500)
    const job = spawn("sh", ["-c", "trap '' TERM; sleep 300 & wait; wait"], {
      env: { ...process.env, RUNCTL_MACHINE: `${key},` },
      stdio: "ignore",
      detached: true
    })
    const { err, word } = await claiming(at, "new").done
    assert.strictEqual(word, "claim", err)
    assert.isFalse(isAlive(job.pid ?? 0))
    assert.isFalse(existsSync(directory))
    assert.deepStrictEqual(names(at.claims), [`${keyOf("new")}.claim`, `${keyOf("new")}.held`])
  })

  it("is renewed when its owner looks at it near its end, and only then", async () => {
    const at = place()
    const expiry = (): number =>
      Number(/^expiry (\d+)$/m.exec(readFileSync(join(at.claims, `${keyOf("aa")}.claim`), "utf8"))?.[1])
    leave(at, "aa", { owner, expiry: now() + 60 })
    await run(look, [at.claims, "", "stranger", at.base])
    assert.isAtMost(expiry(), now() + 60)
    await looked(at)
    assert.isAtLeast(expiry(), now() + 3600)
    const renewed = expiry()
    await looked(at)
    assert.strictEqual(expiry(), renewed)
  })

  it("is not made when the machine's folder cannot be", async () => {
    const at = place()
    writeFileSync(join(at.base, ".runctl"), "no folder")
    const { code, word } = await claiming(at, "aa").done
    assert.deepStrictEqual([code, word], [1, ""])
    assert.deepStrictEqual(names(at.claims), [])
  })

  it("is not made in a directory that is a link, or that everybody may tidy up", async () => {
    const at = place()
    mkdirSync(join(at.root, "real"))
    chmodSync(join(at.root, "real"), 0o1777)
    symlinkSync(join(at.root, "real"), at.claims)
    assert.match((await claiming(at, "aa").done).err, /sticky bit/)
    rmSync(at.claims)
    mkdirSync(at.claims)
    chmodSync(at.claims, 0o777)
    assert.match((await claiming(at, "aa").done).err, /sticky bit/)
    assert.deepStrictEqual([...names(at.claims), ...names(join(at.root, "real"))], [])
  })
})

describe("what lies in the claims' directory", () => {
  it("is left out when it is no claim: links, pipes, giants, half files and words where numbers should be", async () => {
    const at = place()
    leave(at, "good")
    for (const [name, change] of [
      ["number", { expiry: "$(touch /tmp/runctl-pwned)" }],
      ["octal", { since: "08" }],
      ["sum", { expiry: "1+1" }],
      ["huge", { expiry: "99999999999999999999" }],
      ["who", { owner: "../../etc" }],
      ["host", { host: "a host;id" }],
      ["tab", { label: "a\tb" }]
    ] as const) {
      leave(at, name, change)
    }
    const file = (name: string): string => join(at.claims, `${keyOf(name)}.claim`)
    symlinkSync(file("good"), file("link"))
    spawnSync("mkfifo", [file("pipe")])
    writeFileSync(file("giant"), "x".repeat(1_000_000))
    writeFileSync(file("half"), "runctl claim 1\nowner stra")
    writeFileSync(join(at.claims, "$(touch pwned).claim"), "runctl claim 1\n")
    writeFileSync(join(at.claims, "a b\nc.claim"), "runctl claim 1\n")
    const { code, err, out } = await looked(at)
    assert.deepStrictEqual([code, err], [0, ""])
    assert.deepStrictEqual(
      out
        .split("\n")
        .filter((line) => line.startsWith("claim"))
        .map((line) => line.split("\t")[2]),
      [keyOf("good")]
    )
    assert.isFalse(existsSync("/tmp/runctl-pwned"))
  })

  it("names no folder that is removed unless it is a machine's own, however the claim came there", async () => {
    const at = place()
    const precious = join(at.root, "precious")
    mkdirSync(join(precious, "inside"), { recursive: true })
    const linked = `${at.base}/.runctl/machines/${keyOf("link")}`
    mkdirSync(join(at.base, ".runctl/machines"), { recursive: true })
    symlinkSync(precious, linked)
    leave(at, "out", { directory: precious, expiry: now() - 1 })
    leave(at, "dots", {
      directory: `${at.base}/.runctl/machines/${keyOf("dots")}/../../../../precious`,
      expiry: now() - 1
    })
    leave(at, "link", { expiry: now() - 1 })
    assert.strictEqual((await claiming(at, "new").done).word, "claim")
    assert.deepStrictEqual(names(precious), ["inside"])
    leave(at, "again", { directory: precious })
    assert.strictEqual((await released(at, "again")).code, 0)
    assert.deepStrictEqual(names(precious), ["inside"])
  })

  const isRoot = process.getuid?.() === 0
  it.skipIf(!isRoot)(
    `is left alone when it is another user's, who keeps others away all the same${isRoot ? "" : " (left out: only root can be somebody else)"}`,
    async () => {
      const at = place()
      const nobody = 65_534
      const { directory, key } = leave(at, "theirs", { since: now() - 18 })
      mkdirSync(directory, { recursive: true })
      chownSync(join(at.claims, `${key}.claim`), nobody, nobody)
      // A sign that somebody else has put there holds nothing.
      assert.strictEqual((await claiming(at, "zz").done).word, "claim")
      await released(at, "zz")
      chownSync(join(at.claims, `${key}.held`), nobody, nobody)
      writeFileSync(
        join(at.claims, `${key}.claim`),
        readFileSync(join(at.claims, `${key}.claim`), "utf8").replace(/^since .*$/m, `since ${now()}`)
      )
      assert.strictEqual((await claiming(at, "zz").done).word, "busy")
      const seen = (await looked(at)).out
        .split("\n")
        .find((line) => line.startsWith("claim"))
        ?.split("\t")
      assert.deepStrictEqual([seen?.[9], seen?.[10]], ["-", ""])
      assert.strictEqual((await released(at, "theirs")).word, "foreign")
      assert.isTrue(existsSync(directory))
      const file = join(at.claims, `${key}.claim`)
      writeFileSync(file, readFileSync(file, "utf8").replace(/^expiry .*$/m, `expiry ${now() - 1}`))
      assert.strictEqual((await claiming(at, "zz").done).word, "claim")
      assert.isTrue(existsSync(directory) && existsSync(file))
    }
  )
})

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
