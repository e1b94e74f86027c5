/**
 * All of runctl's services on Node, for the CLI, the supervisor, and programs that import the library.
 *
 * @since 0.1.0
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { ProviderRegistry, type ProviderSource } from "@runctl/core/ProviderRegistry"
import * as Shells from "@runctl/remote/Shells"
import { Passphrases } from "@runctl/remote/Ssh"
import * as SshPool from "@runctl/remote/SshPool"
import { Budgets } from "@runctl/runtime/Budgets"
import { Endings } from "@runctl/runtime/Endings"
import { EventBus } from "@runctl/runtime/EventBus"
import { Follow } from "@runctl/runtime/Follow"
import { Home } from "@runctl/runtime/Home"
import { Journal } from "@runctl/runtime/Journal"
import { projections } from "@runctl/runtime/Projections"
import { Providers } from "@runctl/runtime/Providers"
import { Records } from "@runctl/runtime/Records"
import { Rents } from "@runctl/runtime/Rents"
import { Resources } from "@runctl/runtime/Resources"
import { RunFiles } from "@runctl/runtime/RunFiles"
import { Runs } from "@runctl/runtime/Runs"
import { Secrets } from "@runctl/runtime/Secrets"
import { type Prompt, SshAccess } from "@runctl/runtime/SshAccess"
import { Sweeper } from "@runctl/runtime/Sweeper"
import { SupervisorClient, SupervisorProgram } from "@runctl/runtime/SupervisorClient"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as NodeFileSystems from "./NodeFileSystems.ts"
import * as NodeHostKeys from "./NodeHostKeys.ts"
import * as NodeHandover from "./NodeHandover.ts"
import * as NodeCompression from "./NodeCompression.ts"
import * as NodeLocalFiles from "./NodeLocalFiles.ts"
import * as NodeProcesses from "./NodeProcesses.ts"
import * as NodeSsh from "./NodeSsh.ts"
import * as NodeSha256 from "./NodeSha256.ts"
import * as NodeSqlite from "./NodeSqlite.ts"

/**
 * What differs between programs that use runctl.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** Every provider there is, in the order in which they were found. */
  readonly sources: ReadonlyArray<ProviderSource>
  /** How to start the supervisor. */
  readonly supervisor: SupervisorProgram["Service"]
  /** Asks a person for the passphrase of a private key, where there is one to ask. */
  readonly prompt?: Prompt | undefined
  /** A provider's own section of the configuration, not yet checked. */
  readonly settingsFor: (provider: string) => unknown
  /** Where a key of a provider's section stands, for what is wrong with it. */
  readonly locateSetting?: (provider: string, path: ReadonlyArray<string>) => string | undefined
}

/** Node's own services. */
const platform = Layer.mergeAll(
  NodeServices.layer,
  FetchHttpClient.layer,
  NodeSqlite.layer,
  NodeProcesses.layer,
  NodeFileSystems.layer,
  NodeHandover.layer,
  NodeLocalFiles.layer,
  NodeCompression.layer,
  NodeSha256.layer
)

const access = ({ prompt }: Pick<Options, "prompt">) =>
  Layer.effect(
    Passphrases,
    Effect.map(SshAccess, ({ ask }) => ({ ask }))
  ).pipe(Layer.provideMerge(SshAccess.layer({ agent: process.env["SSH_AUTH_SOCK"] || undefined, prompt })))

/**
 * Ways to machines behind SSH alone, for programs that need nothing else of runctl.
 *
 * **Details**  `home` is where keys that runctl makes and keys of hosts that it meets are kept.
 *
 * @category layers
 * @since 0.1.0
 */
export const ssh = (home: string) =>
  Shells.layer.pipe(
    Layer.provideMerge(SshPool.layer),
    Layer.provide(NodeSsh.layer),
    Layer.provide(access({})),
    Layer.provide(Home.layerAt(home)),
    Layer.provideMerge(Layer.mergeAll(NodeSha256.layer, NodeLocalFiles.layer, NodeCompression.layer))
  )

const journal = Journal.layerHome({ projections, rentTypes: ["InstanceRequested"] })

const registry = ({ locateSetting, settingsFor, sources }: Options) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const home = yield* Home
      const owner = yield* home.owner
      return ProviderRegistry.layer((name) => ({
        home: `${home.providers}/${name}`,
        owner,
        settings: settingsFor(name),
        ...(locateSetting === undefined ? {} : { locate: (path) => locateSetting(name, path) })
      }))
    })
  ).pipe(
    Layer.tap((context) =>
      Effect.flatMap(Effect.provideContext(ProviderRegistry, context), (found) => found.discover(sources))
    )
  )

/**
 * All of runctl's services. Built when first used; closes the journal and every shell with its scope.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (options: Options) => {
  const memory = Layer.mergeAll(Records.layer, RunFiles.layer, EventBus.layer, Secrets.layer).pipe(
    Layer.provideMerge(journal),
    Layer.provideMerge(NodeHostKeys.layer),
    Layer.provideMerge(Layer.merge(Home.layer, access(options)))
  )
  const machines = Sweeper.layer.pipe(
    Layer.provideMerge(Endings.layer),
    Layer.provideMerge(Rents.layer),
    Layer.provideMerge(Budgets.layer),
    Layer.provideMerge(Providers.layer),
    Layer.provideMerge(registry(options)),
    Layer.provideMerge(Shells.layer),
    Layer.provideMerge(SshPool.layer),
    Layer.provideMerge(NodeSsh.layer)
  )
  const clients = Runs.layer.pipe(
    Layer.provideMerge(Follow.layer),
    Layer.provideMerge(Layer.mergeAll(SupervisorClient.layer, Resources.layer)),
    Layer.provideMerge(Layer.succeed(SupervisorProgram, options.supervisor))
  )
  return clients.pipe(Layer.provideMerge(machines), Layer.provideMerge(memory), Layer.provideMerge(platform))
}
