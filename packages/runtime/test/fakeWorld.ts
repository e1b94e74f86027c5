import * as NodeServices from "@effect/platform-node/NodeServices"
import type { Offer } from "@runctl/core/Offer"
import { NanoUsd } from "@runctl/core/Money"
import { define } from "@runctl/core/ProviderPlugin"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { Refused, ShellError, Shells } from "@runctl/core/Shell"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import * as NodeFileSystems from "@runctl/platform-node/NodeFileSystems"
import * as NodeHostKeys from "@runctl/platform-node/NodeHostKeys"
import * as NodeProcesses from "@runctl/platform-node/NodeProcesses"
import * as NodeSqlite from "@runctl/platform-node/NodeSqlite"
import { Budgets } from "@runctl/runtime/Budgets"
import { Endings } from "@runctl/runtime/Endings"
import type { BudgetCap, Placement, RunSpec } from "@runctl/runtime/Event"
import { EventBus } from "@runctl/runtime/EventBus"
import { Home } from "@runctl/runtime/Home"
import { Journal } from "@runctl/runtime/Journal"
import { projections } from "@runctl/runtime/Projections"
import { Providers } from "@runctl/runtime/Providers"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import { RunFiles } from "@runctl/runtime/RunFiles"
import { Sweeper } from "@runctl/runtime/Sweeper"
import { SshAccess } from "@runctl/runtime/SshAccess"
import { Secrets } from "@runctl/runtime/Secrets"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import * as TestClock from "effect/testing/TestClock"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A folder that is gone with the scope. */
export const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-test-world-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const noShells = Layer.succeed(Shells, {
  open: () => Effect.fail(new ShellError({ operation: "open", reason: new Refused({ message: "no shell here" }) }))
})

const registry = (providers: ReadonlyArray<AnyTrainingProvider>) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { owner, providers: folder } = yield* Home
      const id = yield* owner
      return ProviderRegistry.layer((name) => ({ home: join(folder, name), owner: id, settings: undefined }))
    })
  ).pipe(
    Layer.tap((context) =>
      Effect.flatMap(Effect.provideContext(ProviderRegistry, context), (found) =>
        found.discover(
          providers.map((provider) => ({
            origin: "a test",
            trusted: true,
            manifest: {
              api: 1,
              kind: "provider",
              provider: "./none.js",
              name: provider.name,
              title: provider.name,
              capabilities: provider.capabilities,
              credentials: { environment: [], files: [] }
            },
            load: () =>
              Promise.resolve({
                plugin: define({ name: provider.name, layer: Layer.succeed(TrainingProvider, provider) })
              })
          }))
        )
      )
    )
  )

/** Everything that carries runs, made before time begins. */
export const world = (root: string, ...providers: ReadonlyArray<AnyTrainingProvider>) =>
  withWholeMillis(Layer.build(layers(root, ...providers)))

/** In a folder, on the clouds that are given; the journal is in memory. */
const layers = (root: string, ...providers: ReadonlyArray<AnyTrainingProvider>) =>
  Layer.mergeAll(Resources.layer, Sweeper.layer, RunFiles.layer, EventBus.layer, Secrets.layer).pipe(
    Layer.provideMerge(SshAccess.layer()),
    Layer.provideMerge(Endings.layer),
    Layer.provideMerge(Rents.layer),
    Layer.provideMerge(Budgets.layer),
    Layer.provideMerge(Providers.layer),
    Layer.provideMerge(registry(providers)),
    Layer.provideMerge(Records.layer),
    Layer.provideMerge(Journal.layerMemory({ projections, rentTypes: ["InstanceRequested"] })),
    Layer.provideMerge(NodeHostKeys.layer),
    Layer.provideMerge(Home.layerAt(root)),
    Layer.provideMerge(
      Layer.mergeAll(
        NodeServices.layer,
        NodeSqlite.layer,
        NodeProcesses.layer,
        NodeFileSystems.layer,
        FetchHttpClient.layer,
        noShells
      )
    ),
    // What is logged of planted faults is not the output of a test.
    Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "None"))
  )

type Rent = Extract<Placement, { readonly _tag: "Rent" }>

/** A wish for the cheapest machine of a provider. */
export const rentOf = (provider: string, change: Partial<Rent> = {}): Rent => ({
  _tag: "Rent",
  provider,
  query: {},
  market: "on-demand",
  ...change
})

/** A budget in dollars. */
export const cap = (scope: string, usd: number): BudgetCap => ({ scope, capNanoUsd: NanoUsd.make(usd * 1e9) })

/** A run of an hour at most, on any machine of a provider. */
export const specOf = (provider: string, args: ReadonlyArray<string>, change: Partial<RunSpec> = {}): RunSpec => ({
  name: "test",
  job: { project: "/project", script: "train.sh", args, environment: {}, secretNames: [] },
  placement: rentOf(provider),
  deadlineAt: 24 * 3_600_000,
  graceSeconds: 90,
  holdSeconds: 7200,
  budgets: [],
  keep: false,
  envFiles: [],
  ...change
})

/** Lets files be read and written: they take no virtual time, and some of ours. */
const breathe = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** A clock of whole milliseconds, like every real one: virtual time stops wherever somebody wakes. */
export const withWholeMillis = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Clock.clockWith((clock) => {
    const millis = (): number => Math.floor(clock.currentTimeMillisUnsafe())
    return Effect.provideService(effect, Clock.Clock, {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      currentTimeNanos: clock.currentTimeNanos,
      monotonicTimeNanosUnsafe: () => clock.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: clock.monotonicTimeNanos,
      sleep: (duration) => clock.sleep(duration)
    })
  })

/** Lets virtual time pass, a step at a time, until something is done. */
export const inVirtualTime = <A, E, R>(effect: Effect.Effect<A, E, R>, step = 500): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(withWholeMillis(effect))
    for (let round = 0; fiber.pollUnsafe() === undefined; round++) {
      yield* breathe
      if (round % 2 === 1) yield* TestClock.adjust(step)
      if (round > 200_000) return yield* Effect.die(new Error("it does not end"))
    }
    return yield* Fiber.join(fiber)
  })

/** Lets so much virtual time pass, in steps short enough for everybody to keep up. */
export const pass = (millis: number, step = 500): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let passed = 0; passed < millis; passed += step) {
      yield* breathe
      yield* TestClock.adjust(step)
      yield* breathe
    }
  })

/** The same provider, some offers without a price. */
export const unpriced = (provider: AnyTrainingProvider): AnyTrainingProvider => ({
  ...provider,
  offers: (query) => Effect.map(provider.offers(query), (all) => all.map(withoutPrice))
})

const withoutPrice = ({ onDemandUsdPerHour: _price, ...offer }: Offer): Offer => offer
