import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer as providerLayer } from "@runctl/plugin-verda/VerdaProvider"
import * as Shells from "@runctl/remote/Shells"
import type * as Emulator from "@runctl/testkit/Emulator"
import * as OpenApi from "@runctl/testkit/OpenApi"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layerOf, newPlace, type Place } from "./inProcess.ts"

export const us = OwnerId.make("ourselve")

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFa runctl"

/** A folder that is removed with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-verda-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const openApi = process.env["RUNCTL_OPENAPI_DIR"] ?? ""
const description = openApi === "" ? undefined : OpenApi.load(openApi, "verda")

/** Whatever a test is about, what it sends is what the vendor's own description allows, where that is at hand. */
const check = async ({ core, seen }: Place): Promise<void> => {
  const official = await description
  const wrong = seen.flatMap(({ body, method, path, query }) =>
    (official?.request({ method, path, query: Object.fromEntries(new URLSearchParams(query)), body }) ?? []).filter(
      (complaint) => core.description.excuses?.(complaint) !== true
    )
  )
  const ours = core.violations.map(({ message }) => message)
  if (wrong.length + ours.length > 0)
    throw new Error(`not as Verda has it: ${[...new Set([...wrong, ...ours])].join("; ")}`)
}

const readable = (env: Readonly<Record<string, string>>) => ConfigProvider.layer(ConfigProvider.fromEnv({ env }))

const context = (home: string, settings: unknown) =>
  Layer.succeed(PluginContext, { home, owner: us, settings, locate: ([key]) => `config.yaml:${key ?? ""}` })

/** Ways to this computer, which no instance is. */
export const shells = Shells.layerLocal

/** A provider of its own that asks an emulated cloud in this process, with a memory in a folder. */
export const providerIn = (place: Place, home: string, env = place.core.environment(place.endpoint)) =>
  Layer.fresh(providerLayer).pipe(
    Layer.provideMerge(
      Layer.mergeAll(context(home, { endpoint: place.endpoint }), layerOf(place), NodeServices.layer, readable(env))
    )
  )

export interface Around {
  readonly home: string
  readonly settings: unknown
  readonly env: Readonly<Record<string, string>>
}

/** Everything a plugin may ask for, over real connections. */
export const servicesFor = ({ env, home, settings }: Around) =>
  Layer.mergeAll(context(home, settings), FetchHttpClient.layer, NodeServices.layer, readable(env))

/** A provider of its own that asks a cloud over HTTP. */
export const providerAt = (at: Around) => Layer.fresh(providerLayer).pipe(Layer.provideMerge(servicesFor(at)))

/** Uses a provider of a cloud of its own. */
export const using = <A, E, R>(
  use: (provider: AnyTrainingProvider, place: Place, home: string) => Effect.Effect<A, E, R>,
  options?: Emulator.VerdaOptions
) =>
  Effect.gen(function* () {
    const place = newPlace(options)
    const home = yield* folder
    const result = yield* Effect.flatMap(TrainingProvider, (provider) => use(provider, place, home)).pipe(
      Effect.provide(providerIn(place, home))
    )
    yield* Effect.promise(() => check(place))
    return result
  }).pipe(Effect.scoped)

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: 1_900_000_000
})

export const offerOf = (instanceType: string, region: string): Offer => ({
  provider: "verda",
  region,
  instanceType,
  gpuCount: 0,
  vcpus: 4,
  memoryGiB: GiB.make(16),
  onDemandUsdPerHour: UsdPerHour.make(1),
  source: "a test",
  asOf: DateTime.makeUnsafe(0)
})

export const requestFor = (changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark: newMark(),
  offer: offerOf("CPU.4V.16G", "FIN-01"),
  market: "on-demand",
  label: undefined,
  diskGiB: undefined,
  image: undefined,
  bootstrap: { format: "none", content: "" },
  authorizedKey: publicKey,
  priceLimit: undefined,
  ...changes
})

export const script = { format: "script", content: "#!/bin/sh\necho up\n" } as const

/** Verda's id behind one of ours. */
export const nativeIn = (id: string): string => id.split("/")[2] ?? ""

/** The reason of a call that must fail. */
export const reasonOf = <A, R>(call: Effect.Effect<A, ProviderError, R>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason)
