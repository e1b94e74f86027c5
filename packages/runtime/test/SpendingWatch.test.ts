import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { fromUsd, UsdPerHour } from "@runctl/core/Money"
import { isBillable, type Resource } from "@runctl/core/Resource"
import { RunId } from "@runctl/core/Run"
import type { AnyTrainingProvider } from "@runctl/core/TrainingProvider"
import { event, type RunSpec } from "@runctl/runtime/Event"
import { Handover } from "@runctl/runtime/Handover"
import { Journal } from "@runctl/runtime/Journal"
import { streams, toEvent } from "@runctl/runtime/Projections"
import { Records } from "@runctl/runtime/Records"
import { Resources } from "@runctl/runtime/Resources"
import { noAccess } from "@runctl/runtime/SshAccess"
import { Secrets, toMessage } from "@runctl/runtime/Secrets"
import * as Supervisor from "@runctl/runtime/Supervisor"
import * as FakeJobs from "@runctl/testkit/FakeJobs"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Redacted from "effect/Redacted"
import { join } from "node:path"
import { cap, inVirtualTime, rentOf, specOf, temporaryFolder, world } from "./fakeWorld.ts"

const id = RunId.make("run-0123456789abcd")
const hour = 3_600_000

/** A supervisor on a cloud whose machines cost `factor()` times what they did when they were rented. */
const stage = Effect.fnUntraced(function* (factor: () => number, spec: Partial<RunSpec> = {}) {
  const { cloud, provider: made } = yield* FakeJobs.make()
  const dearer = (resource: Resource): Resource => ({
    ...resource,
    costPerHour: UsdPerHour.make(resource.costPerHour * factor())
  })
  const provider: AnyTrainingProvider = {
    ...made,
    getResource: (wanted) => Effect.map(made.getResource(wanted), dearer),
    listResources: Effect.map(made.listResources, (all) => all.map(dearer))
  }
  const folder = yield* temporaryFolder
  const services = yield* world(join(folder, "home"), provider)
  const wanted = specOf("fakejobs", ["output", "model", "sleep", "360000"], {
    deadlineAt: 5 * hour,
    graceSeconds: 10,
    holdSeconds: 60,
    budgets: [cap("run/x", 1)],
    ...spec
  })
  const told: Array<string> = []
  const http = HttpClient.make((request) =>
    Effect.sync(() => {
      told.push(new TextDecoder().decode(request.body._tag === "Uint8Array" ? request.body.body : new Uint8Array()))
      return HttpClientResponse.fromWeb(request, new Response(""))
    })
  )
  const supervisor = Supervisor.run({ idle: Duration.seconds(30), version: "test" }).pipe(
    Effect.provideService(Handover, { serve: () => Effect.void, send: () => Effect.succeed("") }),
    Effect.provideService(HttpClient.HttpClient, http)
  )
  const living = Effect.map(cloud.machines, (all) => all.filter(isBillable).length)
  const job = { outputDest: join(folder, "out"), ...wanted.job }
  return { calls: cloud.calls, living, services, spec: { ...wanted, job }, supervisor, told }
}, Effect.provide(NodeServices.layer))

const recorded = Effect.gen(function* () {
  const run = yield* (yield* Records).run(id)
  return run ?? (yield* Effect.die(new Error("no run")))
})

const resourcesOf = Effect.flatMap(Records, (records) => records.resources).pipe(
  Effect.flatMap(([first, ...rest]) =>
    first === undefined ? Effect.die(new Error("no machine")) : Effect.succeed([first, ...rest] as const)
  )
)

const typesIn = (stream: string) =>
  Effect.map(
    Effect.flatMap(Journal, (journal) => journal.read(stream)),
    (all) => all.map(({ type }) => type)
  )

