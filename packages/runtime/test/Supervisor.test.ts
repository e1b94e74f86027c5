import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { isBillable } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import { event, type RunSpec } from "@runctl/runtime/Event"
import { Handover } from "@runctl/runtime/Handover"
import { Journal } from "@runctl/runtime/Journal"
import { streams } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { noAccess } from "@runctl/runtime/SshAccess"
import { Secrets, toMessage } from "@runctl/runtime/Secrets"
import * as Supervisor from "@runctl/runtime/Supervisor"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import { join } from "node:path"
import { inVirtualTime, specOf, temporaryFolder, world } from "./fakeWorld.ts"

const id = RunId.make("run-0123456789abcd")
const address = "HTTPS://Hooks.Example/a secret?key=hunter2"

interface Setting {
  readonly args: ReadonlyArray<string>
  readonly spec?: Partial<RunSpec>
  readonly fake?: FakeJobs.FakeJobsOptions
  readonly createTakes?: Duration.Input
  readonly http?: HttpClient.HttpClient
}

const silent = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response(""))))

/** A supervisor that may be started, on a cloud that runs jobs itself; nobody listens on its line. */
const stage = Effect.fnUntraced(function* ({ args, createTakes = 0, fake, http = silent, spec }: Setting) {
  const { cloud, provider: made } = yield* FakeJobs.make(fake)
  const provider: AnyTrainingProvider = {
    ...made,
    createResource: (wanted) => Effect.delay(made.createResource(wanted), createTakes)
  }
  const folder = yield* temporaryFolder
  const services = yield* world(join(folder, "home"), provider)
  const wanted = specOf("fakejobs", args, spec)
  const job = { outputDest: join(folder, "out"), ...wanted.job }
  const idle = Duration.seconds(30)
  const supervisor = Supervisor.run({ idle, version: "test" }).pipe(
    Effect.provideService(Handover, { serve: () => Effect.void, send: () => Effect.succeed("") }),
    Effect.provideService(HttpClient.HttpClient, http)
  )
  const living = Effect.map(cloud.machines, (all) => all.filter(isBillable).length)
  return { cloud, living, services, spec: { ...wanted, job }, supervisor }
}, Effect.provide(NodeServices.layer))

const append = (fact: Parameters<Records["Service"]["append"]>[1][number]) =>
  Effect.flatMap(Records, (records) => records.append(streams.run(id), [fact], { run: id }))

const recorded = Effect.gen(function* () {
  const run = yield* (yield* Records).run(id)
  return run ?? (yield* Effect.die(new Error("no run")))
})

const until = (phase: string) =>
  Effect.gen(function* () {
    while ((yield* recorded).phase !== phase) yield* Effect.sleep("200 millis")
  })

