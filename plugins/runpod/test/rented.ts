import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer as providerLayer } from "@runctl/plugin-runpod/RunPodProvider"
import * as Shells from "@runctl/remote/Shells"
import * as Emulator from "@runctl/testkit/Emulator"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "vitest"

export type Cloud = Emulator.Emulated<Emulator.RunPodCore>

export const us = OwnerId.make("ourselve")

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFa runctl"

/** A folder that is removed with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-pods-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/**
 * A cloud that ends with the test, whose time stands still, as the test's own does. Whatever a test is about, what it
 * sends is what the vendor allows.
 */
export const cloudWith = (options: Emulator.RunPodOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(() =>
      Emulator.runpod({
        timeScale: 0,
        startMillis: 0,
        limitsRates: false,
        openApi: process.env["RUNCTL_OPENAPI_DIR"] || undefined,
        ...options
      })
    ),
    (cloud) =>
      Effect.promise(async () => {
        const { violations } = cloud
        await cloud.close()
        assert.deepStrictEqual([...violations], [])
      })
  )

export interface Around {
  readonly home: string
  readonly settings: unknown
  readonly env?: Readonly<Record<string, string>>
}

/** Everything a plugin may ask for. */
export const servicesFor = ({ env = { RUNPOD_API_KEY: "rpa_nobody" }, home, settings }: Around) =>
  Layer.mergeAll(
    Layer.succeed(PluginContext, { home, owner: us, settings, locate: ([key]) => `config.yaml:${key ?? ""}` }),
    FetchHttpClient.layer,
    NodeServices.layer,
    ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
  )

/** Ways to this computer, which no pod is. */
export const shells = Shells.layerLocal

/** A provider of its own that asks a cloud, with a memory in a folder: what was built before is not used again. */
export const providerAt = (at: Around) => Layer.fresh(providerLayer).pipe(Layer.provideMerge(servicesFor(at)))

export const providerOf = (cloud: Cloud, home: string, settings: object = {}) =>
  providerAt({ home, settings: { endpoint: cloud.url, ...settings }, env: { RUNPOD_API_KEY: cloud.token } })

/** Uses a provider of a cloud of its own. */
export const using = <A, E, R>(
  use: (provider: AnyTrainingProvider, cloud: Cloud, home: string) => Effect.Effect<A, E, R>,
  {
    settings = {},
    ...options
  }: Emulator.RunPodOptions & { readonly settings?: object | ((cloud: Cloud) => object) } = {}
) =>
  Effect.gen(function* () {
    const cloud = yield* cloudWith(options)
    const home = yield* folder
    const told = typeof settings === "function" ? settings(cloud) : settings
    return yield* Effect.flatMap(TrainingProvider, (provider) => use(provider, cloud, home)).pipe(
      Effect.provide(providerOf(cloud, home, told))
    )
  }).pipe(Effect.scoped)

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: 1_900_000_000
})

export const a4000 = "1x-NVIDIA-RTX-A4000-secure"

export const offerOf = (instanceType: string, region: string, changes: Partial<Offer> = {}): Offer => ({
  provider: "runpod",
  region,
  instanceType,
  gpuCount: 1,
  vcpus: 2,
  memoryGiB: GiB.make(7.5),
  onDemandUsdPerHour: UsdPerHour.make(1),
  source: "a test",
  asOf: DateTime.makeUnsafe(0),
  ...changes
})

export const requestFor = (changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark: newMark(),
  offer: offerOf(a4000, "EU-RO-1"),
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

/** Lets the clock run until something is over that waits for answers as well. */
export const untilDone = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      // Slowly: whoever answers over HTTP needs some real time, and no clock may run out meanwhile.
      yield* TestClock.adjust("200 millis")
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 3)))
    }
    return yield* Fiber.join(fiber)
  })

/** How often something was asked. */
export const asked = ({ requests }: Cloud, method: string, path: RegExp): number =>
  requests.filter((request) => request.method === method && path.test(request.path)).length

/** The bodies of all creates. */
export const creates = ({ requests }: Cloud): ReadonlyArray<unknown> =>
  requests.filter(({ method, path }) => method === "POST" && path === "/v2/pods").map(({ body }) => body)
