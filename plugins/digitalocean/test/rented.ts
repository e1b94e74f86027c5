import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer as providerLayer } from "@runctl/plugin-digitalocean/DigitalOceanProvider"
import * as Shells from "@runctl/remote/Shells"
import * as OpenApi from "@runctl/testkit/OpenApi"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Recorded } from "./recorded.ts"
import { type Cloud, serve, token } from "./server.ts"

export const us = OwnerId.make("ourselve")

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFa runctl"

/** A folder that is removed with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-droplets-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const description = openApi === "" ? undefined : OpenApi.load(openApi, "digitalocean")

/** Whatever a test is about, what it sends is what the vendor's own description allows, where that is at hand. */
const checkRequests = async (requests: ReadonlyArray<Recorded>): Promise<void> => {
  const official = await description
  const wrong = requests.flatMap((request) => official?.request(request) ?? [])
  if (wrong.length > 0) throw new Error(`not as DigitalOcean describes it: ${[...new Set(wrong)].join("; ")}`)
}

/** A cloud that ends with the test. */
export const cloud = Effect.acquireRelease(
  Effect.promise(() => serve()),
  (started) => Effect.promise(() => started.close().then(() => checkRequests(started.requests)))
)

export interface Around {
  readonly home: string
  readonly settings: unknown
  readonly env?: Readonly<Record<string, string>>
}

/** Everything a plugin may ask for. */
export const servicesFor = ({ env = { DIGITALOCEAN_TOKEN: token }, home, settings }: Around) =>
  Layer.mergeAll(
    Layer.succeed(PluginContext, { home, owner: us, settings, locate: ([key]) => `config.yaml:${key ?? ""}` }),
    FetchHttpClient.layer,
    NodeServices.layer,
    ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
  )

/** Ways to this computer, which no droplet is. */
export const shells = Shells.layerLocal

/** A provider of its own that asks a cloud, with a memory in a folder: what was built before is not used again. */
export const providerAt = (at: Around) => Layer.fresh(providerLayer).pipe(Layer.provideMerge(servicesFor(at)))

/** Uses a provider of a cloud of its own. */
export const using = <A, E, R>(
  use: (provider: AnyTrainingProvider, cloud: Cloud, home: string) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const started = yield* cloud
    const home = yield* folder
    return yield* Effect.flatMap(TrainingProvider, (provider) => use(provider, started, home)).pipe(
      Effect.provide(providerAt({ home, settings: { endpoint: started.url } }))
    )
  }).pipe(Effect.scoped)

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: 1_900_000_000
})

export const offerOf = (instanceType: string, region: string): Offer => ({
  provider: "digitalocean",
  region,
  instanceType,
  gpuCount: 0,
  vcpus: 1,
  memoryGiB: GiB.make(1),
  onDemandUsdPerHour: UsdPerHour.make(1),
  source: "a test",
  asOf: DateTime.makeUnsafe(0)
})

export const requestFor = (changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark: newMark(),
  offer: offerOf("tiny", "ams3"),
  market: "on-demand",
  label: undefined,
  diskGiB: undefined,
  image: undefined,
  bootstrap: { format: "none", content: "" },
  authorizedKey: undefined,
  priceLimit: undefined,
  ...changes
})

/** The reason of a call that must fail. */
export const reasonOf = <A, R>(call: Effect.Effect<A, ProviderError, R>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason)
