import * as NodeServices from "@effect/platform-node/NodeServices"
import { UsdPerHour } from "@runctl/core/Money"
import { GiB, type Offer } from "@runctl/core/Offer"
import { type Mark, OwnerId, ResourceKey } from "@runctl/core/Ownership"
import type { ProviderError } from "@runctl/core/ProviderError"
import { PluginContext } from "@runctl/core/ProviderPlugin"
import { type AnyTrainingProvider, type CreateRequest, TrainingProvider } from "@runctl/core/TrainingProvider"
import { layer as providerLayer } from "@runctl/plugin-aws/AwsProvider"
import * as Bootstrap from "@runctl/remote/Bootstrap"
import * as Shells from "@runctl/remote/Shells"
import * as Emulator from "@runctl/testkit/Emulator"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "vitest"

export const us = OwnerId.make("ourselve")
export const stranger = OwnerId.make("stranger")

export const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH runctl"

export const region = "us-east-1"

/** A folder that is removed with the test. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "runctl-instances-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export type Cloud = Emulator.Emulated<Emulator.AwsCore>

/** A cloud that ends with the test, in which nothing was asked that EC2 would not understand. */
export const cloudWith = (options: Emulator.AwsOptions & Emulator.ServeOptions) =>
  Effect.acquireRelease(
    Effect.promise(() => Emulator.aws(options)),
    (cloud) =>
      Effect.promise(async () => {
        await cloud.close()
        assert.deepStrictEqual([...cloud.violations], [])
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

/** What a machine does at boot, as the runtime has it made. */
export const renderBootstrap = Bootstrap.render

/** Ways to this computer, which no instance is. */
export const shells = Shells.layerLocal

/** A provider of its own that asks a cloud, with a memory in a folder: what was built before is not used again. */
export const providerAt = (at: Around) => Layer.fresh(providerLayer).pipe(Layer.provideMerge(servicesFor(at)))

/** Keys and a region, as a user has them; where the cloud is says the configuration. */
export const environmentOf = (cloud: Cloud): Readonly<Record<string, string>> => {
  const { RUNCTL_AWS_ENDPOINT: _, ...env } = cloud.environment
  return env
}

/** Whoever waits so long waits for an answer, which takes its time on any clock. **Units**  milliseconds */
const patience = 20_000

/** Time that goes as fast as the cloud's, but for the patience with answers. */
const clockOf = ({ clock }: Cloud, scale: number): Clock.Clock => {
  const nanos = () => BigInt(clock.now()) * 1_000_000n
  return {
    currentTimeMillisUnsafe: () => clock.now(),
    currentTimeMillis: Effect.sync(() => clock.now()),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      Effect.callback<void>((resume) => {
        const millis = Math.min(2 ** 31 - 1, Duration.toMillis(duration))
        const timer = setTimeout(() => resume(Effect.void), millis >= patience ? millis : millis / scale)
        return Effect.sync(() => clearTimeout(timer))
      })
  }
}

export interface Use {
  readonly cloud?: Emulator.AwsOptions & Emulator.ServeOptions
  readonly settings?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** Whether the cloud tells which address this computer has. */
  readonly asksAddress?: boolean
}

/** Uses a provider of a cloud of its own, in whose time an hour takes some seconds. */
export const using = <A, E>(
  use: (provider: AnyTrainingProvider, cloud: Cloud, home: string) => Effect.Effect<A, E>,
  options: Use = {}
) =>
  Effect.gen(function* () {
    const scale = options.cloud?.timeScale ?? 1000
    const cloud = yield* cloudWith({ timeScale: scale, ...options.cloud })
    const home = yield* folder
    const service = options.asksAddress === true ? { "address-service": `${cloud.url}/checkip` } : {}
    const settings = { endpoint: cloud.url, ...service, ...options.settings }
    const env = options.env ?? environmentOf(cloud)
    return yield* Effect.flatMap(TrainingProvider, (provider) => use(provider, cloud, home)).pipe(
      Effect.provide(providerAt({ home, settings, env })),
      Effect.provideService(Clock.Clock, clockOf(cloud, scale))
    )
  }).pipe(Effect.scoped)

let count = 0

export const newMark = (owner: OwnerId = us): Mark => ({
  owner,
  key: ResourceKey.make(`k${process.pid.toString(36)}x`.padEnd(14, "0") + String(count++).padStart(6, "0")),
  deadlineEpochSeconds: 1_900_000_000
})

export const offerOf = (instanceType: string, at: string = region, more: Partial<Offer> = {}): Offer => ({
  provider: "aws",
  region: at,
  instanceType,
  gpuCount: 0,
  vcpus: 2,
  memoryGiB: GiB.make(1),
  onDemandUsdPerHour: UsdPerHour.make(1),
  source: "a test",
  asOf: DateTime.makeUnsafe(0),
  ...more
})

export const requestFor = (changes: Partial<CreateRequest> = {}): CreateRequest => ({
  mark: newMark(),
  offer: offerOf("t3.micro"),
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

/** The actions of EC2 that were asked for, in order; other services by their own names. */
export const actionsOf = (cloud: Cloud): ReadonlyArray<string> =>
  cloud.requests.flatMap(({ body, path }) => {
    if (path !== "/") return []
    if (typeof body !== "string") return [nameOf(body)]
    return [new URLSearchParams(body).get("Action") ?? "none"]
  })

const nameOf = (body: unknown): string => {
  const known = typeof body === "object" && body !== null ? Object.keys(body) : []
  if (known.includes("Filters")) return "GetProducts"
  return known.includes("QuotaCode") ? "GetServiceQuota" : "GetParameter"
}

/** The parameters of the requests of an action. */
export const sent = (cloud: Cloud, action: string): ReadonlyArray<Readonly<Record<string, string>>> =>
  cloud.requests.flatMap(({ body }) => {
    const params = typeof body === "string" ? Object.fromEntries(new URLSearchParams(body)) : {}
    return params["Action"] === action ? [params] : []
  })