describe("the supervisor", () => {
  it.effect("carries a run that is asked for, and leaves when nothing is left to do", () =>
    Effect.gen(function* () {
      const { cloud, living, services, spec, supervisor } = yield* stage({ args: ["say", "1", "sleep", "20"] })
      yield* inVirtualTime(
        Effect.gen(function* () {
          const living1 = yield* Effect.forkChild(supervisor)
          yield* Effect.sleep("1 second")
          yield* append(event("RunRequested", { spec }))
          yield* Fiber.join(living1)
          assert.strictEqual((yield* recorded).state, "Completed")
          assert.strictEqual(yield* living, 0)
          assert.lengthOf(yield* cloud.machines, 1)
          const said = (yield* (yield* Journal).read(streams.supervisor)).map(({ type }) => type)
          assert.deepStrictEqual(said, ["SupervisorStarted", "SupervisorStopped"])
        }).pipe(Effect.provideContext(services))
      )
    })
  )

  for (const idempotency of ["token", "none"] as const) {
    it.effect(`leaves no machine behind when a run is cancelled while one is being made (${idempotency})`, () =>
      Effect.gen(function* () {
        const { cloud, living, services, spec, supervisor } = yield* stage({
          args: ["sleep", "3600"],
          createTakes: "3 minutes",
          fake: { capabilities: { idempotency } }
        })
        yield* inVirtualTime(
          Effect.gen(function* () {
            yield* append(event("RunRequested", { spec }))
            const running = yield* Effect.forkChild(supervisor)
            while ((yield* (yield* Records).resources).length === 0) yield* Effect.sleep("100 millis")
            yield* append(event("RunCancelRequested", { by: "user" }))
            yield* Fiber.join(running)
            assert.strictEqual((yield* recorded).state, "Cancelled")
            assert.strictEqual((yield* recorded).phase, "Closed")
            assert.strictEqual(yield* living, 0)
            assert.isAtMost((yield* cloud.machines).length, 1)
          }).pipe(Effect.provideContext(services))
        )
      })
    )
  }

  it.effect("cancels a run while its job runs, and brings home what it left", () =>
    Effect.gen(function* () {
      const { living, services, spec, supervisor } = yield* stage({ args: ["output", "model", "sleep", "36000"] })
      yield* inVirtualTime(
        Effect.gen(function* () {
          yield* append(event("RunRequested", { spec }))
          const running = yield* Effect.forkChild(supervisor)
          yield* until("Started")
          yield* append(event("RunCancelRequested", { by: "user" }))
          yield* Fiber.join(running)
          assert.strictEqual((yield* recorded).state, "Cancelled")
          assert.strictEqual((yield* recorded).outputs.state, "verified")
          assert.strictEqual(yield* living, 0)
        }).pipe(Effect.provideContext(services))
      )
    })
  )

  for (const seed of Array.from({ length: 10 }, (_, index) => index)) {
    it.effect(`may be ended at any moment: the next one goes on, on the same machine (seed ${seed})`, () =>
      Effect.gen(function* () {
        const { cloud, living, services, spec, supervisor } = yield* stage({
          args: ["say", "3", "sleep", "4", "output", "model", "sleep", "4"],
          createTakes: "600 millis",
          fake: { bootsFor: "1 second", endsFor: "1 second", capabilities: { idempotency: seed % 2 ? "none" : "name" } }
        })
        yield* inVirtualTime(
          Effect.gen(function* () {
            yield* append(event("RunRequested", { spec }))
            while ((yield* recorded).phase !== "Closed") {
              const running = yield* Effect.forkChild(supervisor)
              yield* Effect.sleep(yield* Random.nextIntBetween(1, 4000))
              yield* Fiber.interrupt(running)
            }
            assert.strictEqual((yield* recorded).state, "Completed")
            assert.lengthOf((yield* recorded).attempts, 1)
            assert.lengthOf(yield* cloud.machines, 1)
            assert.strictEqual(yield* living, 0)
          }).pipe(Random.withSeed(seed), Effect.provideContext(services)),
          100
        )
      })
    )
  }

  for (const [how, http] of [
    [
      "answers with an error",
      HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, new Response(address, { status: 500 })))
      )
    ],
    ["is told", silent]
  ] as const) {
    it.effect(`notifies at the end of a run, and the address is nowhere in the journal when it ${how}`, () =>
      Effect.gen(function* () {
        const told: Array<string> = []
        const { services, spec, supervisor } = yield* stage({
          args: ["say", "1"],
          spec: { notify: "url" },
          http: HttpClient.make((request) => {
            told.push(request.url)
            return http.execute(request)
          })
        })
        yield* inVirtualTime(
          Effect.gen(function* () {
            const secrets = yield* Secrets
            yield* secrets.receive(toMessage(id, { secrets: new Map(), notify: Redacted.make(address) }, noAccess))
            yield* append(event("RunRequested", { spec }))
            yield* supervisor
            assert.include(told[0]?.toLowerCase(), "hooks.example")
            const all = JSON.stringify(yield* (yield* Journal).readAll())
            assert.strictEqual(all.includes("NotificationFailed"), how !== "is told")
            assert.notInclude(all.toLowerCase(), "hooks.example")
            assert.notInclude(all, "hunter2")
            // What was handed over is kept no longer than the run.
            assert.isUndefined(yield* secrets.of(id))
          }).pipe(Effect.provideContext(services))
        )
      })
    )
  }
})
