import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer as providerLayer } from "@runctl/plugin-lyceum/LyceumProvider"
import * as Shells from "@runctl/remote/Shells"
import * as Emulator from "@runctl/testkit/Emulator"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "vitest"

export const us = OwnerId.make("ourselve")

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFa runctl"

export const prefix = "/api/v2/external"

/** The emulated cloud of a test. */
export type Cloud = Emulator.LyceumCloud

/** A folder that is removed with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-lyceum-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A cloud that ends with the test. Whatever that is about, what is sent and answered is what the cloud allows. */
export const cloudOf = (options: Emulator.LyceumOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => Emulator.lyceum(options)),
    (started) =>
      Effect.promise(async () => {
        const { violations } = started
        await started.close()
        assert.deepStrictEqual([...violations], [])
      })
  )

export interface Around {
  readonly home: string
  readonly settings: unknown
  readonly env: Readonly<Record<string, string>>
}

/** Everything a plugin may ask for, but ways to machines. */
export const servicesFor = ({ env, home, settings }: Around) =>
  Layer.mergeAll(
    Layer.succeed(PluginContext, { home, owner: us, settings, locate: ([key]) => `config.yaml:${key ?? ""}` }),
    FetchHttpClient.layer,
    NodeServices.layer,
    ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
  )

/** Ways to this computer, which no VM is. */
export const shells = Shells.layerLocal.pipe(Layer.provide(NodeServices.layer))

/** A provider of its own that asks a cloud, with a memory in a folder: what was built before is not used again. */
export const providerAt = (at: Around) => Layer.fresh(providerLayer).pipe(Layer.provideMerge(servicesFor(at)))

/** How a test uses a cloud: with which options, settings and variables. */
export interface On {
  readonly cloud?: Emulator.LyceumOptions
  readonly settings?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

/** Uses a provider of a cloud of its own. */
export const using = <A, E, R>(
  use: (provider: AnyTrainingProvider, cloud: Cloud, home: string) => Effect.Effect<A, E, R>,
  { cloud, env, settings = {} }: On = {}
) =>
  Effect.gen(function* () {
    const started = yield* cloudOf(cloud)
    const home = yield* folder
    const at = { home, settings: { endpoint: started.url, ...settings }, env: env ?? { LYCEUM_API_KEY: started.token } }
    return yield* Effect.flatMap(TrainingProvider, (provider) => use(provider, started, home)).pipe(
      Effect.provide(providerAt(at).pipe(Layer.provide(shells)))
    )
  }).pipe(Effect.scoped)

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: 1_900_000_000
})

export const offerOf = (instanceType: string): Offer => ({
  provider: "lyceum",
  region: "lyceum",
  instanceType,
  gpuCount: 1,
  vcpus: 1,
  memoryGiB: GiB.make(1),
  onDemandUsdPerHour: UsdPerHour.make(1),
  source: "a test",
  asOf: DateTime.makeUnsafe(0)
})

export const requestFor = (changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark: newMark(),
  offer: offerOf("l40s.1x"),
  market: "on-demand",
  label: undefined,
  diskGiB: undefined,
  image: undefined,
  bootstrap: { format: "none", content: "" },
  authorizedKey: publicKey,
  priceLimit: undefined,
  ...changes
})

/** The reason of a call that must fail. */
export const reasonOf = <A, R>(call: Effect.Effect<A, ProviderError, R>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason)

/** Requests that a match fits. */
export const asked = ({ requests }: Cloud, method: string, path: RegExp) =>
  requests.filter((request) => request.method === method && path.test(request.path))

/** Every request that is answered from now on, with its headers, which the record leaves out. */
export const overhear = ({ core }: Cloud): ReadonlyArray<Emulator.Request> => {
  const heard: Array<Emulator.Request> = []
  const handle = core.handle.bind(core)
  core.handle = (request, now) => {
    heard.push(request)
    return handle(request, now)
  }
  return heard
}

export const creates = { method: "POST", path: /\/vms\/create$/ }
export const deletes = { method: "DELETE" }
export const reads = { method: "GET" }
