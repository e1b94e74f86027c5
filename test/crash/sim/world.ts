/**
 * Everything that runctl is to one process: its own services over the journal and the cloud that all of them share.
 */
import { OwnerId } from "@runctl/core/Ownership"
import { define } from "@runctl/core/ProviderPlugin"
import { ProviderRegistry } from "@runctl/core/ProviderRegistry"
import { Refused, ShellError, Shells } from "@runctl/core/Shell"
import { type AnyTrainingProvider, TrainingProvider } from "@runctl/core/TrainingProvider"
import { Budgets } from "@runctl/runtime/Budgets"
import { EventBus } from "@runctl/runtime/EventBus"
import { Handover } from "@runctl/runtime/Handover"
import { Resources } from "@runctl/runtime/Resources"
import type { RunFiles } from "@runctl/runtime/RunFiles"
import { Secrets } from "@runctl/runtime/Secrets"
import { SshAccess } from "@runctl/runtime/SshAccess"
import { Endings } from "@runctl/runtime/Endings"
import { HostKeys } from "@runctl/runtime/HostKeys"
import { Home } from "@runctl/runtime/Home"
import { Journal } from "@runctl/runtime/Journal"
import { Processes } from "@runctl/runtime/Processes"
import { projections } from "@runctl/runtime/Projections"
import { Providers } from "@runctl/runtime/Providers"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Sweeper } from "@runctl/runtime/Sweeper"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { type Bug, plant, type Planted } from "./bugs.ts"
import type { Disk } from "./disk.ts"
import { noFiles } from "./files.ts"
import type { SimCloud } from "./SimCloud.ts"
import type { SimProcess } from "./SimProcess.ts"

export const owner = OwnerId.make("ownerone")

const root = "/home"

const home = Layer.succeed(Home, {
  root,
  journal: `${root}/journal.db`,
  runs: `${root}/runs`,
  providers: `${root}/providers`,
  machines: `${root}/machines`,
  quarantine: `${root}/quarantine`,
  supervisorLog: `${root}/supervisor.log`,
  socket: `${root}/supervisor.sock`,
  owner: Effect.succeed(owner)
})

const outside = Layer.mergeAll(
  home,
  Layer.succeed(HostKeys, {
    authorizedKey: Effect.succeed("ssh-ed25519 AAAA"),
    bootstrapKey: () => Effect.succeed({ privateKey: "", publicKey: "ssh-ed25519 AAAA" })
  }),
  Path.layer,
  noFiles,
  Layer.succeed(
    HttpClient.HttpClient,
    HttpClient.make(() => Effect.die(new Error("no network")))
  ),
  Layer.succeed(Shells, {
    open: () => Effect.fail(new ShellError({ operation: "open", reason: new Refused({ message: "no shell here" }) }))
  }),
  // What is logged of planted faults is not the output of a test.
  Layer.succeed(References.MinimumLogLevel, "None")
)

const registry = (provider: AnyTrainingProvider) =>
  Layer.tap(
    ProviderRegistry.layer(() => ({ home: `${root}/providers`, owner, settings: undefined })),
    (context) =>
      Effect.flatMap(Effect.provideContext(ProviderRegistry, context), (found) =>
        Effect.orDie(
          found.register({
            origin: "a simulation",
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
          })
        )
      )
  )

/** A journal whose every change is a step at which a process may be killed or frozen. */
const hooked = (process: SimProcess, { journal: changed }: Planted) =>
  Layer.effect(
    Journal,
    Effect.map(Journal, (journal) => {
      const hook = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
        process.step(`before ${name}`).pipe(
          Effect.andThen(effect),
          Effect.tap(() => process.step(`after ${name}`))
        )
      return changed({
        ...journal,
        append: (stream, expectedSeq, events, options) =>
          hook(`append ${events[0]?.type}`, journal.append(stream, expectedSeq, events, options)),
        // What others write is looked for every three seconds: often enough, and a virtual hour is over sooner.
        subscribe: ({ fromPosition = 0 } = {}) =>
          Stream.paginate(fromPosition, (position) =>
            Effect.gen(function* () {
              const events = yield* journal.readAll({ fromPosition: position })
              if (events.length === 0) yield* Effect.sleep("3 seconds")
              return [events, Option.some(events.at(-1)?.position ?? position)] as const
            })
          ),
        renew: (lease) => hook("renew", journal.renew(lease)),
        hold: (name, ttl) => hook("hold", journal.hold(name, ttl))
      })
    })
  )

/** What outlives every process, and the bug that all of them have. */
export interface Shared {
  readonly cloud: SimCloud
  readonly disk: Disk
  readonly logs: Layer.Layer<RunFiles>
  readonly bug?: Bug | undefined
}

/** The services of a process. */
export const servicesOf = (
  process: SimProcess,
  everybody: ReadonlyMap<number, SimProcess>,
  { bug, cloud, disk, logs }: Shared
) => {
  const planted = plant(bug, process, disk)
  const processes = Layer.succeed(Processes, {
    self: Effect.succeed(process.identity),
    isAlive: ({ pid }) => Effect.sync(() => everybody.get(pid)?.isAlive ?? false),
    spawnDetached: () => Effect.die(new Error("nothing is started here")),
    lockersOf: () => Effect.succeed([]),
    rss: Effect.succeed(0)
  })
  const journal = hooked(process, planted).pipe(
    Layer.provide(Journal.layerMemory({ projections, rentTypes: ["InstanceRequested"], owner })),
    Layer.provide(disk.layer),
    Layer.provideMerge(processes)
  )
  return Layer.mergeAll(Resources.layer, EventBus.layer, Secrets.layer, logs).pipe(
    Layer.provideMerge(Sweeper.layer),
    Layer.provideMerge(SshAccess.layer()),
    Layer.provideMerge(Layer.succeed(Handover, { serve: () => Effect.void, send: () => Effect.succeed("") })),
    Layer.provideMerge(Endings.layer),
    Layer.provideMerge(Rents.layer),
    Layer.provideMerge(Budgets.layer),
    Layer.provideMerge(Providers.layer),
    Layer.provideMerge(registry(planted.provider(cloud.seenBy(process)))),
    Layer.provideMerge(Records.layer),
    Layer.provideMerge(journal),
    Layer.provideMerge(outside)
  )
}
