import { assert, it } from "@effect/vitest"
import { RunId } from "@runctl/core/Run"
import { event } from "@runctl/runtime/Event"
import { Records } from "@runctl/runtime/Records"
import { streams } from "@runctl/runtime/Projections"
import * as NodeRunctl from "@runctl/platform-node/NodeRunctl"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import { answer } from "../src/fast.ts"
import { aMachine, aRun, keyOf, runIdOf } from "./records.ts"

const cli = join(import.meta.dirname, "..")
const built = existsSync(join(cli, "dist", "main.js"))
const home = mkdtempSync(join(tmpdir(), "runctl-fast-"))
const environment = { ...process.env, RUNCTL_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, NO_COLOR: "1" }

/** Three runs and three machines: one of each goes on, one is over, one failed. */
const written = Effect.gen(function* () {
  const records = yield* Records
  for (const [index, end] of (["open", "done", "failed"] as const).entries()) {
    const run = RunId.make(runIdOf(index))
    yield* records.append(streams.resource(keyOf(index)), aMachine(index, end), {})
    yield* records.append(streams.run(run), aRun(index, end), { run })
  }
  yield* records.append(streams.supervisor, [event("SupervisorStarted", { pid: 1, token: 1 })])
})

beforeAll(() =>
  Effect.runPromise(
    Effect.provide(
      written,
      Layer.provide(
        NodeRunctl.layer({
          sources: [],
          supervisor: { command: "false", args: [], environment: {}, version: "test" },
          settingsFor: () => undefined
        }),
        ConfigProvider.layer(ConfigProvider.fromEnv({ env: { RUNCTL_HOME: home } }))
      )
    )
  )
)

afterAll(() => rmSync(home, { recursive: true, force: true }))

/** What the fast path prints, or `undefined` when it leaves the command to oclif. */
const quickly = async (args: ReadonlyArray<string>): Promise<string | undefined> => {
  const before = { ...process.env }
  const write = process.stdout.write.bind(process.stdout)
  let said = ""
  Object.assign(process.env, environment)
  process.stdout.write = (chunk: string | Uint8Array) => {
    said += String(chunk)
    return true
  }
  try {
    return (await answer(args)) ? said : undefined
  } finally {
    process.stdout.write = write
    for (const name of Object.keys(environment)) if (!(name in before)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

const byOclif = (args: ReadonlyArray<string>): string => {
  const { stderr, stdout } = spawnSync(process.execPath, [join(cli, "dist", "main.js"), ...args], {
    env: environment,
    encoding: "utf8"
  })
  // One run and its machine are open in this journal.
  assert.match(stderr, /^\d+ runs? waits? .*no supervisor runs: `runctl resources recover`\n$/)
  return stdout
}

/** What depends on the moment of asking: ages, and what has been running so far. */
const timeless = (text: string): string =>
  text
    .replaceAll(/(\d+[smhd] ?)+ ago|in (\d+[smhd] ?)+|\bnow\b/g, "AGE")
    .replaceAll(/"(durationSeconds|estimatedUsd|untilDeadlineUsd)": [\d.]+/g, '"$1": N')
    .replaceAll(/~?\$[\d.]+/g, "USD")
    .replaceAll(/ +(\d+[smhd] ?)+( +|$)/gm, " TOOK ")
    .replaceAll(/ +/g, " ")

const same = [
  "list --offline",
  "list --offline --json",
  "status",
  "status --json",
  "runs list",
  "runs list --json",
  `status ${runIdOf(0)}`,
  `status ${runIdOf(1)} --json`,
  "status train-2",
  "status train-2 --json"
]

const comparisons = [
  "compare",
  "compare --gpu h100:8 --json",
  "compare --gpu H100 --hours 24 --checkpoint-every 30m --limit 3",
  "compare --gpu A100 --provider aws --provider lambda --csv --limit all",
  "compare --gpu H100 --spot --explain 2",
  "compare --gpu H100 --chart"
]

describe.skipIf(!built)("the fast path (needs the built CLI)", () => {
  for (const line of same) {
    it(`answers "${line.replace(runIdOf(0), "RUN").replace(runIdOf(1), "RUN")}" as oclif does`, async () => {
      const args = line.split(" ")
      const quick = await quickly(args)
      if (quick === undefined) return assert.fail("it was left to oclif")
      assert.isAbove(quick.length, 20)
      assert.strictEqual(timeless(quick), timeless(byOclif(args)))
    })
  }
})

describe.skipIf(!built)("the fast comparison (needs the built CLI)", () => {
  for (const line of comparisons) {
    it(`answers "${line}" as oclif does`, async () => {
      const args = line.split(" ")
      const { stderr, stdout } = spawnSync(process.execPath, [join(cli, "dist", "main.js"), ...args], {
        env: environment,
        encoding: "utf8",
        maxBuffer: 1e8
      })
      assert.strictEqual(stderr, "")
      assert.isAbove(stdout.length, 200)
      assert.strictEqual(await quickly(args), stdout)
    })
  }
})

it("what is out of the ordinary is left to oclif", async () => {
  for (const line of [
    "",
    "list",
    "list --json",
    "list --offline --all",
    "list --json --offline",
    "status --help",
    "status train-9",
    "status a b",
    "runs list --help",
    "runs",
    "--version --json",
    "compare --help",
    "compare --live",
    "compare --html page.html",
    "compare --gpu H10",
    "compare --gpu H100 --gpu T4",
    "compare --json --csv",
    "compare H100",
    "compare --hours -1",
    "train x"
  ]) {
    assert.isUndefined(await quickly(line.split(" ")), line)
  }
})

it("a home without a journal is left to oclif", async () => {
  const before = process.env["RUNCTL_HOME"]
  process.env["RUNCTL_HOME"] = join(home, "nowhere")
  try {
    assert.isFalse(await answer(["list", "--offline"]))
  } finally {
    if (before === undefined) delete process.env["RUNCTL_HOME"]
    else process.env["RUNCTL_HOME"] = before
  }
})
