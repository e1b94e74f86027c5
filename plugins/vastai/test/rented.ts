import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Market, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer as providerLayer } from "@runctl/plugin-vastai/VastaiProvider"
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

export const us = OwnerId.make("ourselve")

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFa runctl"

/** A folder that is removed with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-instances-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export type Cloud = Awaited<ReturnType<typeof Emulator.vastai>>

type CloudOptions = Parameters<typeof Emulator.vastai>[0]

/** A cloud that ends with the test; whatever the test is about, it was sent nothing that is not allowed. */
export const cloudOf = (options: CloudOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      Emulator.vastai({ limitsRates: false, openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined, ...options })
    ),
    (started) =>
      Effect.promise(async () => {
        await started.close()
        const wrong = [
          ...new Set(started.violations.map(({ by, method, message, path }) => `${by}: ${method} ${path}: ${message}`))
        ]
        if (wrong.length > 0) throw new Error(`not as Vast.ai has it: ${wrong.join("; ")}`)
      })
  )

export interface Around {
  readonly home: string
  readonly settings: unknown
  readonly env: Readonly<Record<string, string>>
}

/** Everything a plugin may ask for. */
export const servicesFor = ({ env, home, settings }: Around) =>
  Layer.mergeAll(
    Layer.succeed(PluginContext, { home, owner: us, settings, locate: ([key]) => `config.yaml:${key ?? ""}` }),
    FetchHttpClient.layer,
    NodeServices.layer,
    ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
  )

/** Ways to this computer, which no instance is. */
export const shells = Shells.layerLocal

/** A provider of its own, with a memory in a folder: what was built before is not used again. */
export const providerAt = (at: Around) => Layer.fresh(providerLayer).pipe(Layer.provideMerge(servicesFor(at)))

/** A provider of a cloud; it does not keep the documented time between calls. */
export const providerOf = (cloud: Cloud, home: string, settings: Readonly<Record<string, unknown>> = {}) =>
  providerAt({
    home,
    settings: { endpoint: cloud.url, pace: 0, ...settings },
    env: { VAST_API_KEY: cloud.token }
  })

/** Uses a provider of a cloud of its own. */
export const using = <A, E, R>(
  use: (provider: AnyTrainingProvider, cloud: Cloud, home: string) => Effect.Effect<A, E, R>,
  { settings, ...options }: CloudOptions & { readonly settings?: Readonly<Record<string, unknown>> } = {}
) =>
  Effect.gen(function* () {
    const started = yield* cloudOf(options)
    const home = yield* folder
    return yield* Effect.flatMap(TrainingProvider, (provider) => use(provider, started, home)).pipe(
      Effect.provide(providerOf(started, home, settings))
    )
  }).pipe(Effect.scoped)

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: Math.ceil(Date.now() / 1000) + 3600
})

export const offerOf = (instanceType: string, changes: Partial<Offer> = {}): Offer => ({
  provider: "vastai",
  region: "DE",
  instanceType,
  gpuCount: 1,
  vcpus: 4,
  memoryGiB: GiB.make(15),
  diskGiB: GiB.make(32),
  onDemandUsdPerHour: UsdPerHour.make(1),
  spotUsdPerHour: UsdPerHour.make(1),
  source: "a test",
  asOf: DateTime.makeUnsafe(0),
  ...changes
})

/** The cheapest host of the emulated market that is good enough. */
export const cheapest = "m1101-1x-rtx-3060"

export const requestFor = (changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark: newMark(),
  offer: offerOf(cheapest),
  market: "on-demand" satisfies Market,
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

/** Requests of a kind, in the order in which they came. */
export const sent = ({ requests }: Cloud, method: string, path: RegExp) =>
  requests.filter((each) => each.method === method && path.test(each.path))

export const creates = (cloud: Cloud) => sent(cloud, "PUT", /^\/api\/v0\/asks\//)

/** What costs money now, by id. */
export const billed = (cloud: Cloud) => cloud.billing().map(({ id }) => id)
