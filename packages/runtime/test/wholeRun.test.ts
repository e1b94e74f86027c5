import { assert, it } from "@effect/vitest"
import manifest from "@runctl/plugin-local/package.json" with { type: "json" }
import { ProviderManifest } from "@runctl/core/ProviderManifest"
import * as NodeRunctl from "@runctl/platform-node/NodeRunctl"
import type { RunSpec } from "@runctl/runtime/Event"
import { Runs } from "@runctl/runtime/Runs"
import { nothing } from "@runctl/runtime/Secrets"
import * as Supervisor from "@runctl/runtime/Supervisor"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const sandbox = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-run-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const runctl = (home: string) =>
  NodeRunctl.layer({
    sources: [
      {
        origin: "bundled",
        manifest: Schema.decodeUnknownSync(ProviderManifest)(manifest.runctl),
        trusted: true,
        load: () => import("@runctl/plugin-local")
      }
    ],
    supervisor: { command: "false", args: [], environment: {}, version: "test" },
    settingsFor: () => undefined
  }).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { RUNCTL_HOME: home } }))))

const spec = (project: string, script: string): RunSpec => ({
  name: "test",
  job: { project, script, args: [], environment: {}, secretNames: [], outputDest: join(project, "..", "out") },
  placement: { _tag: "Rent", provider: "local", query: {}, market: "on-demand" },
  deadlineAt: Date.now() + 3_600_000,
  graceSeconds: 5,
  holdSeconds: 60,
  budgets: [],
  keep: false,
  envFiles: []
})

it.live(
  "a script is carried from request to close, its log and outputs at home, its machine gone",
  () =>
    Effect.gen(function* () {
      const folder = yield* sandbox
      const project = join(folder, "project")
      mkdirSync(project)
      writeFileSync(
        join(project, "train.sh"),
        'echo hello; echo \'{"metric":"loss","step":1,"value":0.5}\'; echo done > result.txt\n'
      )
      yield* Effect.gen(function* () {
        const runs = yield* Runs
        const supervisor = yield* Effect.forkChild(Supervisor.run({ idle: Duration.millis(200), version: "test" }))
        yield* Effect.sleep("200 millis")
        const requested = yield* runs.request(spec(project, "train.sh"), nothing)
        const events = yield* Stream.runCollect(runs.follow(requested.id, { follow: true }))
        const log = Buffer.concat(
          [...events].flatMap((event) => (event._tag === "Log" ? [event.bytes] : []))
        ).toString()
        assert.include(log, "hello\n")
        assert.isTrue([...events].some((event) => event._tag === "Metric" && event.metric.value === 0.5))
        const run = yield* runs.get(requested.id)
        assert.strictEqual(run.state, "Completed")
        assert.strictEqual(run.phase, "Closed")
        assert.strictEqual(readFileSync(join(folder, "out", "result.txt"), "utf8"), "done\n")
        yield* Fiber.join(supervisor)
      }).pipe(Effect.provide(runctl(join(folder, "home"))))
    }),
  60_000
)