describe("the spending watch", () => {
  it.effect("warns, ends a run whose price has risen in good order, and never lets it pass its cap by more", () =>
    Effect.gen(function* () {
      let factor = 1
      const { living, services, spec, supervisor, told } = yield* stage(() => factor, { notify: "url" })
      yield* inVirtualTime(
        Effect.gen(function* () {
          const records = yield* Records
          const handed = { secrets: new Map(), notify: Redacted.make("https://hooks.example/") }
          yield* (yield* Secrets).receive(toMessage(id, handed, noAccess))
          yield* records.append(streams.run(id), [event("RunRequested", { spec })], { run: id })
          const running = yield* Effect.forkChild(supervisor)
          while ((yield* recorded).phase !== "Started") yield* Effect.sleep("1 second")
          yield* Effect.sleep("2 minutes")
          factor = 50
          yield* Fiber.join(running)
          const run = yield* recorded
          assert.strictEqual(run.state, "Cancelled")
          assert.strictEqual(run.problem?.code, "RUNCTL_E_BUDGET_EXCEEDED")
          assert.strictEqual(run.outputs.state, "verified")
          assert.strictEqual(yield* living, 0)
          const types = yield* typesIn(streams.run(id))
          assert.lengthOf(
            types.filter((type) => type === "BudgetWarned"),
            2
          )
          assert.include(types.join(" "), "BudgetExceeded RunCancelRequested")
          // Nobody knows when the price rose: it counts from the look before.
          const [{ mark }] = yield* resourcesOf
          const priced = (yield* (yield* Journal).read(streams.resource(mark.key))).filter(
            ({ type }) => type === "InstancePriced"
          )
          const [rise] = priced.map(toEvent)
          if (rise?.type !== "InstancePriced") return assert.fail("no price was written down")
          assert.approximately((priced[0]?.at ?? 0) - (rise.payload.since ?? 0), 30_000, 10_000)
          // The cap is a dollar, at three dollars an hour: it went on for as long as that could be paid.
          assert.isAtMost(run.chargedNanoUsd ?? 0, fromUsd(1))
          assert.isAbove(run.chargedNanoUsd ?? 0, fromUsd(0.8))
          const { ledger } = yield* records.ledger("run/x")
          assert.deepStrictEqual(ledger.reserved, {})
          assert.deepStrictEqual(
            told.map((body) => /"event":"(\w+)"/.exec(body)?.[1]),
            ["BudgetWarned", "BudgetWarned", "BudgetExceeded", "RunCancelled"]
          )
          assert.include(told[0], "50 % of the budget")
        }).pipe(Effect.provideContext(services)),
        5000
      )
    })
  )

  it.effect("ends a machine that nobody trains on when its budget is used up", () =>
    Effect.gen(function* () {
      let factor = 1
      const { living, services, supervisor } = yield* stage(() => factor)
      yield* inVirtualTime(
        Effect.gen(function* () {
          const limits = { deadlineAt: 5 * hour, graceSeconds: 10, holdSeconds: 60, budgets: [cap("day/x", 1)] }
          const resources = yield* Resources
          const record = yield* resources.create({ rent: rentOf("fakejobs"), limits, label: "mine", run: undefined })
          factor = 50
          yield* supervisor
          assert.strictEqual(yield* living, 0)
          const types = yield* typesIn(streams.resource(record.mark.key))
          assert.include(types, "InstancePriced")
          assert.include(types, "BudgetExceeded")
          const { ledger } = yield* (yield* Records).ledger("day/x")
          assert.isAtMost(ledger.spent, fromUsd(1))
          assert.isAbove(ledger.spent, fromUsd(0.7))
        }).pipe(Effect.provideContext(services)),
        5000
      )
    })
  )

  it.effect("asks about few machines one by one, and for the list once where there are many", () =>
    Effect.gen(function* () {
      for (const [count, one, many] of [
        [2, "getResource", "listResources"],
        [7, "listResources", "getResource"]
      ] as const) {
        const { calls, services, supervisor } = yield* stage(() => 1)
        yield* inVirtualTime(
          Effect.gen(function* () {
            const limits = { deadlineAt: 5 * hour, graceSeconds: 90, holdSeconds: 7200, budgets: [cap("day/x", 20)] }
            const resources = yield* Resources
            for (let index = 0; index < count; index++) {
              yield* resources.create({ rent: rentOf("fakejobs"), limits, label: `m${index}`, run: undefined })
            }
            const before = yield* calls
            const running = yield* Effect.forkChild(supervisor)
            yield* Effect.sleep("95 seconds")
            yield* Fiber.interrupt(running)
            const asked = (yield* calls).slice(before.length)
            const times = (operation: string) => asked.filter((each) => each === operation).length
            assert.isAtMost(times(one), 4 * (one === "getResource" ? count : 1))
            assert.isAtLeast(times(one), one === "getResource" ? count : 1)
            assert.strictEqual(times(many), 0)
          }).pipe(Effect.provideContext(services)),
          5000
        )
      }
    })
  )

  it.effect("goes on by the last prices while a provider cannot be asked, and asks again", () =>
    Effect.gen(function* () {
      let factor = 1
      let isAway = false
      const { living, services, supervisor } = yield* stage(() => {
        if (isAway) throw new Error("a broken answer")
        return factor
      })
      yield* inVirtualTime(
        Effect.gen(function* () {
          const limits = { deadlineAt: 5 * hour, graceSeconds: 10, holdSeconds: 60, budgets: [cap("day/x", 1)] }
          yield* (yield* Resources)
            .create({ rent: rentOf("fakejobs"), limits, label: "mine", run: undefined })
            .pipe(Effect.ignore)
          const running = yield* Effect.forkChild(supervisor)
          yield* Effect.sleep("2 minutes")
          assert.strictEqual(yield* living, 1)
          isAway = false
          factor = 50
          yield* Fiber.join(running)
          assert.strictEqual(yield* living, 0)
          assert.isAtMost((yield* (yield* Records).ledger("day/x")).ledger.spent, fromUsd(1))
        }).pipe(Effect.provideContext(services)),
        5000
      )
    })
  )
})
